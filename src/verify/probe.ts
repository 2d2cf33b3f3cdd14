import { digestOf } from '../keys/digest.js';
import { isWellFormed } from '../keys/format.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import { decide } from './decide.js';
import { load } from './load.js';
import type { Verifier } from './verifier.js';

/** What is said of a secret that does not count; all else speaks of the request. */
const REFUSES_SECRET = ['unknown', 'revoked', 'not_yet_valid', 'wrong_keyspace'];

/**
 * Checks a new secret as a client would, and counts nothing: whether it is accepted, and a damaged
 * one is not.
 * @public
 */
export async function probeSecret(
  verifier: Verifier,
  plaintext: Plaintext,
  keyspace: KeyspaceRecord,
): Promise<{ readonly isAccepted: boolean; readonly isDamagedRefused: boolean }> {
  const text = plaintext.reveal();
  const nowMs = verifier.freshness.nowMs();
  const result = await load(
    verifier,
    { digest: digestOf(text), isOfManagement: false, foreign: undefined },
    nowMs,
  );
  const damaged = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
  const isDamagedRefused = !isWellFormed(damaged, keyspace.prefix);
  if (result.kind !== 'found') return { isAccepted: false, isDamagedRefused };
  const verdict = decide(result.entry, { keyspace: keyspace.name }, nowMs);
  const isAccepted = verdict.valid || !REFUSES_SECRET.includes(verdict.code);
  return { isAccepted, isDamagedRefused };
}
