import process from 'node:process';
import { DependencyMissingError } from '../../errors.js';

/** The part of `node:sqlite` (Node.js 24, SQLite) that is used here. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** Its rows are what the statement selects: the caller knows, and says so with `Row`. */
export interface SqliteStatement {
  get<Row>(...parameters: readonly unknown[]): Row | undefined;
  all<Row>(...parameters: readonly unknown[]): Row[];
  run(...parameters: readonly unknown[]): { readonly changes: number | bigint };
}

export interface SqliteDriver {
  readonly DatabaseSync: new (
    path: string,
    options?: { readonly readOnly?: boolean },
  ) => SqliteDatabase;
}

/**
 * Node's own SQLite where there is one (Node.js ≥ 22.13), else the package with the same face.
 * @throws {DependencyMissingError} it is needed, and not installed.
 */
export async function loadDriver(): Promise<SqliteDriver> {
  const ownDriver: unknown = process.getBuiltinModule('node:sqlite');
  if (isDriver(ownDriver)) return ownDriver;
  const installed: unknown = await import('@photostructure/sqlite').catch((cause: unknown) => {
    throw new DependencyMissingError(
      `Node.js ${process.versions.node} has no SQLite of its own (22.13 and later have). ` +
        'Run: npm install @photostructure/sqlite',
      { cause },
    );
  });
  if (isDriver(installed)) return installed;
  throw new DependencyMissingError(
    'The installed @photostructure/sqlite has no DatabaseSync. ' +
      'Run: npm install @photostructure/sqlite@1',
  );
}

function isDriver(found: unknown): found is SqliteDriver {
  if (typeof found !== 'object' || found === null) return false;
  return 'DatabaseSync' in found && typeof found.DatabaseSync === 'function';
}
