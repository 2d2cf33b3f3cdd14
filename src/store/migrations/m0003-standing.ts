import { sql } from 'kysely';
import type { SchemaMigration } from './migration.js';

/**
 * What a database may be used for, in the row that every change locks: see
 * docs/decisions/0021-a-databases-mode-stands-beside-its-sequence.md.
 */
export const standing: SchemaMigration = {
  version: 3,
  name: '0003_standing',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    // A column at a time: SQLite adds no two in one statement.
    const table = () => db.schema.alterTable('change_sequence');
    await table()
      .addColumn('mode', types.text, (column) => column.notNull().defaultTo(sql.lit('open')))
      .execute();
    await table().addColumn('mode_detail', types.text).execute();
    await table().addColumn('mode_since_at', types.bigint).execute();
  },
};
