import type { CheckOptions, RefusalCode, Refused, Verdict } from '../verdict.js';
import type { Bounds, Entry, Profile } from './entry.js';

const NO_SCOPES: readonly string[] = [];

/**
 * Decides a check of a secret that exists, in the order of docs/concepts/checks.md. Pure: all that
 * it needs was prepared at load, and an accepted check allocates nothing.
 */
export function decide(entry: Entry, request: CheckOptions, nowMs: number): Verdict {
  const { profile } = entry;
  if (!isWanted(profile, request.keyspace)) return refuseKey(entry, 'wrong_keyspace');
  const standing = decideState(entry, nowMs);
  if (standing !== undefined) return refuseState(entry, standing);
  const denied = decideRequest(profile, request);
  if (denied !== undefined) return refuseKey(entry, denied);
  if (profile.scopes.grants(request.scopes ?? NO_SCOPES)) {
    return entry.bounds === null ? entry.accepted : tried(entry, entry.bounds, nowMs);
  }
  return { ...refuseKey(entry, 'insufficient_scope'), scopes: request.scopes };
}

/** A retiring secret is refused on trial for a while: all of its checks, or every so manieth. */
function tried(entry: Entry, { trial }: Bounds, nowMs: number): Verdict {
  if (trial === null || nowMs < trial.from || nowMs >= trial.until) return entry.accepted;
  trial.sum += trial.share;
  if (trial.sum < 1) return entry.accepted;
  trial.sum -= 1;
  const retryAfter = Math.ceil((trial.until - nowMs) / 1_000);
  return { ...refuseKey(entry, 'browned_out'), retryAfter };
}

function isWanted({ isDefault, keyspace }: Profile, wanted: string | undefined): boolean {
  return wanted === undefined ? isDefault : keyspace.name === wanted || keyspace.id === wanted;
}

function decideState({ bounds }: Entry, nowMs: number): RefusalCode | undefined {
  if (bounds === null) return undefined;
  const { standing, expiresAt, secretExpiresAt, notBefore } = bounds;
  if (standing === 'revoked') return 'revoked';
  if (expiresAt !== null && expiresAt <= nowMs) return 'expired';
  if (secretExpiresAt !== null && secretExpiresAt <= nowMs) return 'expired';
  if (notBefore !== null && notBefore > nowMs) return 'not_yet_valid';
  return standing ?? undefined;
}

function decideRequest(profile: Profile, request: CheckOptions): RefusalCode | undefined {
  const { environment } = request;
  if (environment !== undefined && environment !== profile.environment) return 'wrong_environment';
  return profile.restrictionSet?.refusal(request);
}

/** Who sends an old secret of a key that works is told so. */
function refuseState(entry: Entry, code: RefusalCode): Refused {
  const refused = refuseKey(entry, code);
  const isOld = code === 'disabled' || code === 'revoked';
  return isOld && entry.bounds?.isReplaced ? { ...refused, mistake: 'replaced' } : refused;
}

function refuseKey({ accepted: { key, secret } }: Entry, code: RefusalCode): Refused {
  const refused: Refused = { valid: false, code, keyId: key.id };
  // To who asks for another keyspace it is unknown, and what is revoked retires no more.
  const isTold = code !== 'wrong_keyspace' && code !== 'revoked';
  return isTold && secret.state === 'retiring' ? { ...refused, secret } : refused;
}
