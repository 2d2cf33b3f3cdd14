/** A table of another system, as its database describes it. */
export interface SourceTable {
  /** With its schema where the name alone does not find it. */
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * One row of it. `values` stand in the order of the table's columns: times as texts, as the database
 * writes them, in UTC; whole numbers beyond 2^53 as texts.
 */
export type SourceTableRow =
  | { readonly kind: 'read'; readonly values: readonly unknown[] }
  /** A text of it is no UTF-8. */
  | { readonly kind: 'undecodable'; readonly column: string };

/**
 * A database of another system, that is only ever read.
 * @public
 */
export interface SourceDatabase {
  /** Its address for people, without a password. */
  readonly where: string;
  /** @throws {KeyturnError} it cannot be read. */
  listTables(): Promise<readonly SourceTable[]>;
  /** All rows, a block at a time. @throws {KeyturnError} they cannot be read. */
  readRows(table: SourceTable): AsyncIterable<SourceTableRow>;
  close(): Promise<void>;
}
