import { type Digest, digestOf } from '../keys/digest.js';
import { isWellFormed, MAX_KEY_LENGTH } from '../keys/format.js';
import { mistakeIn } from '../keys/mistake.js';
import type { CheckOptions, RefusalCode, Refused, Verdict, VerifyRequest } from '../verdict.js';
import { readCredential } from './credential.js';
import { decide } from './decide.js';
import type { Entry } from './entry.js';
import { type LoadResult, load } from './load.js';
import type { Verifier } from './verifier.js';

const RETRY_SECONDS = 1; // When the store may be back: clients add their own jitter.

/** One check that the warm cache could not answer. */
interface Miss {
  readonly digest: Digest;
  readonly request: CheckOptions;
  readonly nowMs: number;
  /** Too old to be believed while the store can be asked. */
  readonly stale: Entry | undefined;
}

/**
 * Decides whether the presented key may make this request. Answers without a promise while the
 * cache is provably fresh. Never throws for a bad key.
 * @public
 */
export function verify(verifier: Verifier, request: VerifyRequest): Verdict | Promise<Verdict> {
  if ('plaintext' in request) {
    // A header that was not sent is no text in JavaScript, whatever the types say.
    if (typeof request.plaintext !== 'string') return refuseUnknown(verifier, request, 'missing');
    return verifyPlaintext(verifier, request.plaintext, request);
  }
  const keyspace = verifier.keyspaces.find(request.keyspace);
  if (keyspace === undefined) return refuseUnknown(verifier, request, 'unknown');
  const credential = readCredential(request.headers, request.url, keyspace);
  if (credential.kind === 'one') return verifyPlaintext(verifier, credential.plaintext, request);
  const refused = refuseUnknown(verifier, request, credential.kind);
  const mistake = credential.kind === 'missing' ? credential.mistake : undefined;
  return mistake === undefined ? refused : { ...refused, mistake };
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
    return settle(verifier, entry, { request, nowMs });
  }
  // A damaged key costs no I/O.
  const own = verifier.keyspaces.ofPlaintext(plaintext);
  if (own === undefined || !isWellFormed(plaintext, own.prefix)) {
    return refuseMalformed(verifier, plaintext, request);
  }
  return settleMiss(verifier, { digest, request, nowMs, stale: entry });
}

function isFresh(verifier: Verifier, entry: Entry, nowMs: number): boolean {
  const { stalenessMs } = entry.profile.keyspace;
  return verifier.freshness.isWithin(stalenessMs, nowMs);
}

/** Pure decision first, counting last. */
function settle(
  verifier: Verifier,
  entry: Entry,
  check: { readonly request: CheckOptions; readonly nowMs: number },
): Verdict {
  const verdict = decide(entry, check.request, check.nowMs);
  if (verdict.valid) verifier.recorder.accept(entry, check.nowMs);
  else verifier.recorder.refuse(entry, verdict.code, check.nowMs);
  return verdict;
}

function settleMiss(verifier: Verifier, miss: Miss): Verdict | Promise<Verdict> {
  const { digest, request, nowMs } = miss;
  const isBelieved = verifier.freshness.isWithin(verifier.keyspaces.boundMs, nowMs);
  if (isBelieved && verifier.negative.has(digest, nowMs)) {
    verifier.budget.spend(request.address, nowMs);
    return refuseUnknown(verifier, request, 'unknown');
  }
  // A key that was seen valid is exempt, however stale.
  const isExempt = miss.stale !== undefined;
  const retryAfter = isExempt ? 0 : verifier.budget.waitSeconds(request.address, nowMs);
  if (retryAfter > 0) return { ...refuseUnknown(verifier, request, 'rate_limited'), retryAfter };
  const loaded = load(verifier, digest, nowMs);
  if (loaded instanceof Promise)
    return loaded.then((result) => settleLoaded(verifier, miss, result));
  return settleLoaded(verifier, miss, loaded);
}

function settleLoaded(verifier: Verifier, miss: Miss, loaded: LoadResult): Verdict {
  const { request } = miss;
  const nowMs = verifier.freshness.nowMs(); // The store may have taken its time.
  if (loaded.kind === 'found') return settle(verifier, loaded.entry, { request, nowMs });
  if (loaded.kind === 'unknown') {
    verifier.budget.spend(request.address, nowMs);
    return refuseUnknown(verifier, request, 'unknown');
  }
  const stale = miss.stale;
  if (stale !== undefined && isWithinStoreLoss(verifier, stale, nowMs)) {
    verifier.storeLossCount += 1;
    return settle(verifier, stale, { request, nowMs });
  }
  return { ...refuseUnknown(verifier, request, 'unavailable'), retryAfter: RETRY_SECONDS };
}

/** The keyspace's own choice, with its price: see domain.md, rule 2. */
function isWithinStoreLoss(verifier: Verifier, entry: Entry, nowMs: number): boolean {
  const { stalenessMs, storeLossMs } = entry.profile.keyspace;
  return storeLossMs > 0 && verifier.freshness.isWithin(stalenessMs + storeLossMs, nowMs);
}

function refuseMalformed(verifier: Verifier, text: string, request: CheckOptions): Refused {
  const prefix = verifier.keyspaces.find(request.keyspace)?.prefix ?? '';
  const refused = refuseUnknown(verifier, request, 'malformed');
  return { ...refused, mistake: mistakeIn(text, prefix) };
}

function refuseUnknown(verifier: Verifier, request: CheckOptions, code: RefusalCode): Refused {
  const keyspace = verifier.keyspaces.find(request.keyspace);
  if (keyspace !== undefined) {
    verifier.recorder.refuseUnknown(keyspace.id, code, verifier.freshness.nowMs());
  }
  return { valid: false, code };
}
