import type { EventDraft, PersonalValue } from '../../src/audit/event.js';
import { type Digest, digestOf } from '../../src/keys/digest.js';
import { mint } from '../../src/keys/format.js';
import { hintOf } from '../../src/keys/hint.js';
import {
  type EventId,
  type InstanceId,
  type KeyId,
  type KeyspaceId,
  newEventId,
  newInstanceId,
  newKeyId,
  newKeyspaceId,
} from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import { DEFAULT_CREDENTIALS, type KeyspaceRecord, NO_BRANDING } from '../../src/keys/keyspace.js';
import type { OwnerRecord } from '../../src/keys/owner.js';
import type { SecretRecord } from '../../src/keys/secret.js';
import { systemPorts } from '../../src/ports.js';
import type { Change, KeyCaller, Write } from '../../src/store/change.js';
import type { KeyFilter, Store } from '../../src/store/store.js';
import { EVENT_TYPE, subjectOf } from './build-events.js';

const { clock, random } = systemPorts();

/** A moment in the past on a full hour and UTC day, in milliseconds UTC. */
export const DAY_AT = 1_790_035_200_000;

let lastMs = 0;

/** Ids that are made one after another sort so, however fast they are made. */
export function idSource() {
  lastMs = Math.max(lastMs + 1, clock.nowMs());
  return { nowMs: lastMs, random };
}

/** The wall clock by which the stores of this machine judge expiry. */
export const nowMs = (): number => clock.nowMs();
export const aKeyId = (): KeyId => newKeyId(idSource());
export const aKeyspaceId = (): KeyspaceId => newKeyspaceId(idSource());
const anEventId = (): EventId => newEventId(idSource());
export const anInstanceId = (): InstanceId => newInstanceId(idSource());
/** Text that occurs nowhere else: 16 of `0-9a-z`. */
export const uniqueText = (): string => anEventId().slice(-16);
export const aDigest = (): Digest => digestOf(uniqueText());

export function aKeyspace(fields: Partial<KeyspaceRecord> = {}): KeyspaceRecord {
  const text = uniqueText().slice(0, 12);
  return {
    id: aKeyspaceId(),
    name: `space-${text}`,
    prefix: `p${text}`,
    isManagement: false,
    credentials: DEFAULT_CREDENTIALS,
    refusal: 'problem',
    scopes: null,
    stalenessMs: 5_000,
    storeLossMs: 0,
    foreignShapes: [],
    branding: NO_BRANDING,
    createdAt: DAY_AT,
    updatedAt: DAY_AT,
    version: 1,
    ...fields,
  };
}

/** A secret of a key that was really minted. */
export function aSecret(fields: Partial<SecretRecord> = {}): SecretRecord {
  const plaintext = mint({ prefix: 'acme', environment: 'live' }, random).reveal();
  return {
    number: 1,
    scheme: 'sha256',
    digest: digestOf(plaintext),
    hint: hintOf(plaintext),
    state: 'current',
    createdAt: DAY_AT,
    expiresAt: null,
    deadline: null,
    brownout: null,
    ...fields,
  };
}

export function aKey(keyspaceId: KeyspaceId, fields: Partial<KeyRecord> = {}): KeyRecord {
  return {
    id: aKeyId(),
    keyspaceId,
    name: 'Acme CI',
    owner: 'acme',
    environment: 'live',
    scopes: ['reports:read'],
    metadata: '{}',
    tags: [],
    state: 'active',
    stateReason: null,
    stateChangedAt: DAY_AT,
    stateChangedBy: 'command_line:root',
    expiresAt: null,
    notBefore: null,
    createdAt: DAY_AT,
    updatedAt: DAY_AT,
    restrictions: {},
    makerId: null,
    policy: null,
    version: 1,
    secrets: [aSecret()],
    ...fields,
  };
}

export function anOwner(keyspaceId: KeyspaceId, fields: Partial<OwnerRecord> = {}): OwnerRecord {
  return {
    id: `owner-${uniqueText()}`,
    keyspaceId,
    name: 'Acme Ltd',
    emails: ['ops@acme.example'],
    locale: 'en-GB',
    timezone: 'Europe/London',
    createdAt: DAY_AT,
    updatedAt: DAY_AT,
    erasedAt: null,
    version: 1,
    ...fields,
  };
}

export function anEvent(keyspaceId: KeyspaceId, fields: Partial<EventDraft> = {}): EventDraft {
  return {
    id: anEventId(),
    keyspaceId,
    type: 'keyspace.updated',
    at: DAY_AT,
    actor: { kind: 'command_line', id: 'root' },
    subject: { kind: 'keyspace', id: keyspaceId },
    changes: [],
    reason: null,
    requestId: null,
    ...fields,
  };
}

export function aPersonalValue(
  keyspaceId: KeyspaceId,
  fields: Partial<PersonalValue> = {},
): PersonalValue {
  return {
    commitment: `commitment:${aDigest()}`,
    keyspaceId,
    eventId: anEventId(),
    ownerId: 'acme',
    salt: 'AAAAAAAAAAAAAAAAAAAAAA',
    value: '"Acme Ltd"',
    ...fields,
  };
}

/** A change in one keyspace, with an event for each write, and one if there is no write. */
export function aChange(
  keyspaceId: KeyspaceId,
  writes: readonly Write[],
  rest: Partial<Change> = {},
): Change {
  const events = writes.map((write) =>
    anEvent(keyspaceId, { type: EVENT_TYPE[write.kind], subject: subjectOf(write) }),
  );
  return {
    writes,
    events: events.length === 0 ? [anEvent(keyspaceId)] : events,
    personal: [],
    caller: null,
    idempotency: null,
    ...rest,
  };
}

/** A key as its next version; the secrets that `fields` names count as changed. */
export function updateOf(before: KeyRecord, fields: Partial<KeyRecord>): Write {
  const key = { ...before, ...fields, version: before.version + 1 };
  const changedSecrets = fields.secrets ?? [];
  return { kind: 'update_key', key, expectedVersion: before.version, changedSecrets };
}

/** A key as the caller of a change, with the rights that it has. */
export function callerOf({ id, scopes, expiresAt, restrictions }: KeyRecord): KeyCaller {
  return { keyId: id, rights: { scopes, expiresAt, restrictions } };
}

export function deletionOf({ id, keyspaceId, version }: KeyRecord): Write {
  return { kind: 'delete_key', keyId: id, keyspaceId, expectedVersion: version };
}

/** Commits what a test stands on. @returns the sequence number. */
export async function done(store: Store, change: Change): Promise<number> {
  const result = await store.commit(change);
  if (!result.ok) throw new Error(`The change was refused: ${result.conflict}.`);
  return result.sequence;
}

/** A new keyspace in the store: a world of its own for one test. */
export async function inNewKeyspace(
  store: Store,
  fields: Partial<KeyspaceRecord> = {},
): Promise<KeyspaceId> {
  const keyspace = aKeyspace(fields);
  await done(store, aChange(keyspace.id, [{ kind: 'insert_keyspace', keyspace }]));
  return keyspace.id;
}

/** A new key in the store. */
export async function inNewKey(
  store: Store,
  keyspaceId: KeyspaceId,
  fields: Partial<KeyRecord> = {},
): Promise<KeyRecord> {
  const key = aKey(keyspaceId, fields);
  await done(store, aChange(keyspaceId, [{ kind: 'insert_key', key }]));
  return key;
}

/** Makes the write and answers what came of it. */
export function attempt(store: Store, keyspaceId: KeyspaceId, write: Write) {
  return store.commit(aChange(keyspaceId, [write]));
}

export function aKeyFilter(keyspaceId: KeyspaceId, fields: Partial<KeyFilter> = {}): KeyFilter {
  return { within: [keyspaceId], limit: 200, after: null, nowMs: nowMs(), ...fields };
}
