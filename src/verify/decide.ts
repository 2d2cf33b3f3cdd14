import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { CheckOptions, Refused, RefusalCode, Verdict } from '../public.js';
import { CachedKey, type Entry, type Profile } from './entry.js';

/** The keyspace a check is for when it names none. */
export const DEFAULT_KEYSPACE_NAME = 'default';
const NO_SCOPES: readonly string[] = [];

/**
 * Decides a check of a secret that exists, in the order of domain.md. Pure: everything it needs
 * was prepared at load, and an accepted check allocates nothing.
 */
export function decide(entry: Entry, request: CheckOptions, nowMs: number): Verdict {
  const { key } = entry.accepted;
  const profile = CachedKey.profileOf(key);
  if (!isOf(profile.keyspace, request.keyspace)) return refuseKey(entry, 'wrong_keyspace');
  const standing = decideState(entry, nowMs);
  if (standing !== undefined) return refuseKey(entry, standing);
  const denied = decideRequest(profile, request);
  if (denied !== undefined) return refuseKey(entry, denied);
  if (profile.scopes.grants(request.scopes ?? NO_SCOPES)) return entry.accepted;
  return { valid: false, code: 'insufficient_scope', keyId: key.id, scopes: request.scopes };
}

/** Whether a keyspace is the one that was asked for, by name or id. */
export function isOf(keyspace: KeyspaceRecord, wanted: string = DEFAULT_KEYSPACE_NAME): boolean {
  return keyspace.name === wanted || keyspace.id === wanted;
}

function decideState(entry: Entry, nowMs: number): RefusalCode | undefined {
  const { key } = entry.accepted;
  if (entry.standing === 'revoked') return 'revoked';
  if (CachedKey.hasExpired(key, nowMs)) return 'expired';
  if (entry.secretExpiresAt !== null && entry.secretExpiresAt <= nowMs) return 'expired';
  if (entry.standing === 'not_yet_valid' || CachedKey.isTooEarly(key, nowMs)) {
    return 'not_yet_valid';
  }
  return entry.standing ?? undefined;
}

function decideRequest(profile: Profile, request: CheckOptions): RefusalCode | undefined {
  const { environment } = request;
  if (environment !== undefined && environment !== profile.environment) return 'wrong_environment';
  return profile.restrictionSet?.refusal(request);
}

function refuseKey(entry: Entry, code: RefusalCode): Refused {
  return { valid: false, code, keyId: entry.accepted.key.id };
}
