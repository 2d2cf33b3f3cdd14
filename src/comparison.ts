import type { VerifiedKey, VerifyRequest } from './verdict.js';
import type { PageQuery } from './views.js';

// What is compared with an older check while one switches to Keyturn, and what came of it.

/** A check beside an older one, which decides. */
export interface Comparison {
  /** Whose keys count, by name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
  /** What Keyturn is asked. Called at once; what it throws is a refusal of Keyturn's. */
  readonly request: () => VerifyRequest;
  /** What the old check said; `unasked`: it gave no verdict. Has to settle, and never rejects. */
  readonly old: OldVerdict | Promise<OldVerdict>;
  /** Why it is `unasked`, once `old` has settled: the log says so, once a minute. */
  readonly whyUnasked?: (() => WhyUnasked | undefined) | undefined;
  /** The application's last word on a key that Keyturn accepts. Only `true` admits. */
  readonly allow?: ((key: VerifiedKey) => unknown) | undefined;
  /** What the application calls the place, e.g. its route; at most 64 characters are kept. */
  readonly label?: string | undefined;
}

export type OldVerdict = 'admitted' | 'refused' | 'unasked';

/** It took too long; nothing answered at its address; it threw; what it answered is no verdict. */
export type WhyUnasked = 'late' | 'away' | 'threw' | 'no_verdict';

/** Which comparisons to tell of. */
export interface SwitchQuery extends PageQuery {
  readonly keyspace?: string | undefined;
  /** An RFC 3339 time, a date, or a duration back from now; counted from the full minute. */
  readonly since?: string | undefined;
}

/** Whether Keyturn decides as the old check does: one page of where it does not, and the sums. */
export interface SwitchReport {
  /** The first minute that is counted; null: nothing was compared. */
  readonly since: string | null;
  readonly checks: {
    readonly agreed: number;
    /** Of those that agreed: both admitted the request. Without one, nothing is proved. */
    readonly admitted: number;
    readonly disagreed: number;
    /** The old check refused, and Keyturn came to no verdict: its store was away, or `allow` threw. */
    readonly undecided: number;
    /** The old check gave no verdict: the requests were refused. */
    readonly unasked: number;
    /** Keyturn's own check was not made, to be no burden. */
    readonly skipped: number;
  };
  /** How many rows there are in all. */
  readonly disagreements: number;
  /**
   * Nothing was decided in two ways, some request was admitted by both, and for each check that was
   * not compared a hundred were.
   */
  readonly isSafe: boolean;
  readonly items: readonly SwitchDisagreement[];
  readonly nextCursor: string | null;
}

/** Checks of one key, at one place, that the old check and Keyturn decided in two ways. */
export interface SwitchDisagreement {
  /** The keyspace's name. */
  readonly keyspace: string;
  /** Null: no key was found. */
  readonly key: string | null;
  /** Without a key: the first eight digits of the SHA-256 of what was sent; null: nothing was. */
  readonly hint: string | null;
  /** What the application calls the place. `…` without key and hint: there were too many rows. */
  readonly label: string | null;
  readonly old: 'admitted' | 'refused';
  readonly keyturn: 'admitted' | 'refused';
  /** Why Keyturn refused. */
  readonly code: string | null;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
}
