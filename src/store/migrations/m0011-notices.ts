import type { Kysely, SqlBool } from 'kysely';
import { sql } from 'kysely';
import type { ColumnTypes, SchemaMigration } from './migration.js';

/** Where people are told, and what waits to be told. The version before tells nobody. */
export const notices: SchemaMigration = {
  version: 11,
  name: '0011_notices',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await createChannels(db, types);
    await createOutbox(db, types);
  },
};

type Step = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;

const createChannels: Step = async (db, types) => {
  const table = db.schema
    .createTable('channels')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('keyspace_id', types.text, (column) => column.notNull().references('keyspaces.id'))
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('kind', types.text, (column) => column.notNull())
    .addColumn('settings', types.text, (column) => column.notNull())
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addUniqueConstraint('channels_name', ['keyspace_id', 'name']);
  await types.finish(table).execute();
};

const createOutbox: Step = async (db, types) => {
  const table = db.schema
    .createTable('outbox')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('keyspace_id', types.text, (column) => column.notNull())
    .addColumn('idempotency_key', types.text, (column) => column.notNull().unique())
    .addColumn('recipient', types.text, (column) => column.notNull())
    .addColumn('owner_id', types.text)
    .addColumn('kind', types.text, (column) => column.notNull())
    .addColumn('notice', types.text, (column) => column.notNull())
    .addColumn('sealed', types.text)
    .addColumn('state', types.text, (column) => column.notNull())
    .addColumn('try_count', 'integer', (column) => column.notNull())
    .addColumn('next_at', types.bigint)
    .addColumn('sent_as', types.text)
    .addColumn('is_digest', 'integer', (column) => column.notNull())
    .addColumn('failure_class', types.text)
    .addColumn('failure_message', types.text)
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('sent_at', types.bigint)
    .addColumn('lease_owner', types.text)
    .addColumn('lease_until', types.bigint, (column) => column.notNull());
  await types.finish(table).execute();
  await db.schema
    .createIndex('outbox_due')
    .on('outbox')
    .column('next_at')
    .where(sql<SqlBool>`state = 'waiting'`)
    .execute();
  await db.schema
    .createIndex('outbox_sent')
    .on('outbox')
    .columns(['keyspace_id', 'recipient', 'owner_id', 'sent_at'])
    .execute();
};
