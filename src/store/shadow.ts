import type { KeyId, KeyspaceId } from '../keys/id.js';
import type { Within } from './within.js';

/**
 * One minute, in milliseconds: how finely comparisons are counted.
 * @public
 */
export const SHADOW_BUCKET_MS = 60_000;
/**
 * How long a comparison is remembered: what nobody has met for a month is mended, or gone.
 */
export const SHADOW_MEMORY_MS = 30 * 24 * 60 * 60_000;
/**
 * Rows of disagreements that are kept, about 2 MB. What comes beyond them is counted in one row
 * for each code, under the label `THE_REST`.
 */
export const MAX_DISAGREEMENTS = 10_000;
/** @public */
export const THE_REST = '…';

/**
 * What came of a comparison: both admitted, both refused, or not both the same. `undecided`: the old
 * check refused, and Keyturn's own came to no verdict; `unasked`: the old one gave none; `skipped`:
 * Keyturn's own was not asked for.
 * @public
 */
export type ShadowOutcome =
  | 'both_admitted'
  | 'both_refused'
  | 'disagreed'
  | 'undecided'
  | 'unasked'
  | 'skipped';

/**
 * Comparisons of one keyspace in one minute.
 * @public
 */
export interface ShadowCount {
  readonly keyspaceId: KeyspaceId;
  /** The beginning of the minute, in milliseconds UTC. */
  readonly startAt: number;
  readonly outcome: ShadowOutcome;
  readonly count: number;
}

/**
 * Checks of one credential that were decided in two ways.
 * @public
 */
export interface Disagreement {
  readonly keyspaceId: KeyspaceId;
  /** Empty: no key was found. */
  readonly keyId: KeyId | '';
  /** The beginning of the credential's SHA-256 where no key was found; empty: there was none. */
  readonly hint: string;
  /** What the application calls the place; empty: nothing. */
  readonly label: string;
  /** Why Keyturn refuses what the old check admits; empty: it admits what that refuses. */
  readonly code: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/**
 * Where a row of disagreements stands in a list.
 * @public
 */
export type DisagreementPlace = Pick<
  Disagreement,
  'keyspaceId' | 'keyId' | 'hint' | 'label' | 'code'
>;

/**
 * What one flush adds. Each place stands in it once.
 * @public
 */
export interface ShadowTally {
  readonly counts: readonly ShadowCount[];
  readonly disagreements: readonly Disagreement[];
}

export interface ShadowQuery {
  readonly within: Within;
  /** Inclusive, in milliseconds UTC, and on a full minute. */
  readonly sinceMs: number;
  readonly limit: number;
  /** Where the page before ended. */
  readonly after: DisagreementPlace | null;
}

/**
 * What has been compared since a time.
 * @public
 */
export interface ShadowReading {
  readonly outcomes: Readonly<Record<ShadowOutcome, number>>;
  /** The beginning of the first minute that is counted; null: there is none. */
  readonly startAt: number | null;
  /** How many rows of disagreements were met since. */
  readonly rowCount: number;
  /** One page of them, by place. */
  readonly rows: readonly Disagreement[];
}

/** @public */
export const NO_OUTCOMES: ShadowReading['outcomes'] = {
  both_admitted: 0,
  both_refused: 0,
  disagreed: 0,
  undecided: 0,
  unasked: 0,
  skipped: 0,
};

/**
 * The parts of a place, in the order of a list.
 * @public
 */
export function partsOf(place: DisagreementPlace): readonly string[] {
  return [place.keyspaceId, place.keyId, place.hint, place.label, place.code];
}

/**
 * The same place is the same row.
 * @public
 */
export function placeIdOf(place: DisagreementPlace): string {
  return JSON.stringify(partsOf(place));
}

/**
 * Adds to what is known of a place.
 * @public
 */
export function sumOf(known: Disagreement | undefined, more: Disagreement): Disagreement {
  if (known === undefined) return more;
  return {
    ...more,
    count: known.count + more.count,
    firstAt: Math.min(known.firstAt, more.firstAt),
    lastAt: Math.max(known.lastAt, more.lastAt),
  };
}

/**
 * What has no room of its own any more goes into the row of the rest; each place stands once in
 * the answer, in order.
 */
export function fitted(
  rows: readonly Disagreement[],
  hasRoom: (placeId: string) => boolean,
): readonly Disagreement[] {
  const kept = new Map<string, Disagreement>();
  for (const row of rows) {
    const own = placeIdOf(row);
    const place = hasRoom(own) ? row : { ...row, keyId: '' as const, hint: '', label: THE_REST };
    const id = placeIdOf(place);
    kept.set(id, sumOf(kept.get(id), place));
  }
  return [...kept.values()].toSorted(byPlace);
}

/** In the order of the texts' bytes, as the databases sort. */
export function byPlace(left: DisagreementPlace, right: DisagreementPlace): number {
  const others = partsOf(right);
  for (const [index, part] of partsOf(left).entries()) {
    const order = Buffer.compare(Buffer.from(part), Buffer.from(others[index] ?? ''));
    if (order !== 0) return order;
  }
  return 0;
}
