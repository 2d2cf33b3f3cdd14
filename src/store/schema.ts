import type { Actor, EventType, Subject } from '../audit/event.js';
import type { Digest } from '../keys/digest.js';
import type { Environment } from '../keys/format.js';
import type { EventId, InstanceId, KeyId, KeyspaceId, PersonId, RotationId } from '../keys/id.js';
import type { StoredKeyState } from '../keys/key.js';
import type { RefusalForm } from '../keys/keyspace.js';
import type { SecretScheme } from '../keys/scheme.js';
import type { SecretState } from '../keys/secret.js';
import type { ConsumerOutcome } from './consumers.js';
import type { LateUser } from './late-use.js';
import type { RotationState, RotationStep } from './rotation.js';
import type { DestinationsTable, PlanningTable, SlotsTable } from './schema-automation.js';
import type { DeletedSecretsTable, ImportedKeysTable } from './schema-imported.js';
import type { ChannelsTable, OutboxTable } from './schema-notices.js';
import type { PeopleTables } from './schema-people.js';
import type { ShadowOutcome } from './shadow.js';
import type { StoreMode } from './standing.js';

/**
 * The tables of both databases. Times (`_at`) are milliseconds UTC; JSON is text; a yes or no is
 * 1 or 0. What is written here is what the migrations make.
 */
export interface Database extends PeopleTables {
  keyturn_schema: SchemaTable;
  keyspaces: KeyspacesTable;
  keyspace_logos: KeyspaceLogosTable;
  keys: KeysTable;
  key_terms: KeyTermsTable;
  imported_keys: ImportedKeysTable;
  secrets: SecretsTable;
  deleted_secrets: DeletedSecretsTable;
  secret_uses: SecretUsesTable;
  owners: OwnersTable;
  events: EventsTable;
  chain_heads: ChainHeadsTable;
  change_sequence: ChangeSequenceTable;
  personal_values: PersonalValuesTable;
  idempotency_records: IdempotencyRecordsTable;
  usage_counts: UsageCountsTable;
  usage_batches: UsageBatchesTable;
  shadow_checks: ShadowChecksTable;
  shadow_disagreements: ShadowDisagreementsTable;
  setup_links: SetupLinksTable;
  instances: InstancesTable;
  rotations: RotationsTable;
  consumers: ConsumersTable;
  policies: PoliciesTable;
  destinations: DestinationsTable;
  channels: ChannelsTable;
  outbox: OutboxTable;
  slots: SlotsTable;
  planning: PlanningTable;
}

/** One row a migration; the highest version counts. */
interface SchemaTable {
  version: number;
  readable_from: number;
  applied_at: number;
}

interface KeyspacesTable {
  id: KeyspaceId;
  name: string;
  prefix: string;
  is_management: number;
  credentials: string;
  scopes: string | null;
  staleness_ms: number;
  store_loss_ms: number;
  /** Null: none. */
  foreign_shapes: string | null;
  /** Null: by problem documents. */
  refusal: RefusalForm | null;
  /** Null: none. */
  branding: string | null;
  created_at: number;
  updated_at: number;
  version: number;
}

interface KeyspaceLogosTable {
  keyspace_id: KeyspaceId;
  /** In base64. */
  data: string;
}

export interface KeysTable {
  id: KeyId;
  keyspace_id: KeyspaceId;
  name: string;
  owner: string | null;
  environment: Environment;
  scopes: string;
  metadata: string;
  tags: string;
  state: StoredKeyState;
  state_reason: string | null;
  state_changed_at: number;
  state_changed_by: string;
  expires_at: number | null;
  not_before: number | null;
  created_at: number;
  updated_at: number;
  restrictions: string;
  maker_id: KeyId | PersonId | null;
  policy: string | null;
  version: number;
  /** What a search looks through: see `searchTextOf`. The version before writes a line a field. */
  search_text: string;
  /** The `search_text` whose words stand in `key_terms`; null: none of it. Written by `indexKeys`. */
  indexed_text: string | null;
}

/** The words that a key is found by. */
interface KeyTermsTable {
  term: string;
  key_id: KeyId;
}

export interface SecretsTable {
  key_id: KeyId;
  number: number;
  scheme: SecretScheme;
  digest: Digest;
  hint: string;
  state: SecretState;
  created_at: number;
  expires_at: number | null;
  deadline_at: number | null;
  brownout: string | null;
}

/** Beside `secrets`, so that counting a use never touches what a change may hold. */
interface SecretUsesTable {
  key_id: KeyId;
  number: number;
  last_used_at: number;
}

interface OwnersTable {
  keyspace_id: KeyspaceId;
  id: string;
  name: string | null;
  emails: string;
  locale: string | null;
  timezone: string | null;
  created_at: number;
  updated_at: number;
  erased_at: number | null;
  version: number;
}

export interface EventsTable {
  id: EventId;
  sequence: number;
  keyspace_id: KeyspaceId;
  number: number;
  type: EventType;
  occurred_at: number;
  actor_kind: Actor['kind'];
  actor_id: string;
  subject_kind: Subject['kind'];
  subject_id: string;
  changes: string;
  reason: string | null;
  request_id: string | null;
  previous_hash: string;
  hash: string;
}

interface ChainHeadsTable {
  keyspace_id: KeyspaceId;
  number: number;
  hash: string;
}

/** One row, `id` 1: locked to the commit, so that the order of numbers is that of commits. */
interface ChangeSequenceTable {
  id: number;
  value: number;
  /** In this row, so that who waits for the sequence reads the mode of now. Absent: `open`. */
  mode?: StoreMode;
  mode_detail?: string | null;
  mode_since_at?: number | null;
}

interface PersonalValuesTable {
  commitment: string;
  keyspace_id: KeyspaceId;
  owner_id: string;
  event_id: EventId;
  salt: string;
  value: string;
}

interface IdempotencyRecordsTable {
  id: string;
  body_hash: string;
  answer: string;
  expires_at: number;
}

/** `key_id` is empty and `secret_number` 0 where no key was found. */
interface UsageCountsTable {
  key_id: KeyId | '';
  secret_number: number;
  hour_at: number;
  outcome: string;
  keyspace_id: KeyspaceId;
  count: number;
}

interface UsageBatchesTable {
  id: string;
  made_at: number;
}

/** Comparisons with an older check, by ten minutes. */
interface ShadowChecksTable {
  keyspace_id: KeyspaceId;
  start_at: number;
  outcome: ShadowOutcome;
  count: number;
}

/** Empty: no key, no hint, no label. `code` is empty where Keyturn admits what the other refuses. */
interface ShadowDisagreementsTable {
  keyspace_id: KeyspaceId;
  key_id: KeyId | '';
  hint: string;
  label: string;
  code: string;
  count: number;
  first_at: number;
  last_at: number;
}

interface SetupLinksTable {
  digest: Digest;
  expires_at: number;
}

interface InstancesTable {
  id: InstanceId;
  seen_at: number;
  confirmed_sequence: number;
  flushed_until: number;
}

export interface RotationsTable {
  id: RotationId;
  key_id: KeyId;
  keyspace_id: KeyspaceId;
  state: RotationState;
  step: RotationStep;
  is_open: number;
  next_at: number | null;
  claim_digest: Digest | null;
  details: string;
  evidence: string | null;
  lease_owner: InstanceId | null;
  /** 0: nobody holds it. */
  lease_until: number;
  fence: number;
  created_at: number;
  updated_at: number;
  closed_at: number | null;
  late_at: number | null;
  due_at: number | null;
  version: number;
}

interface ConsumersTable {
  key_id: KeyId;
  secret_number: number;
  consumer: string;
  outcome: ConsumerOutcome;
  keyspace_id: KeyspaceId;
  network: string | null;
  client_id: string | null;
  label: string;
  count: number;
  first_at: number;
  last_at: number;
  longest_gap_ms: number;
  /** Up to which of its last uses the watch has looked; 0: not yet. */
  watched_at: number;
  /** After the end of its secret. */
  late_as: LateUser | null;
}

export interface PoliciesTable {
  keyspace_id: KeyspaceId;
  name: string;
  body: string;
  created_at: number;
  updated_at: number;
  version: number;
}
