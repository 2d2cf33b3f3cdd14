import { sql } from 'kysely';
import { requireReady, schemaStateFrom } from '../migrations/migrate.js';

/** What tells in any statement whether this program may still work on the database. */
export const schemaColumns = [
  sql<number | null>`(select max(version) from keyturn_schema)`.as('schema_version'),
  sql<number | null>`(select max(readable_from) from keyturn_schema)`.as('readable_from'),
] as const;

interface SchemaRow {
  readonly schema_version: number | null;
  readonly readable_from: number | null;
}

/**
 * A newer program may migrate the database while this one runs, or somebody may empty it.
 * @throws {SchemaNewerError} and its like, as at the opening.
 */
export function requireReadable(row: SchemaRow | undefined, where: string): void {
  const version = row?.schema_version ?? null;
  requireReady(schemaStateFrom({ version, readableFrom: row?.readable_from ?? null }), where);
}
