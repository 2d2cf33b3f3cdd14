import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { ColumnTypes, SchemaMigration } from './migration.js';

/** Everything the first release keeps. */
export const initial: SchemaMigration = {
  version: 1,
  name: '0001_initial',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await createSchemaTable(db, types);
    await createKeyspaces(db, types);
    await createKeys(db, types);
    await createSecrets(db, types);
    await createOwners(db, types);
    await createEvents(db, types);
    await createSequence(db, types);
    await createPersonalValues(db, types);
    await createUsage(db, types);
    await createShortLived(db, types);
  },
};

type Step = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;

const createSchemaTable: Step = async (db, types) => {
  const table = db.schema
    .createTable('keyturn_schema')
    .addColumn('version', 'integer', (column) => column.primaryKey())
    .addColumn('readable_from', 'integer', (column) => column.notNull())
    .addColumn('applied_at', types.bigint, (column) => column.notNull());
  await types.finish(table).execute();
};

const createKeyspaces: Step = async (db, types) => {
  const table = db.schema
    .createTable('keyspaces')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('name', types.text, (column) => column.notNull().unique())
    .addColumn('prefix', types.text, (column) => column.notNull().unique())
    .addColumn('is_management', 'integer', (column) => column.notNull())
    .addColumn('credentials', types.text, (column) => column.notNull())
    .addColumn('scopes', types.text)
    .addColumn('staleness_ms', types.bigint, (column) => column.notNull())
    .addColumn('store_loss_ms', types.bigint, (column) => column.notNull());
  await types.finish(withRowTimes(table, types)).execute();
};

const createKeys: Step = async (db, types) => {
  const table = db.schema
    .createTable('keys')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('keyspace_id', types.text, (column) => column.notNull().references('keyspaces.id'))
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('owner', types.text)
    .addColumn('environment', types.text, (column) => column.notNull())
    .addColumn('scopes', types.text, (column) => column.notNull())
    .addColumn('metadata', types.text, (column) => column.notNull())
    .addColumn('tags', types.text, (column) => column.notNull())
    .addColumn('state', types.text, (column) => column.notNull())
    .addColumn('state_reason', types.text)
    .addColumn('state_changed_at', types.bigint, (column) => column.notNull())
    .addColumn('state_changed_by', types.text, (column) => column.notNull())
    .addColumn('expires_at', types.bigint)
    .addColumn('not_before', types.bigint)
    .addColumn('restrictions', types.text, (column) => column.notNull())
    .addColumn('maker_id', types.text)
    .addColumn('search_text', types.text, (column) => column.notNull());
  await types.finish(withRowTimes(table, types)).execute();
  const index = (name: string) => db.schema.createIndex(name).on('keys');
  await index('keys_by_keyspace').columns(['keyspace_id', 'id']).execute();
  await index('keys_by_owner').columns(['owner', 'id']).execute();
  await index('keys_by_maker').columns(['maker_id', 'id']).execute();
};

const createSecrets: Step = async (db, types) => {
  const secrets = db.schema
    .createTable('secrets')
    .addColumn('key_id', types.text, (column) => column.notNull().references('keys.id'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('scheme', types.text, (column) => column.notNull())
    .addColumn('digest', types.text, (column) => column.notNull().unique())
    .addColumn('hint', types.text, (column) => column.notNull())
    .addColumn('state', types.text, (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('expires_at', types.bigint)
    .addPrimaryKeyConstraint('secrets_key', ['key_id', 'number']);
  await types.finish(secrets).execute();
  const uses = db.schema
    .createTable('secret_uses')
    .addColumn('key_id', types.text, (column) => column.notNull())
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('last_used_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('secret_uses_key', ['key_id', 'number']);
  await types.finish(uses).execute();
};

const createOwners: Step = async (db, types) => {
  const table = db.schema
    .createTable('owners')
    .addColumn('keyspace_id', types.text, (column) => column.notNull().references('keyspaces.id'))
    .addColumn('id', types.text, (column) => column.notNull())
    .addColumn('name', types.text)
    .addColumn('emails', types.text, (column) => column.notNull())
    .addColumn('locale', types.text)
    .addColumn('timezone', types.text)
    .addColumn('erased_at', types.bigint)
    .addPrimaryKeyConstraint('owners_key', ['keyspace_id', 'id']);
  await types.finish(withRowTimes(table, types)).execute();
};

const createEvents: Step = async (db, types) => {
  const events = db.schema
    .createTable('events')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('sequence', types.bigint, (column) => column.notNull().unique())
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('number', types.bigint, (column) => column.notNull())
    .addColumn('type', types.text, (column) => column.notNull())
    .addColumn('occurred_at', types.bigint, (column) => column.notNull())
    .addColumn('actor_kind', types.text, (column) => column.notNull())
    .addColumn('actor_id', types.text, (column) => column.notNull())
    .addColumn('subject_kind', types.text, (column) => column.notNull())
    .addColumn('subject_id', types.text, (column) => column.notNull())
    .addColumn('changes', types.text, (column) => column.notNull())
    .addColumn('reason', types.text)
    .addColumn('request_id', types.text)
    .addColumn('previous_hash', types.text, (column) => column.notNull())
    .addColumn('hash', types.text, (column) => column.notNull())
    .addUniqueConstraint('events_by_number', ['keyspace_id', 'number']);
  await types.finish(events).execute();
  const index = (name: string) => db.schema.createIndex(name).on('events');
  await index('events_by_subject').columns(['subject_id', 'sequence']).execute();
  await index('events_by_keyspace').columns(['keyspace_id', 'sequence']).execute();
  const heads = db.schema
    .createTable('chain_heads')
    .addColumn('keyspace_id', types.text, (column) => column.primaryKey())
    .addColumn('number', types.bigint, (column) => column.notNull())
    .addColumn('hash', types.text, (column) => column.notNull());
  await types.finish(heads).execute();
};

const createSequence: Step = async (db, types) => {
  const table = db.schema
    .createTable('change_sequence')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('value', types.bigint, (column) => column.notNull());
  await types.finish(table).execute();
  await sql`insert into change_sequence (id, value) values (1, 0)`.execute(db);
};

const createPersonalValues: Step = async (db, types) => {
  const table = db.schema
    .createTable('personal_values')
    .addColumn('commitment', types.text, (column) => column.primaryKey())
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('owner_id', types.text, (column) => column.notNull())
    .addColumn('event_id', types.text, (column) => column.notNull())
    .addColumn('salt', types.text, (column) => column.notNull())
    .addColumn('value', types.text, (column) => column.notNull());
  await types.finish(table).execute();
  const index = db.schema.createIndex('personal_values_by_owner').on('personal_values');
  await index.columns(['keyspace_id', 'owner_id']).execute();
};

const createUsage: Step = async (db, types) => {
  const counts = db.schema
    .createTable('usage_counts')
    .addColumn('key_id', types.text, (column) => column.notNull())
    .addColumn('secret_number', 'integer', (column) => column.notNull())
    .addColumn('hour_at', types.bigint, (column) => column.notNull())
    .addColumn('outcome', types.text, (column) => column.notNull())
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('count', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_counts_key', [
      'key_id',
      'secret_number',
      'hour_at',
      'outcome',
      'keyspace_id',
    ]);
  await types.finish(counts).execute();
  const index = db.schema.createIndex('usage_counts_by_hour').on('usage_counts');
  await index.column('hour_at').execute();
  const batches = db.schema
    .createTable('usage_batches')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('made_at', types.bigint, (column) => column.notNull());
  await types.finish(batches).execute();
};

const createShortLived: Step = async (db, types) => {
  const idempotency = db.schema
    .createTable('idempotency_records')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('body_hash', types.text, (column) => column.notNull())
    .addColumn('answer', types.text, (column) => column.notNull())
    .addColumn('expires_at', types.bigint, (column) => column.notNull());
  await types.finish(idempotency).execute();
  const links = db.schema
    .createTable('setup_links')
    .addColumn('digest', types.text, (column) => column.primaryKey())
    .addColumn('expires_at', types.bigint, (column) => column.notNull());
  await types.finish(links).execute();
  const instances = db.schema
    .createTable('instances')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('seen_at', types.bigint, (column) => column.notNull())
    .addColumn('confirmed_sequence', types.bigint, (column) => column.notNull())
    .addColumn('flushed_until', types.bigint, (column) => column.notNull());
  await types.finish(instances).execute();
};

/** When a row was made and changed, and how often. */
function withRowTimes<Table extends string, Columns extends string>(
  table: CreateTableBuilder<Table, Columns>,
  types: ColumnTypes,
): CreateTableBuilder<Table, Columns | 'created_at' | 'updated_at' | 'version'> {
  return table
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull());
}
