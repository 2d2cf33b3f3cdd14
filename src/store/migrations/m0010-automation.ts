import type { Kysely, SqlBool } from 'kysely';
import { sql } from 'kysely';
import type { ColumnTypes, SchemaMigration } from './migration.js';

/**
 * Where new secrets are delivered to, and when keys are due. The version before rotates nothing by
 * itself, and leaves rotations at steps that it does not know to the instances that do.
 */
export const automation: SchemaMigration = {
  version: 10,
  name: '0010_automation',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await createDestinations(db, types);
    await createSlots(db, types);
    await db.schema.alterTable('rotations').addColumn('due_at', types.bigint).execute();
    // A slot is a key and a due time: whoever comes first, it is rotated for once.
    await db.schema
      .createIndex('rotations_by_slot')
      .on('rotations')
      .columns(['key_id', 'due_at'])
      .unique()
      .where(sql<SqlBool>`due_at is not null`)
      .execute();
  },
};

type Step = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;

const createDestinations: Step = async (db, types) => {
  const table = db.schema
    .createTable('destinations')
    .addColumn('id', types.text, (column) => column.primaryKey())
    // The version before deletes keys without knowing of this table.
    .addColumn('key_id', types.text, (column) =>
      column.notNull().references('keys.id').onDelete('cascade'),
    )
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('kind', types.text, (column) => column.notNull())
    .addColumn('settings', types.text, (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addUniqueConstraint('destinations_name', ['key_id', 'name']);
  await types.finish(table).execute();
  await db.schema
    .createIndex('destinations_by_keyspace')
    .on('destinations')
    .columns(['keyspace_id', 'id'])
    .execute();
};

const createSlots: Step = async (db, types) => {
  const slots = db.schema
    .createTable('slots')
    .addColumn('key_id', types.text, (column) =>
      column.primaryKey().references('keys.id').onDelete('cascade'),
    )
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('due_at', types.bigint, (column) => column.notNull())
    .addColumn('start_at', types.bigint, (column) => column.notNull());
  await types.finish(slots).execute();
  await db.schema.createIndex('slots_by_start').on('slots').column('start_at').execute();
  const planning = db.schema
    .createTable('planning')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('sequence', types.bigint, (column) => column.notNull())
    .addColumn('jobs', types.text, (column) => column.notNull());
  await types.finish(planning).execute();
};
