import type { SchemaMigration } from './migration.js';

/**
 * For who switches from another system: how a keyspace refuses, and where the check before and
 * Keyturn's decide otherwise. Counts by ten minutes, and a row for each disagreement, bounded.
 */
export const switching: SchemaMigration = {
  version: 4,
  name: '0004_switching',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await db.schema.alterTable('keyspaces').addColumn('refusal', types.text).execute();
    const checks = db.schema
      .createTable('shadow_checks')
      .addColumn('keyspace_id', types.text, (column) => column.notNull())
      .addColumn('start_at', types.bigint, (column) => column.notNull())
      .addColumn('outcome', types.text, (column) => column.notNull())
      .addColumn('count', types.bigint, (column) => column.notNull())
      .addPrimaryKeyConstraint('shadow_checks_key', ['keyspace_id', 'start_at', 'outcome']);
    await types.finish(checks).execute();
    const rows = db.schema
      .createTable('shadow_disagreements')
      .addColumn('keyspace_id', types.text, (column) => column.notNull())
      .addColumn('key_id', types.text, (column) => column.notNull())
      .addColumn('hint', types.text, (column) => column.notNull())
      .addColumn('label', types.text, (column) => column.notNull())
      .addColumn('code', types.text, (column) => column.notNull())
      .addColumn('count', types.bigint, (column) => column.notNull())
      .addColumn('first_at', types.bigint, (column) => column.notNull())
      .addColumn('last_at', types.bigint, (column) => column.notNull())
      .addPrimaryKeyConstraint('shadow_disagreements_key', [
        'keyspace_id',
        'key_id',
        'hint',
        'label',
        'code',
      ]);
    await types.finish(rows).execute();
  },
};
