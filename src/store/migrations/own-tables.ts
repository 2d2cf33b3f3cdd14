import type { Database } from '../schema.js';

const OWN: Readonly<Record<keyof Database, true>> = {
  keyturn_schema: true,
  keyspaces: true,
  keyspace_logos: true,
  keys: true,
  key_terms: true,
  imported_keys: true,
  secrets: true,
  deleted_secrets: true,
  secret_uses: true,
  owners: true,
  events: true,
  chain_heads: true,
  change_sequence: true,
  personal_values: true,
  idempotency_records: true,
  usage_counts: true,
  usage_batches: true,
  shadow_checks: true,
  shadow_disagreements: true,
  setup_links: true,
  instances: true,
  rotations: true,
  consumers: true,
  policies: true,
  destinations: true,
  slots: true,
  planning: true,
  channels: true,
  outbox: true,
  people: true,
  identities: true,
  sessions: true,
  invitations: true,
  sign_in_tries: true,
};

/**
 * The names of Keyturn's tables: none of another program may stand in the same schema.
 * @public
 */
export const OWN_TABLES: readonly string[] = Object.keys(OWN);
