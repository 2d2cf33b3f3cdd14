// Secrets that were found where they must not be. Times are RFC 3339 strings in UTC.

/** One finding. */
export interface LeakReport {
  /** What was found. It is looked up by its digest, and never kept, logged or repeated. */
  readonly plaintext: string;
  /** Who found it: the name of a scanner or a person, at most 200 characters. */
  readonly source?: string | undefined;
  /** Where it was found, http: or https:; only its origin and path are kept. */
  readonly url?: string | undefined;
  /** When it was found: an RFC 3339 time or a date. Default: now. */
  readonly foundAt?: string | undefined;
}

export interface LeakInput {
  /** 1 to 100. */
  readonly reports: readonly LeakReport[];
  /** Says what would be done, and changes and tells nothing. */
  readonly dryRun?: boolean | undefined;
}

/** What became of a secret that was reported. */
export interface KnownLeak {
  /** `known`: nothing was to be done, or it was done before. */
  readonly result: 'acted' | 'known';
  /** The key's id. */
  readonly key: string;
  /** The secret's number. */
  readonly secret: number;
  /** As it was found: what was done to it is `action`. */
  readonly state: 'pending' | 'current' | 'retiring' | 'disabled' | 'revoked';
  /** Of the emergency that replaces it, or null. */
  readonly rotation: string | null;
  /**
   * By the policy's `emergency.onLeakReport`. `told`: the people of the policy have to act. `none`:
   * it has ended, is being replaced, or was told of today.
   */
  readonly action: 'rotated' | 'revoked' | 'told' | 'none';
  /** Why the policy could not be followed, or null. */
  readonly problem: string | null;
}

/** `unknown`: no secret of a key that the caller may see. */
export type LeakAnswer = KnownLeak | { readonly result: 'unknown' };

/** One answer a report, in their order. */
export interface LeakAnswers {
  readonly items: readonly LeakAnswer[];
}
