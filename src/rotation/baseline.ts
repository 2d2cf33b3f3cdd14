import type { KeyRecord } from '../keys/key.js';
import type { Lifecycle } from '../lifecycle/context.js';
import type { ConsumerUse } from '../store/consumers.js';
import type { BaselineConsumer, Details } from './details.js';
import type { Terms } from './terms.js';

const MAX_BASELINE = 500; // Consumers that are waited for; who used it last comes first.
const MAX_READ = 2_000;

/**
 * Who used the old secret lately: frozen when the rotation starts, so that nobody who comes later
 * can hold it up.
 */
export async function baselineOf(
  lifecycle: Lifecycle,
  of: { readonly key: KeyRecord; readonly oldNumber: number; readonly terms: Terms },
): Promise<readonly BaselineConsumer[]> {
  const { key, oldNumber, terms } = of;
  const fromMs = lifecycle.nowMs() - terms.evidence.baselineMs;
  const uses = await lifecycle.store.listConsumers(key.id, MAX_READ);
  return usersOf(uses, { number: oldNumber, sinceMs: fromMs });
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
  const users = usersOf(late, {
    number: oldNumber,
    sinceMs: frozenAt - terms.evidence.baselineMs,
  });
  return users.slice(0, Math.max(0, MAX_BASELINE - baseline.length));
}

/** Who used a secret since then, as they are kept. */
export function usersOf(
  uses: readonly ConsumerUse[],
  { number, sinceMs }: { readonly number: number; readonly sinceMs: number },
): readonly BaselineConsumer[] {
  return uses
    .filter(({ secretNumber, outcome }) => secretNumber === number && outcome === 'valid')
    .filter(({ lastAt }) => lastAt >= sinceMs)
    .slice(0, MAX_BASELINE)
    .map(({ consumer, lastAt, longestGapMs }) => ({ ...consumer, lastAt, longestGapMs }));
}
