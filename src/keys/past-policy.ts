import type { KeyRecord } from './key.js';
import { isLive, type SecretRecord } from './secret.js';

type Aged = Pick<SecretRecord, 'state' | 'createdAt'>;

/** A secret that is accepted and older than a policy allows, and since when. */
interface PastPolicy<Secret extends Aged> {
  readonly secret: Secret;
  /** Milliseconds UTC. */
  readonly sinceAt: number;
}

/**
 * The oldest secret that is accepted, if it is older than it may be; undefined: it is not.
 * @public
 */
export function pastPolicyOf<Secret extends Aged>(
  { state, secrets }: Pick<KeyRecord, 'state'> & { readonly secrets: readonly Secret[] },
  { maxAgeMs, nowMs }: { readonly maxAgeMs: number | null; readonly nowMs: number },
): PastPolicy<Secret> | undefined {
  if (maxAgeMs === null || state === 'revoked') return undefined;
  const live = secrets.filter((secret) => isLive(secret.state));
  const [oldest] = live.toSorted((left, right) => left.createdAt - right.createdAt);
  if (oldest === undefined || oldest.createdAt + maxAgeMs > nowMs) return undefined;
  return { secret: oldest, sinceAt: oldest.createdAt + maxAgeMs };
}
