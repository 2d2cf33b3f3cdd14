import type { CheckOptions, Verdict } from '../verdict.js';
import type { Entry } from './entry.js';
import { type Found, type LoadResult, load, type Sought } from './load.js';
import {
  isFresh,
  refuseSpent,
  refuseUnavailable,
  refuseUnknown,
  settle,
  settleUnknown,
} from './settle.js';
import type { Verifier } from './verifier.js';

const MAX_LOADS = 5; // Of one check, while its key changes as often as it is asked for.

/** One check that the warm cache could not answer. */
export interface Miss extends Sought {
  readonly request: CheckOptions;
  readonly nowMs: number;
  /** Too old to be believed while the store can be asked. */
  readonly stale: Entry | undefined;
}

/** Decides a check that the warm cache could not answer. */
export function settleMiss(verifier: Verifier, miss: Miss): Verdict | Promise<Verdict> {
  const { digest, request, nowMs, stale } = miss;
  const first = { askedAt: nowMs, left: MAX_LOADS };
  // A key that was seen valid is exempt, however stale.
  if (stale !== undefined) {
    const isLost = verifier.freshness.isStoreLost && isWithinStoreLoss(verifier, stale, nowMs);
    return isLost ? settleLost(verifier, miss, nowMs) : lookUp(verifier, miss, first);
  }
  const isBelieved = verifier.freshness.isWithin(verifier.keyspaces.boundMs, nowMs);
  if (isBelieved && verifier.negative.has(digest, nowMs)) {
    return settleUnknown(verifier, request, nowMs);
  }
  const end = verifier.budget.beginLookup(request.address, nowMs);
  if (end === undefined) return refuseSpent(verifier, request, nowMs);
  const verdict = lookUp(verifier, miss, first);
  if (verdict instanceof Promise) return verdict.finally(end);
  end();
  return verdict;
}

interface Attempt {
  readonly askedAt: number;
  /** How often the store may be asked, this time included. */
  readonly left: number;
}

function lookUp(verifier: Verifier, miss: Miss, attempt: Attempt): Verdict | Promise<Verdict> {
  const { askedAt, left } = attempt;
  const loaded = load(verifier, miss, askedAt);
  if (!(loaded instanceof Promise)) return settleLoaded(verifier, miss, { loaded, left });
  return settleLater(verifier, miss, { loading: loaded, left });
}

async function settleLater(
  verifier: Verifier,
  miss: Miss,
  { loading, left }: { readonly loading: Promise<LoadResult>; readonly left: number },
): Promise<Verdict> {
  return settleLoaded(verifier, miss, { loaded: await loading, left });
}

function settleLoaded(
  verifier: Verifier,
  miss: Miss,
  { loaded, left }: { readonly loaded: LoadResult; readonly left: number },
): Verdict | Promise<Verdict> {
  const nowMs = verifier.freshness.nowMs(); // The store may have taken its time.
  switch (loaded.kind) {
    case 'unknown':
      return settleUnknown(verifier, miss.request, nowMs);
    case 'limited': {
      const { retryAfter } = loaded;
      return { ...refuseUnknown(verifier, miss.request, 'rate_limited'), retryAfter };
    }
    case 'lost':
    case 'busy':
      return settleLost(verifier, miss, nowMs);
    case 'found':
      if (!loaded.isKept && left > 1) {
        return lookUp(verifier, miss, { askedAt: nowMs, left: left - 1 });
      }
      if (!isBelievable(verifier, loaded, nowMs) || !isTimeKnown(verifier, loaded.entry)) {
        return refuseUnavailable(verifier, miss.request);
      }
      return settleFound(verifier, miss, { loaded, nowMs });
  }
}

/** The first good use of an imported key ends its need of a hash of its own. */
function settleFound(
  verifier: Verifier,
  miss: Miss,
  { loaded, nowMs }: { readonly loaded: Found; readonly nowMs: number },
): Verdict {
  const verdict = settle(verifier, loaded.entry, miss.request, nowMs);
  const { upgrade } = loaded;
  if (verdict.valid && upgrade !== undefined) verifier.upgrades.begin({ ...upgrade, nowMs });
  return verdict;
}

/** Nothing newer was heard meanwhile, and it was not too long on its way to have heard of it. */
function isBelievable(verifier: Verifier, { entry, isKept, askedAt }: Found, nowMs: number) {
  const passedMs = nowMs - askedAt;
  const isRecent = passedMs >= 0 && passedMs < entry.profile.keyspace.stalenessMs;
  return isKept && (isRecent || isFresh(verifier, entry, nowMs));
}

/** Expiry is judged by the database's time alone: where that is not known, nobody judges. */
function isTimeKnown({ freshness }: Verifier, { bounds }: Entry): boolean {
  return bounds === null || bounds.standing === 'revoked' || freshness.isTimeKnown();
}

function settleLost(verifier: Verifier, { request, stale }: Miss, nowMs: number): Verdict {
  if (stale === undefined || !isWithinStoreLoss(verifier, stale, nowMs)) {
    return refuseUnavailable(verifier, request);
  }
  const verdict = settle(verifier, stale, request, nowMs);
  if (verdict.valid) verifier.storeLoss.add(stale.profile.keyspace.id, nowMs);
  return verdict;
}

/** The keyspace's own choice, with its price: see docs/concepts/checks.md. */
function isWithinStoreLoss(verifier: Verifier, entry: Entry, nowMs: number): boolean {
  const { stalenessMs, storeLossMs } = entry.profile.keyspace;
  const { freshness } = verifier;
  if (storeLossMs === 0 || !freshness.isTimeKnown()) return false;
  return freshness.isWithin(stalenessMs + storeLossMs, nowMs);
}
