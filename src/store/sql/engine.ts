import type { Kysely, RawBuilder, SqlBool } from 'kysely';
import type { Digest } from '../../keys/digest.js';
import type { FoundSecret } from '../found-secret.js';
import type { Database } from '../schema.js';

/**
 * What the two databases do differently. Everything else is written once, in this folder.
 * @public
 */
export interface SqlEngine {
  readonly kind: 'sqlite' | 'postgres';
  /** For reads. It never sees a row that is not committed. */
  readonly db: Kysely<Database>;
  /** SQLite has one writer at a time, so it needs no locks on rows, and cannot parse them. */
  readonly hasRowLocks: boolean;
  /** The database's address for people, without a password. */
  readonly where: string;

  /** @throws {StoreCorruptError} what is open is no longer what its address names. */
  requireSame(): void;

  /** One transaction: what `run` throws takes all of it back. It may run more than once. */
  transaction<T>(run: (trx: Kysely<Database>) => Promise<T>): Promise<T>;
  /**
   * The database's clock as an expression, in milliseconds UTC. Where that is the process's clock,
   * it is `processMs`.
   */
  now(processMs?: number): RawBuilder<number>;
  /** The process's clock, in milliseconds UTC. */
  processMs(): number;
  /** Whether a key has this tag, exactly. */
  hasTag(tag: string): RawBuilder<SqlBool>;
  /** The elements of a JSON array as rows `(value, place)`: many rows, one statement. */
  elementsOf(json: string): RawBuilder<unknown>;
  /** Tells other instances of a change, once it is committed. */
  notify(trx: Kysely<Database>, sequence: number): Promise<void>;

  /** What was deleted is gone from the files, too, as far as the database lets us. */
  forget(): Promise<void>;

  findByDigest(digest: Digest): FoundSecret | undefined | Promise<FoundSecret | undefined>;
  mayHaveChanged(): boolean;
  onWake(wake: () => void): () => void;
  close(): Promise<void>;
}

/**
 * A row with this name, id or digest is there already. Becomes a conflict, never an error.
 * @public
 */
export class UniqueViolation extends Error {}
