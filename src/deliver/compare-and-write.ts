import { type Digest, digestOf, isSameDigest } from '../keys/digest.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { DeliveryFailure, Reading, Writing } from './destination.js';

const MAX_ATTEMPTS = 3; // Others may change what stands beside the value, but not for ever.

/** What a target that compares versions answers: it was changed since. */
export type Put = Exclude<Writing, { readonly kind: 'drift' }> | { readonly kind: 'conflict' };

interface Target {
  readonly read: () => Promise<Reading>;
  /** Writes, if `now` still stands there. */
  readonly put: (now: Exclude<Reading, DeliveryFailure>) => Promise<Put>;
}

/**
 * Writes where `expected` still stands, or where the value itself does already: what was lost on
 * the way back the last time. A change beside the value is no drift, and is not undone.
 */
export async function compareAndWrite(
  { read, put }: Target,
  value: Plaintext,
  expected: Reading,
): Promise<Writing> {
  const wanted = digestOf(value.reveal());
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const now = await read();
    if (now.kind === 'failed') return now;
    if (holds(now, wanted)) return { kind: 'written', version: now.version };
    if (!isAsExpected(now, expected)) return driftOf(now);
    const done = await put(now);
    if (done.kind !== 'conflict') return done;
  }
  const message = 'It is changed by others all the time.';
  return { kind: 'failed', class: 'transient', message };
}

function holds(now: Reading, wanted: Digest): boolean {
  return now.kind === 'found' && isSameDigest(now.fingerprint, wanted);
}

function isAsExpected(now: Reading, expected: Reading): boolean {
  if (now.kind === 'found') return expected.kind === 'found' && holds(now, expected.fingerprint);
  if (now.kind === 'absent') return expected.kind === 'absent';
  // It tells nobody what it holds: when it was changed is all there is to compare.
  if (now.kind !== 'unreadable' || expected.kind !== 'unreadable') return false;
  return now.version === expected.version;
}

function driftOf(now: Reading): Writing {
  return { kind: 'drift', found: now.kind === 'found' ? now.fingerprint : null };
}
