import type { SchemaMigration } from './migration.js';

/**
 * Keys that were made elsewhere: how they look, where they came from, and under what a salted hash
 * is found. A table beside `keys`, so that no statement of the version before meets it.
 */
export const foreignSecrets: SchemaMigration = {
  version: 2,
  name: '0002_foreign_secrets',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await db.schema.alterTable('keyspaces').addColumn('foreign_shapes', types.text).execute();
    const table = db.schema
      .createTable('imported_keys')
      .addColumn('key_id', types.text, (column) =>
        // The version before deletes keys without knowing of this table.
        column.primaryKey().references('keys.id').onDelete('cascade'),
      )
      .addColumn('keyspace_id', types.text, (column) => column.notNull())
      .addColumn('source_id', types.text, (column) => column.notNull())
      .addColumn('fingerprint', types.text, (column) => column.notNull())
      .addColumn('lookup', types.text)
      .addUniqueConstraint('imported_keys_by_source', ['keyspace_id', 'source_id']);
    await types.finish(table).execute();
    const index = db.schema.createIndex('imported_keys_by_lookup').on('imported_keys');
    await index.column('lookup').execute();
  },
};
