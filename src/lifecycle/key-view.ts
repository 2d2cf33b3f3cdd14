import { formatTime } from '../keys/duration.js';
import type { KeyId } from '../keys/id.js';
import { type KeyRecord, stateAt } from '../keys/key.js';
import { pastPolicyOf } from '../keys/past-policy.js';
import type { SecretRecord } from '../keys/secret.js';
import type { Key, Secret } from '../views.js';

const NO_LIMITS: readonly never[] = [];
const UNUSED: ReadonlyMap<number, number> = new Map();

/** When each secret of a key was last used, by its number. */
type SecretUses = ReadonlyMap<number, number>;

/** What a key is shown with, besides its own row. */
export interface KeyPlace {
  readonly keyspaceName: string;
  readonly uses?: SecretUses | undefined;
  /** How old its secrets may become; null or absent: any age. */
  readonly maxAgeMs?: number | null | undefined;
  /** When its next rotation begins, as planned last, in milliseconds UTC; null or absent: none is. */
  readonly nextStartAt?: number | null | undefined;
  readonly nowMs: number;
}

/** A key as the three faces show it. */
export function viewKey(key: KeyRecord, place: KeyPlace): Key {
  const uses = place.uses ?? UNUSED;
  const { maxAgeMs = null, nextStartAt = null, nowMs } = place;
  const isRotated = stateAt(key, nowMs) === 'active';
  return {
    id: key.id,
    keyspace: place.keyspaceName,
    name: key.name,
    owner: key.owner,
    environment: key.environment,
    scopes: key.scopes,
    metadata: JSON.parse(key.metadata),
    tags: key.tags,
    ...viewState(key, nowMs),
    expiresAt: timeOrNull(key.expiresAt),
    notBefore: timeOrNull(key.notBefore),
    createdAt: formatTime(key.createdAt),
    updatedAt: formatTime(key.updatedAt),
    lastUsedAt: uses.size === 0 ? null : formatTime(Math.max(...uses.values())),
    policy: key.policy,
    pastPolicySince: timeOrNull(pastPolicySince(key, { maxAgeMs, nowMs })),
    nextRotationAt: timeOrNull(isRotated ? nextStartAt : null),
    restrictions: key.restrictions,
    limits: NO_LIMITS,
    version: key.version,
    secrets: key.secrets.map((secret) => viewSecret(secret, uses)),
  };
}

/** Its secret is too old, or the one before it is accepted still, after a deadline that holds. */
function pastPolicySince(
  key: KeyRecord,
  of: { readonly maxAgeMs: number | null; readonly nowMs: number },
): number | null {
  const held = key.secrets.flatMap(({ state, deadline }) =>
    state === 'retiring' && deadline !== null && deadline <= of.nowMs ? [deadline] : [],
  );
  const sinceMs = Math.min(pastPolicyOf(key, of)?.sinceAt ?? Infinity, ...held);
  return sinceMs === Infinity ? null : sinceMs;
}

/** A secret, without anything that authenticates. */
function viewSecret(secret: SecretRecord, uses: SecretUses = UNUSED): Secret {
  return {
    number: secret.number,
    hint: secret.hint,
    state: secret.state,
    createdAt: formatTime(secret.createdAt),
    expiresAt: timeOrNull(secret.expiresAt),
    ...(secret.state === 'retiring' && { deadline: timeOrNull(secret.deadline) }),
    lastUsedAt: timeOrNull(uses.get(secret.number) ?? null),
  };
}

/** Which keys' uses to read, for a page of them. */
export function idsOf(keys: readonly KeyRecord[]): readonly KeyId[] {
  return keys.map((key) => key.id);
}

type StateView = Pick<Key, 'state' | 'stateReason' | 'stateChangedAt' | 'stateChangedBy'>;

/** Expiry is no stored state: nobody did it, and it happened when it was due. */
function viewState(key: KeyRecord, nowMs: number): StateView {
  const state = stateAt(key, nowMs);
  if (state === 'expired' && key.expiresAt !== null) {
    const stateChangedAt = formatTime(key.expiresAt);
    return { state, stateReason: 'expired', stateChangedAt, stateChangedBy: 'expiry' };
  }
  const { stateReason, stateChangedBy } = key;
  return { state, stateReason, stateChangedAt: formatTime(key.stateChangedAt), stateChangedBy };
}

function timeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}
