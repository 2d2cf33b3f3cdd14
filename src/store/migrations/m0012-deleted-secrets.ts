import type { SchemaMigration } from './migration.js';

/**
 * What is left of a key that was deleted: enough to refuse it, should an import bring it again. The
 * version before deletes keys without leaving any.
 */
export const deletedSecrets: SchemaMigration = {
  version: 12,
  name: '0012_deleted_secrets',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    const table = db.schema
      .createTable('deleted_secrets')
      .addColumn('mark', types.text, (column) => column.primaryKey())
      .addColumn('keyspace_id', types.text, (column) => column.notNull());
    await types.finish(table).execute();
  },
};
