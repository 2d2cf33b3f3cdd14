import { type Kysely, type Migration, Migrator } from 'kysely';
import {
  InternalError,
  KeyturnError,
  SchemaNewerError,
  SchemaOlderError,
  SchemaUninitialisedError,
} from '../../errors.js';
import { shellWord } from '../../shell-word.js';
import type { SchemaState } from '../open.js';
import type { Database } from '../schema.js';
import { initial } from './m0001-initial.js';
import { foreignSecrets } from './m0002-foreign-secrets.js';
import { standing } from './m0003-standing.js';
import { switching } from './m0004-switching.js';
import { rotations } from './m0005-rotations.js';
import { lateUses } from './m0006-late-uses.js';
import { brownouts } from './m0007-brownouts.js';
import { namedPolicies } from './m0008-named-policies.js';
import { branding } from './m0009-branding.js';
import { automation } from './m0010-automation.js';
import { notices } from './m0011-notices.js';
import { deletedSecrets } from './m0012-deleted-secrets.js';
import { firstTries } from './m0013-first-tries.js';
import { people } from './m0014-people.js';
import { keySearch } from './m0015-key-search.js';
import type { ColumnTypes, SchemaMigration } from './migration.js';

const MIGRATIONS: readonly SchemaMigration[] = [
  initial,
  foreignSecrets,
  standing,
  switching,
  rotations,
  lateUses,
  brownouts,
  namedPolicies,
  branding,
  automation,
  notices,
  deletedSecrets,
  firstTries,
  people,
  keySearch,
];
/** What this program reads and writes. It leaves what the program before it needs, and works there. */
const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Kysely's own tables. A database that holds only these was never initialised.
 * @public
 */
export const MIGRATION_TABLES = ['keyturn_migrations', 'keyturn_migration_lock'] as const;

/**
 * A migration that was made.
 * @public
 */
export type AppliedMigration = Pick<SchemaMigration, 'version' | 'name' | 'kind'>;

/**
 * Reads a database's place in the list of migrations.
 * @public
 */
export async function schemaStateOf(db: Kysely<Database>): Promise<SchemaState> {
  const newest = await db
    .selectFrom('keyturn_schema')
    .select(['version', 'readable_from'])
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return schemaStateFrom({
    version: newest?.version ?? null,
    readableFrom: newest?.readable_from ?? null,
  });
}

/**
 * The state that the newest row tells of; null: there is none.
 * @public
 */
export function schemaStateFrom({
  version,
  readableFrom,
}: {
  readonly version: number | null;
  readonly readableFrom: number | null;
}): SchemaState {
  if (version === null || readableFrom === null) return { kind: 'uninitialised' };
  if (readableFrom > SCHEMA_VERSION) return { kind: 'newer', version, reads: SCHEMA_VERSION };
  if (version < SCHEMA_VERSION) return { kind: 'older', version, needs: SCHEMA_VERSION };
  return { kind: 'ready', version };
}

/**
 * Refuses every state but `ready`. `where` is the database's address, without a password.
 * @public
 */
export function requireReady(state: SchemaState, where: string): void {
  switch (state.kind) {
    case 'ready':
      return;
    case 'uninitialised':
      throw new SchemaUninitialisedError(
        `The database ${where} was never initialised for Keyturn. ` +
          `Check the address; if it is right, run: keyturn migrate --database ${shellWord(where)}`,
      );
    case 'newer':
      throw new SchemaNewerError(
        `The database ${where} has schema ${state.version}; this Keyturn reads up to ` +
          `${state.reads}. Install the newer Keyturn that migrated it: npm install keyturn@latest`,
      );
    case 'older':
      throw new SchemaOlderError(
        `The database ${where} has schema ${state.version}; this Keyturn needs ` +
          `${state.needs}. Run: keyturn migrate --database ${shellWord(where)}`,
      );
  }
}

/**
 * What `migrate` would do to a database in this state, in order.
 * @public
 */
export function pendingMigrations(state: SchemaState): readonly AppliedMigration[] {
  if (state.kind === 'newer') return [];
  const reached = state.kind === 'uninitialised' ? 0 : state.version;
  return MIGRATIONS.filter(({ version }) => version > reached).map(appliedOf);
}

/**
 * Whether nothing but additions is missing: making them takes nothing from programs that run.
 * @public
 */
export function isOnlyBehind(state: SchemaState): boolean {
  if (state.kind !== 'older') return false;
  return pendingMigrations(state).every(({ kind }) => kind === 'additive');
}

interface MigrationTarget {
  readonly db: Kysely<Database>;
  readonly types: ColumnTypes;
  /** The PostgreSQL schema to work in; undefined where there are none. */
  readonly schema: string | undefined;
  readonly nowMs: number;
}

/**
 * Brings a database to this program's schema. Safe to run in several processes at once.
 * @returns what was done; nothing if it was up to date.
 * @public
 */
export async function migrate(target: MigrationTarget): Promise<readonly AppliedMigration[]> {
  const [migrationTableName, migrationLockTableName] = MIGRATION_TABLES;
  const { db, schema } = target;
  const names = { migrationTableName, migrationLockTableName };
  const provider = { getMigrations: () => Promise.resolve(kyselyMigrations(target)) };
  const inSchema = schema === undefined ? {} : { migrationTableSchema: schema };
  const migrator = new Migrator({ db, provider, ...names, ...inSchema });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error instanceof KeyturnError) throw error;
  if (error !== undefined) {
    throw new InternalError('A migration failed; nothing was changed by it.', { cause: error });
  }
  const done = new Set(results.map((result) => result.migrationName));
  return MIGRATIONS.filter(({ name }) => done.has(name)).map(appliedOf);
}

function kyselyMigrations(target: MigrationTarget): Record<string, Migration> {
  return Object.fromEntries(
    MIGRATIONS.map((migration) => [migration.name, kyselyMigration(migration, target)]),
  );
}

function kyselyMigration(migration: SchemaMigration, target: MigrationTarget): Migration {
  const { version, readableFrom } = migration;
  return {
    async up(db: Kysely<unknown>) {
      await migration.up(db, target.types);
      await db
        .withTables<Pick<Database, 'keyturn_schema'>>()
        .insertInto('keyturn_schema')
        .values({ version, readable_from: readableFrom, applied_at: target.nowMs })
        .execute();
    },
  };
}

function appliedOf({ version, name, kind }: SchemaMigration): AppliedMigration {
  return { version, name, kind };
}
