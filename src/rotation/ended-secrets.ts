import type { SecretRecord } from '../keys/secret.js';
import type { Act } from '../lifecycle/context.js';
import { baselinesOf } from './baseline.js';
import type { BaselineConsumer } from './details.js';
import type { Order } from './order.js';

/** Of an order, all that is read here of its place. */
interface OfKey {
  readonly located: Pick<Order['located'], 'key'>;
}

/** A secret that an emergency ends. */
export interface EndedSecret {
  readonly number: number;
  readonly state: Exclude<SecretRecord['state'], 'revoked'>;
  /** How long it is accepted still from when the new one is; 0: it ends at once. */
  readonly afterMs: number;
}

/**
 * The secrets that an emergency ends, the newest first: all that are not revoked. The overlap is
 * the current one's alone; with what an open rotation retires, there would be three.
 */
export function endedSecrets({
  located: { key },
  input,
  overlapMs,
}: Pick<Order, 'input' | 'overlapMs'> & OfKey): readonly EndedSecret[] {
  if (input.compromised !== true) return [];
  return key.secrets
    .flatMap(({ number, state }) => {
      const afterMs = state === 'current' ? (overlapMs ?? 0) : 0;
      return state === 'revoked' ? [] : [{ number, state, afterMs }];
    })
    .sort((left, right) => right.number - left.number);
}

/** Who used each of these secrets lately, by number. */
export function usersByNumber(
  act: Act,
  { located: { key }, terms }: Pick<Order, 'terms'> & OfKey,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, readonly BaselineConsumer[]>> {
  return baselinesOf(act.lifecycle, { key, numbers, terms });
}

/** Each consumer once, whichever secrets it used; who used one last comes first. */
export function eachOnce(
  lists: Iterable<readonly BaselineConsumer[]>,
): readonly BaselineConsumer[] {
  const byId = new Map<string, BaselineConsumer>();
  for (const user of [...lists].flat()) {
    const known = byId.get(user.id) ?? user;
    byId.set(user.id, {
      ...known,
      lastAt: Math.max(known.lastAt, user.lastAt),
      longestGapMs: Math.max(known.longestGapMs, user.longestGapMs),
    });
  }
  return [...byId.values()].sort((left, right) => right.lastAt - left.lastAt);
}
