import { type SqlBool, sql } from 'kysely';
import type { SchemaMigration } from './migration.js';

/**
 * The watch over secrets that have ended. The version before writes consumers as it did; what it
 * adds waits to be looked at.
 */
export const lateUses: SchemaMigration = {
  version: 6,
  name: '0006_late_uses',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await db.schema
      .alterTable('consumers')
      .addColumn('watched_at', types.bigint, (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('consumers').addColumn('late_as', types.text).execute();
    // Only what waits stands in it: of a million consumers that are accepted, none.
    await db.schema
      .createIndex('consumers_unwatched')
      .on('consumers')
      .column('last_at')
      .where(sql<SqlBool>`outcome = 'refused' and watched_at < last_at`)
      .execute();
  },
};
