import { digestOf } from '../keys/digest.js';
import { isWellFormed } from '../keys/format.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { CheckOptions, Verdict } from '../verdict.js';
import { decide } from './decide.js';
import { load } from './load.js';
import type { Verifier } from './verifier.js';

/** What is said of a secret that does not count; all else speaks of the request. */
const REFUSES_SECRET = ['unknown', 'malformed', 'revoked', 'not_yet_valid', 'wrong_keyspace'];
const ALL_SCOPES = '*';
const FOREIGN_SCOPE = 'keyturn-probe'; // In one segment: no pattern but `*` covers it.

/** What a key is by its record, whatever a check finds. */
interface Probed {
  readonly keyspace: KeyspaceRecord;
  readonly scopes: readonly string[];
}

/** What was found, or that the truth could not be had: then nothing speaks against the secret. */
type Probe =
  | { readonly kind: 'unanswered' }
  | {
      readonly kind: 'answered';
      readonly isAccepted: boolean;
      readonly isDamagedRefused: boolean;
      readonly isBeyondScopeRefused: boolean;
    };

/**
 * Checks a new secret as a client would, and counts nothing: whether it is accepted, a damaged one
 * is not, and nothing beyond the key's scopes is.
 * @public
 */
export async function probeSecret(
  verifier: Verifier,
  plaintext: Plaintext,
  { keyspace, scopes }: Probed,
): Promise<Probe> {
  const text = plaintext.reveal();
  const damagedText = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
  const request = { keyspace: keyspace.name };
  const whole = await answererOf(verifier, text);
  const damaged = await answererOf(verifier, damagedText);
  // A key that may do everything has nothing that it may not.
  const beyondScopes = scopes.includes(ALL_SCOPES) ? undefined : [scopeBeyond(scopes)];
  const beyond = beyondScopes && whole({ ...request, scopes: beyondScopes });
  const [accepted, broken] = [whole(request), damaged(request)];
  if ([accepted, broken, beyond].some(isUnanswered)) return { kind: 'unanswered' };
  return {
    kind: 'answered',
    isAccepted: accepted.valid || !REFUSES_SECRET.includes(accepted.code),
    isDamagedRefused: !broken.valid,
    isBeyondScopeRefused: beyond?.valid !== true,
  };
}

function isUnanswered(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && !verdict.valid && verdict.code === 'unavailable';
}

function scopeBeyond(scopes: readonly string[]): string {
  let scope = FOREIGN_SCOPE;
  while (scopes.includes(scope)) scope += 'x';
  return scope;
}

/** What checks of a text are answered, by what the store says of it now. They are no use of a key. */
async function answererOf(
  verifier: Verifier,
  text: string,
): Promise<(request: CheckOptions) => Verdict> {
  const { keyspaces } = verifier;
  const nowMs = verifier.freshness.nowMs();
  const own = keyspaces.ofPlaintext(text);
  const isOurs = own !== undefined && isWellFormed(text, own.prefix);
  const shape = isOurs ? undefined : keyspaces.ofForeign(text);
  if (!isOurs && shape === undefined) return () => ({ valid: false, code: 'malformed' });
  const foreign = shape && { ...shape, plaintext: text, address: undefined };
  const isOfManagement = isOurs && own.isManagement;
  const result = await load(verifier, { digest: digestOf(text), isOfManagement, foreign }, nowMs);
  if (result.kind === 'found') return (request) => decide(result.entry, request, nowMs);
  const code = result.kind === 'unknown' ? 'unknown' : 'unavailable';
  return () => ({ valid: false, code });
}
