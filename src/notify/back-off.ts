import type { SendFailure } from './channel.js';

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 3_600_000;
/** From the first delay to the longest in the four steps between five delays. */
const FACTOR = (LONGEST_DELAY_MS / FIRST_DELAY_MS) ** (1 / 4);
/** Three days, of which all but the first hour go by in steps of 56 minutes, as they fall out. */
const MAX_TRIES = 82;
const JITTER = 0.25; // Who was refused together does not come back together.

/** What comes after a failure. */
export type NextTry =
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** Kept, shown, and sent again by a person. */
  | { readonly kind: 'dead_letter' };

/**
 * After the try with this number, from 1: again in 10 s to 1 h, for three days. What will never be
 * taken is not tried again; a credential of ours that does not hold may be put right meanwhile.
 * @param chance in 0–1, below 1.
 */
export function nextTry(tries: number, failure: SendFailure, chance: number): NextTry {
  if (failure.class === 'rejected' || tries >= MAX_TRIES) return { kind: 'dead_letter' };
  const middleMs = Math.min(FIRST_DELAY_MS * FACTOR ** (tries - 1), LONGEST_DELAY_MS);
  const jitteredMs = middleMs * (1 + JITTER * (2 * chance - 1));
  const delayMs = Math.min(Math.max(jitteredMs, FIRST_DELAY_MS), LONGEST_DELAY_MS);
  return { kind: 'retry', afterMs: Math.round(Math.max(delayMs, failure.retryAfterMs ?? 0)) };
}
