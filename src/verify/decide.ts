import type { CheckOptions, RefusalCode, Refused, Verdict } from '../verdict.js';
import type { Entry, Profile } from './entry.js';

const NO_SCOPES: readonly string[] = [];

/**
 * Decides a check of a secret that exists, in the order of docs/concepts/checks.md. Pure: all that
 * it needs was prepared at load, and an accepted check allocates nothing.
 */
export function decide(entry: Entry, request: CheckOptions, nowMs: number): Verdict {
  const { profile } = entry;
  if (!isWanted(profile, request.keyspace)) return refuseKey(entry, 'wrong_keyspace');
  const standing = decideState(entry, nowMs);
  if (standing !== undefined) return refuseKey(entry, standing);
  const denied = decideRequest(profile, request);
  if (denied !== undefined) return refuseKey(entry, denied);
  if (profile.scopes.grants(request.scopes ?? NO_SCOPES)) return entry.accepted;
  return { ...refuseKey(entry, 'insufficient_scope'), scopes: request.scopes };
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

function refuseKey(entry: Entry, code: RefusalCode): Refused {
  return { valid: false, code, keyId: entry.accepted.key.id };
}
