import type { CheckOptions, RefusalCode, Refused, Verdict } from '../verdict.js';
import { decide } from './decide.js';
import type { Entry } from './entry.js';
import type { Verifier } from './verifier.js';

const RETRY_SECONDS = 1; // When the truth may be had again: clients add their own jitter.

/** Whether a cached entry may be believed now: it was proved true within its keyspace's bound. */
export function isFresh(verifier: Verifier, entry: Entry, nowMs: number): boolean {
  const { stalenessMs } = entry.profile.keyspace;
  return verifier.freshness.isWithin(stalenessMs, nowMs);
}

/** Decides a check of a secret that exists: pure decision first, counting last. */
// biome-ignore lint/complexity/useMaxParams: an object of them would be made at every check.
export function settle(
  verifier: Verifier,
  entry: Entry,
  request: CheckOptions,
  nowMs: number,
): Verdict {
  const verdict = decide(entry, request, nowMs);
  if (verdict.valid) {
    verifier.recorder.accept(entry, request, nowMs);
    return verdict;
  }
  // From outside it is unknown, so it costs what an unknown key costs.
  const spent =
    verdict.code === 'wrong_keyspace' ? spendBudget(verifier, request, nowMs) : undefined;
  if (spent !== undefined) return spent;
  verifier.recorder.refuse(entry, verdict.code, request, nowMs);
  return verdict;
}

/** Refuses a key that the store does not know. */
export function settleUnknown(verifier: Verifier, request: CheckOptions, nowMs: number): Refused {
  return spendBudget(verifier, request, nowMs) ?? refuseUnknown(verifier, request, 'unknown');
}

/** The refusal of an address that has tried too many unknown keys. */
export function refuseSpent(verifier: Verifier, request: CheckOptions, nowMs: number): Refused {
  const retryAfter = verifier.budget.waitSeconds(request.address, nowMs);
  return { ...refuseUnknown(verifier, request, 'rate_limited'), retryAfter };
}

/** Refuses where no key was found, and counts it for the keyspace that was asked for. */
export function refuseUnknown(
  verifier: Verifier,
  request: CheckOptions,
  code: RefusalCode,
): Refused {
  const keyspace = verifier.keyspaces.find(request.keyspace);
  if (keyspace !== undefined) {
    verifier.recorder.refuseUnknown(keyspace.id, code, verifier.freshness.nowMs());
  }
  return { valid: false, code };
}

/** Refuses because the truth cannot be had: never a 401 that makes a good client drop its key. */
export function refuseUnavailable(verifier: Verifier, request: CheckOptions): Refused {
  return { ...refuseUnknown(verifier, request, 'unavailable'), retryAfter: RETRY_SECONDS };
}

function spendBudget(
  verifier: Verifier,
  request: CheckOptions,
  nowMs: number,
): Refused | undefined {
  const { budget } = verifier;
  if (budget.waitSeconds(request.address, nowMs) > 0) return refuseSpent(verifier, request, nowMs);
  budget.spend(request.address, nowMs);
  return undefined;
}
