import type { SendFailure } from './channel.js';

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 3_600_000;
/** From the first delay to the longest in the four steps between five delays. */
const FACTOR = (LONGEST_DELAY_MS / FIRST_DELAY_MS) ** (1 / 4);
/** From the first try on, whatever the other side asks for and however long nobody was here. */
const GIVEN_UP_MS = 3 * 24 * 3_600_000;
const JITTER = 0.25; // Who was refused together does not come back together.

/** What comes after a failure. */
export type NextTry =
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** Kept, shown, and sent again by a person. */
  | { readonly kind: 'dead_letter' };

/** What was tried so far. */
interface Tried {
  /** How often, from 1. */
  readonly tries: number;
  /** How long ago it was tried first. */
  readonly forMs: number;
}

/**
 * After a try: again in 10 s to 1 h, for three days from the first. What will never be
 * taken is not tried again; a credential of ours that does not hold may be put right meanwhile.
 * @param chance in 0–1, below 1.
 */
export function nextTry({ tries, forMs }: Tried, failure: SendFailure, chance: number): NextTry {
  const leftMs = GIVEN_UP_MS - forMs;
  if (failure.class === 'rejected' || leftMs <= 0) return { kind: 'dead_letter' };
  const middleMs = Math.min(FIRST_DELAY_MS * FACTOR ** (tries - 1), LONGEST_DELAY_MS);
  const jitteredMs = middleMs * (1 + JITTER * (2 * chance - 1));
  const delayMs = Math.min(Math.max(jitteredMs, FIRST_DELAY_MS), LONGEST_DELAY_MS);
  const askedMs = Math.max(delayMs, failure.retryAfterMs ?? 0);
  // The last try is at the end: who asks for more than what is left is asked then.
  return {
    kind: 'retry',
    afterMs: Math.round(Math.max(Math.min(askedMs, leftMs), FIRST_DELAY_MS)),
  };
}
