import type { CreateTableBuilder, Expression, Kysely } from 'kysely';

/**
 * What the two databases write differently in a table's definition.
 * @public
 */
export interface ColumnTypes {
  /** Compared by bytes, so that both databases sort alike. */
  readonly text: Expression<unknown>;
  /** 64 bits. */
  readonly bigint: Expression<unknown>;
  /** Finishes a table: SQLite checks the types of what is stored only if told to. */
  finish<Table extends string, Columns extends string>(
    table: CreateTableBuilder<Table, Columns>,
  ): CreateTableBuilder<Table, Columns>;
}

/** One step of the schema. Never edited once it was released. */
export interface SchemaMigration {
  /** From 1, without gaps. */
  readonly version: number;
  readonly name: string;
  /** `breaking` removes what the version before no longer uses. */
  readonly kind: 'additive' | 'breaking';
  /** The oldest program version that can still work on the result. */
  readonly readableFrom: number;
  up(db: Kysely<unknown>, types: ColumnTypes): Promise<void>;
}
