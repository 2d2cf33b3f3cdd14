import type { KeyRecord } from '../keys/key.js';
import type { Lifecycle } from '../lifecycle/context.js';
import { type ConsumerUse, OTHERS } from '../store/consumers.js';
import type { BaselineConsumer, Details } from './details.js';
import { probedBefore, withoutProbes } from './probed.js';
import type { Terms } from './terms.js';

/** Consumers that are waited for by name; the rest together, as `OTHERS`. */
const MAX_BASELINE = 1_000;
const MAX_READ = 5_000;

/**
 * Who used each of these secrets of a key lately, by number: frozen when a rotation starts, so that
 * nobody who comes later can hold it up.
 */
export async function baselinesOf(
  lifecycle: Lifecycle,
  of: { readonly key: KeyRecord; readonly numbers: readonly number[]; readonly terms: Terms },
): Promise<ReadonlyMap<number, readonly BaselineConsumer[]>> {
  const { key, numbers, terms } = of;
  const sinceMs = lifecycle.nowMs() - terms.evidence.baselineMs;
  const { store } = lifecycle;
  const probed = await probedBefore(store, key);
  const uses = withoutProbes(await store.listConsumers(key.id, MAX_READ), probed);
  return new Map(numbers.map((number) => [number, usersOf(uses, { number, sinceMs })]));
}

/** How many they are, by name; `OTHERS` among them stands for more, who may be some of the same. */
export function headcountOf(users: readonly { readonly id: string }[]): Headcount {
  const isLeast = users.some(({ id }) => id === OTHERS.id);
  return { count: isLeast ? Math.max(1, users.length - 1) : users.length, isLeast };
}

/** A number of consumers. */
export interface Headcount {
  readonly count: number;
  /** There may be more. */
  readonly isLeast: boolean;
}

/** Whether it is a use by one of a baseline that are not in it by name. */
export function isLeftOut({
  baseline,
  oldNumber,
  frozenAt,
}: Details): (use: ConsumerUse) => boolean {
  const known = new Set(baseline.map(({ id }) => id));
  return ({ secretNumber, consumer, firstAt }) =>
    known.has(OTHERS.id) &&
    secretNumber === oldNumber &&
    firstAt <= frozenAt &&
    !known.has(consumer.id);
}

/**
 * Whom the baseline lacks because what they did before it was frozen was written out after. Who was
 * away for longer than it reaches, and is back, may be one of them, and is waited for, too: a
 * newcomer never is.
 */
export function toldLate(
  { baseline, frozenAt, oldNumber, terms }: Details,
  uses: readonly ConsumerUse[],
): readonly BaselineConsumer[] {
  const known = new Set(baseline.map(({ id }) => id));
  const late = uses
    .filter(({ firstAt }) => firstAt <= frozenAt)
    .filter(({ consumer }) => !known.has(consumer.id));
  const sinceMs = frozenAt - terms.evidence.baselineMs;
  const room = Math.max(0, MAX_BASELINE - baseline.length);
  const users = named(usesSince(late, { number: oldNumber, sinceMs }), room);
  return users.filter(({ id }) => !known.has(id));
}

/** Who used a secret since then, as they are kept. */
export function usersOf(uses: readonly ConsumerUse[], of: Since): readonly BaselineConsumer[] {
  return named(usesSince(uses, of), MAX_BASELINE);
}

interface Since {
  readonly number: number;
  readonly sinceMs: number;
}

function usesSince(
  uses: readonly ConsumerUse[],
  { number, sinceMs }: Since,
): readonly BaselineConsumer[] {
  return uses
    .filter(({ secretNumber, outcome }) => secretNumber === number && outcome === 'valid')
    .filter(({ lastAt }) => lastAt >= sinceMs)
    .map(({ consumer, lastAt, longestGapMs }) => ({ ...consumer, lastAt, longestGapMs }));
}

/** So many by name. Whoever there is no room for is waited for with the others: nobody is dropped. */
function named(users: readonly BaselineConsumer[], room: number): readonly BaselineConsumer[] {
  const [kept, rest] = [users.slice(0, room), users.slice(room)];
  if (rest.length === 0 || kept.some(({ id }) => id === OTHERS.id)) return kept;
  const lastAt = Math.max(...rest.map((one) => one.lastAt));
  const longestGapMs = Math.max(...rest.map((one) => one.longestGapMs));
  return [...kept, { ...OTHERS, lastAt, longestGapMs }];
}
