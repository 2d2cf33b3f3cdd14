import { type Kysely, type SqlBool, sql } from 'kysely';
import type { ColumnTypes, SchemaMigration } from './migration.js';

/**
 * Rotations, the consumers that are their evidence, and policies. The version before knows no
 * retiring secrets, and reads and writes all the rest as it did.
 */
export const rotations: SchemaMigration = {
  version: 5,
  name: '0005_rotations',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await db.schema.alterTable('keys').addColumn('policy', types.text).execute();
    await db.schema.alterTable('secrets').addColumn('deadline_at', types.bigint).execute();
    await db.schema.alterTable('secrets').addColumn('brownout', types.text).execute();
    await createRotations(db, types);
    await createConsumers(db, types);
    await createPolicies(db, types);
  },
};

const isOpen = sql<SqlBool>`is_open = 1`;

type Step = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;

const createRotations: Step = async (db, types) => {
  const table = db.schema
    .createTable('rotations')
    .addColumn('id', types.text, (column) => column.primaryKey())
    // The version before deletes keys without knowing of this table.
    .addColumn('key_id', types.text, (column) =>
      column.notNull().references('keys.id').onDelete('cascade'),
    )
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('state', types.text, (column) => column.notNull())
    .addColumn('step', types.text, (column) => column.notNull())
    .addColumn('is_open', 'integer', (column) => column.notNull())
    .addColumn('next_at', types.bigint)
    .addColumn('claim_digest', types.text, (column) => column.unique())
    .addColumn('details', types.text, (column) => column.notNull())
    .addColumn('evidence', types.text)
    .addColumn('lease_owner', types.text)
    .addColumn('lease_until', types.bigint, (column) => column.notNull())
    .addColumn('fence', types.bigint, (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('closed_at', types.bigint)
    .addColumn('version', 'integer', (column) => column.notNull());
  await types.finish(table).execute();
  const index = (name: string) => db.schema.createIndex(name).on('rotations');
  // At most one open rotation a key, whoever asks where.
  await index('rotations_open').column('key_id').unique().where(isOpen).execute();
  await index('rotations_due').column('next_at').where(isOpen).execute();
  await index('rotations_by_key').columns(['key_id', 'id']).execute();
  await index('rotations_by_keyspace').columns(['keyspace_id', 'id']).execute();
};

const createConsumers: Step = async (db, types) => {
  const table = db.schema
    .createTable('consumers')
    .addColumn('key_id', types.text, (column) => column.notNull())
    .addColumn('secret_number', 'integer', (column) => column.notNull())
    .addColumn('consumer', types.text, (column) => column.notNull())
    .addColumn('outcome', types.text, (column) => column.notNull())
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('network', types.text)
    .addColumn('client_id', types.text)
    .addColumn('label', types.text, (column) => column.notNull())
    .addColumn('count', types.bigint, (column) => column.notNull())
    .addColumn('first_at', types.bigint, (column) => column.notNull())
    .addColumn('last_at', types.bigint, (column) => column.notNull())
    .addColumn('longest_gap_ms', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('consumers_key', ['key_id', 'secret_number', 'consumer', 'outcome']);
  await types.finish(table).execute();
  await db.schema.createIndex('consumers_by_age').on('consumers').column('last_at').execute();
};

const createPolicies: Step = async (db, types) => {
  const table = db.schema
    .createTable('policies')
    .addColumn('keyspace_id', types.text, (column) => column.notNull().references('keyspaces.id'))
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('body', types.text, (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('policies_key', ['keyspace_id', 'name']);
  await types.finish(table).execute();
};
