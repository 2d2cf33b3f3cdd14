import type { Kysely } from 'kysely';
import type { ColumnTypes, SchemaMigration } from './migration.js';

/** Who may sign in to the admin pages, and who has. The version before lets nobody in. */
export const people: SchemaMigration = {
  version: 14,
  name: '0014_people',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    for (const create of [createPeople, createIdentities, createSessions, createOthers]) {
      await create(db, types);
    }
  },
};

type Step = (db: Kysely<unknown>, types: ColumnTypes) => Promise<void>;

const createPeople: Step = async (db, types) => {
  const table = db.schema
    .createTable('people')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('email', types.text, (column) => column.notNull())
    .addColumn('email_key', types.text, (column) => column.notNull().unique())
    .addColumn('role', types.text, (column) => column.notNull())
    .addColumn('keyspaces', types.text)
    .addColumn('password', types.text)
    .addColumn('signed_in_at', types.bigint)
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('updated_at', types.bigint, (column) => column.notNull())
    .addColumn('version', 'integer', (column) => column.notNull());
  await types.finish(table).execute();
};

const createIdentities: Step = async (db, types) => {
  const table = db.schema
    .createTable('identities')
    .addColumn('issuer', types.text, (column) => column.notNull())
    .addColumn('subject', types.text, (column) => column.notNull())
    .addColumn('person_id', types.text, (column) => column.notNull().references('people.id'))
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addPrimaryKeyConstraint('identities_key', ['issuer', 'subject']);
  await types.finish(table).execute();
  const index = db.schema.createIndex('identities_by_person').on('identities');
  await index.column('person_id').execute();
};

const createSessions: Step = async (db, types) => {
  const table = db.schema
    .createTable('sessions')
    .addColumn('id', types.text, (column) => column.primaryKey())
    .addColumn('digest', types.text, (column) => column.notNull().unique())
    .addColumn('person_id', types.text, (column) => column.notNull().references('people.id'))
    .addColumn('method', types.text, (column) => column.notNull())
    .addColumn('provider', types.text)
    .addColumn('agent', types.text)
    .addColumn('created_at', types.bigint, (column) => column.notNull())
    .addColumn('seen_at', types.bigint, (column) => column.notNull())
    .addColumn('confirmed_at', types.bigint)
    .addColumn('expires_at', types.bigint, (column) => column.notNull());
  await types.finish(table).execute();
  const index = db.schema.createIndex('sessions_by_person').on('sessions');
  await index.columns(['person_id', 'id']).execute();
};

const createOthers: Step = async (db, types) => {
  const invitations = db.schema
    .createTable('invitations')
    .addColumn('digest', types.text, (column) => column.primaryKey())
    .addColumn('person_id', types.text, (column) => column.notNull().references('people.id'))
    .addColumn('expires_at', types.bigint, (column) => column.notNull());
  await types.finish(invitations).execute();
  const index = db.schema.createIndex('invitations_by_person').on('invitations');
  await index.column('person_id').execute();
  const tries = db.schema
    .createTable('sign_in_tries')
    .addColumn('place', types.text, (column) => column.primaryKey())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addColumn('last_at', types.bigint, (column) => column.notNull());
  await types.finish(tries).execute();
};
