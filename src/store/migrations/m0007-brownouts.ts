import { type SqlBool, sql } from 'kysely';
import type { SchemaMigration } from './migration.js';

/** How many secrets are refused on trial is asked before another one is. */
export const brownouts: SchemaMigration = {
  version: 7,
  name: '0007_brownouts',
  kind: 'additive',
  readableFrom: 1,
  async up(db) {
    // Only those stand in it: of a million secrets, a few.
    await db.schema
      .createIndex('secrets_browned_out')
      .on('secrets')
      .column('key_id')
      .where(sql<SqlBool>`brownout is not null`)
      .execute();
  },
};
