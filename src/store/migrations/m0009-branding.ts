import type { SchemaMigration } from './migration.js';

/**
 * How a keyspace shows itself. Its logo stands apart: keyspaces are read all the time, and a logo when a
 * claim is opened.
 */
export const branding: SchemaMigration = {
  version: 9,
  name: '0009_branding',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await db.schema.alterTable('keyspaces').addColumn('branding', types.text).execute();
    await db.schema
      .createTable('keyspace_logos')
      .addColumn('keyspace_id', types.text, (column) =>
        column.primaryKey().references('keyspaces.id'),
      )
      .addColumn('data', types.text, (column) => column.notNull())
      .execute();
  },
};
