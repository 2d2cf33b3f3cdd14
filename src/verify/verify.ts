import { digestOf } from '../keys/digest.js';
import { isWellFormed, MAX_KEY_LENGTH } from '../keys/format.js';
import { mistakeIn } from '../keys/mistake.js';
import type { CheckOptions, Refused, Verdict, VerifyRequest } from '../verdict.js';
import { readCredential } from './credential.js';
import { type Miss, settleMiss } from './miss.js';
import type { Unheard } from './news.js';
import { misunderstood } from './requests.js';
import { isFresh, refuseUnknown, settle } from './settle.js';
import type { Verifier } from './verifier.js';

/**
 * Decides whether the presented key may make this request. Answers without a promise while the
 * cache is provably fresh. Never throws for a bad key.
 * @throws {InvalidRequestError} the call is bad: a field is unknown, or of another type.
 * @throws {NotFoundError} there is no such keyspace.
 * @public
 */
export function verify(verifier: Verifier, request: VerifyRequest): Verdict | Promise<Verdict> {
  if (!verifier.requests.isUnderstood(request)) throw misunderstood(request);
  const keyspace = verifier.keyspaces.find(request.keyspace);
  if (keyspace === undefined) return verifyNowhere(verifier, request);
  if ('plaintext' in request) {
    // A header that was not sent is no text in JavaScript, whatever the types say.
    if (typeof request.plaintext !== 'string') return refuseUnknown(verifier, request, 'missing');
    return verifyPlaintext(verifier, request.plaintext, request);
  }
  const credential = readCredential(request.headers, request.url, keyspace);
  if (credential.kind === 'one') return verifyPlaintext(verifier, credential.plaintext, request);
  const refused = refuseUnknown(verifier, request, credential.kind);
  const mistake = credential.kind === 'missing' ? credential.mistake : undefined;
  return mistake === undefined ? refused : { ...refused, mistake };
}

/**
 * A check for a keyspace that is not there: no key can pass it, and none is to blame. A verdict
 * would have the consumer throw a good key away.
 */
function verifyNowhere(verifier: Verifier, request: VerifyRequest): Verdict | Promise<Verdict> {
  const refuse = (): never => {
    throw verifier.nowhere.fault(verifier.freshness.nowMs());
  };
  return verifier.news.settle({ request, refuse, again: () => verify(verifier, request) });
}

function verifyPlaintext(
  verifier: Verifier,
  plaintext: string,
  request: CheckOptions,
): Verdict | Promise<Verdict> {
  if (plaintext.length > MAX_KEY_LENGTH) return refuseMalformed(verifier, plaintext, request);
  const digest = digestOf(plaintext);
  const nowMs = verifier.freshness.nowMs(); // The only clock read of a check.
  const entry = verifier.cache.get(digest);
  if (entry !== undefined && isFresh(verifier, entry, nowMs)) {
    entry.isTouched = true;
    return settle(verifier, entry, request, nowMs);
  }
  return verifyMissed(verifier, plaintext, { digest, request, nowMs, stale: entry });
}

type Missed = Pick<Miss, 'digest' | 'request' | 'nowMs' | 'stale'>;

/** By itself, because its closures would cost every check an object. */
function verifyMissed(
  verifier: Verifier,
  plaintext: string,
  missed: Missed,
): Verdict | Promise<Verdict> {
  // A damaged key costs no I/O.
  const own = verifier.keyspaces.ofPlaintext(plaintext);
  const { digest, request, nowMs, stale } = missed;
  if (own !== undefined && isWellFormed(plaintext, own.prefix)) {
    const { isManagement: isOfManagement } = own;
    return settleMiss(verifier, {
      digest,
      isOfManagement,
      foreign: undefined,
      request,
      nowMs,
      stale,
    });
  }
  const refuse = () => verifyForeign(verifier, plaintext, missed);
  return own === undefined ? verifyUnheard(verifier, plaintext, { request, refuse }) : refuse();
}

/** A text that is no key of ours. It may have been made elsewhere, and imported. */
function verifyForeign(
  verifier: Verifier,
  plaintext: string,
  missed: Missed,
): Verdict | Promise<Verdict> {
  const shape = verifier.keyspaces.ofForeign(plaintext);
  if (shape === undefined) return refuseMalformed(verifier, plaintext, missed.request);
  const foreign = { ...shape, plaintext, address: missed.request.address };
  return settleMiss(verifier, { ...missed, isOfManagement: false, foreign });
}

/** A text that begins as no key of ours does. If it is a whole key, its keyspace may be new. */
function verifyUnheard(
  verifier: Verifier,
  plaintext: string,
  { request, refuse }: Pick<Unheard, 'request' | 'refuse'>,
): Verdict | Promise<Verdict> {
  const prefix = plaintext.slice(0, Math.max(0, plaintext.indexOf('_')));
  if (!isWellFormed(plaintext, prefix)) return refuse();
  const again = () => verifyPlaintext(verifier, plaintext, request);
  return verifier.news.settle({ request, refuse, again });
}

function refuseMalformed(verifier: Verifier, text: string, request: CheckOptions): Refused {
  const prefix = verifier.keyspaces.find(request.keyspace)?.prefix ?? '';
  const refused = refuseUnknown(verifier, request, 'malformed');
  return { ...refused, mistake: mistakeIn(text, prefix) };
}
