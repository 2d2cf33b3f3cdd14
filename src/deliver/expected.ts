import { type Digest, isSameDigest } from '../keys/digest.js';
import type { Reading } from './destination.js';

/** Whether what stands there is just this. Nothing there is nobody's value. */
export function isSame(found: Digest | null, wanted: Digest): boolean {
  return found !== null && isSameDigest(found, wanted);
}

/** Whether it is what was read before: otherwise somebody else has written it since. */
export function isStill(now: Reading, before: Reading): boolean {
  if (now.kind !== 'found' || before.kind !== 'found') return now.kind === before.kind;
  return isSame(now.fingerprint, before.fingerprint);
}

/** What is told of drift. */
export function fingerprintOf(reading: Reading): Digest | null {
  return reading.kind === 'found' ? reading.fingerprint : null;
}
