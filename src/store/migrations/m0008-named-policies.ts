import { type SqlBool, sql } from 'kysely';
import type { SchemaMigration } from './migration.js';

/**
 * Which keys name a policy, and where the open rotations stand. The version before knows of neither
 * and writes as it did; a rotation that is late already counts as late at its next change.
 */
export const namedPolicies: SchemaMigration = {
  version: 8,
  name: '0008_named_policies',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    // Only keys that name one: of a million without a policy, none. It alone answers how many do.
    await db.schema
      .createIndex('keys_by_policy')
      .on('keys')
      .columns(['policy', 'id', 'keyspace_id', 'state'])
      .where(sql<SqlBool>`policy is not null`)
      .execute();
    await db.schema.alterTable('rotations').addColumn('late_at', types.bigint).execute();
    // Those that are open are counted in it alone, however many have ended.
    await db.schema
      .createIndex('rotations_by_step')
      .on('rotations')
      .columns(['step', 'state', 'late_at'])
      .where(sql<SqlBool>`is_open = 1`)
      .execute();
  },
};
