import type { Digest } from '../../keys/digest.js';
import type { FoundSecret } from '../found-secret.js';
import { findByDigestSql } from '../sql/found-secret.js';
import type { SqliteDatabase, SqliteStatement } from './driver.js';
import { sqliteFault } from './faults.js';

/** The statements of every check and of every poll, prepared once. */
export class HotStatements {
  readonly #database: SqliteDatabase; // With only statements referenced, it would be collected.
  readonly #path: string;
  readonly #findByDigest: SqliteStatement;
  readonly #dataVersion: SqliteStatement;
  #seenVersion: number | undefined;

  constructor(database: SqliteDatabase, path: string) {
    this.#database = database;
    this.#path = path;
    this.#findByDigest = database.prepare(findByDigestSql('?'));
    this.#dataVersion = database.prepare('pragma data_version');
  }

  findByDigest(digest: Digest): FoundSecret | undefined {
    try {
      return this.#findByDigest.get<FoundSecret>(digest);
    } catch (fault) {
      throw sqliteFault(fault, this.#path);
    }
  }

  /** https://sqlite.org/pragma.html#pragma_data_version: differs after another's commit. */
  mayHaveChanged(): boolean {
    try {
      const row = this.#dataVersion.get<{ readonly data_version: number }>();
      const hasChanged = row?.data_version !== this.#seenVersion;
      this.#seenVersion = row?.data_version;
      return hasChanged;
    } catch (fault) {
      throw sqliteFault(fault, this.#path);
    }
  }

  close(): void {
    this.#database.close();
  }
}
