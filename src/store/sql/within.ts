import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Within } from '../within.js';

type KeyspaceColumn =
  | 'keys.keyspace_id'
  | 'owners.keyspace_id'
  | 'events.keyspace_id'
  | 'usage_counts.keyspace_id'
  | 'shadow_checks.keyspace_id'
  | 'shadow_disagreements.keyspace_id'
  | 'rotations.keyspace_id'
  | 'policies.keyspace_id'
  | 'destinations.keyspace_id'
  | 'channels.keyspace_id'
  | 'outbox.keyspace_id';

/** The border between tenants, as a condition. No keyspaces: no rows. */
export function isWithin(column: KeyspaceColumn, within: Within): RawBuilder<SqlBool> {
  if (within === 'all') return sql<SqlBool>`1 = 1`;
  if (within.length === 0) return sql<SqlBool>`1 = 0`; // `in ()` is no SQL for PostgreSQL.
  return sql<SqlBool>`${sql.ref(column)} in (${sql.join(within)})`;
}
