import { type Kysely, sql } from 'kysely';
import { MIGRATION_TABLES, schemaStateOf } from '../migrations/migrate.js';
import type { ColumnTypes } from '../migrations/migration.js';
import type { SchemaState } from '../open.js';
import type { Database } from '../schema.js';

/** How SQLite writes column types. `strict`: it checks what is stored, as PostgreSQL does. */
export const columnTypes: ColumnTypes = {
  text: sql`text`,
  bigint: sql`integer`,
  finish: (table) => table.modifyEnd(sql`strict`),
};

/** A file's schema, and the tables that others keep in one that was never initialised. */
export async function stateOf(
  db: Kysely<Database>,
): Promise<{ readonly state: SchemaState; readonly strangers: readonly string[] }> {
  const { rows } = await sql<{ readonly name: string }>`
    select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\'
  `.execute(db);
  const names = new Set(rows.map((row) => row.name));
  if (names.has('keyturn_schema')) {
    const state = await schemaStateOf(db);
    return { state, strangers: state.kind === 'uninitialised' ? [...names] : [] };
  }
  // Another process may be about to initialise it, and have made Kysely's tables already.
  for (const name of MIGRATION_TABLES) names.delete(name);
  return { state: { kind: 'uninitialised' }, strangers: [...names] };
}
