import type { PageQuery } from './views.js';

export interface UsageFilter extends PageQuery {
  readonly keyspace?: string | undefined;
  readonly key?: string | undefined;
  readonly owner?: string | undefined;
  /** An RFC 3339 time, a date, or a duration back from now. Default `24h`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly per?: 'hour' | 'day' | undefined;
  readonly by?: 'key' | 'secret' | 'total' | undefined;
}

/** Counts of checks in one hour or day. */
export interface Usage {
  readonly start: string;
  /** Null: summed over several. */
  readonly keyspace: string | null;
  /** Null: of no key, or summed over several. */
  readonly key: string | null;
  readonly secret: number | null;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly total: number;
}
