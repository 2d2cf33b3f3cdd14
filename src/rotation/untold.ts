import type { Ports } from '../ports.js';
import type { ConsumerUse } from '../store/consumers.js';
import type { InstanceRow } from '../store/store.js';
import type { Engine } from './engine.js';
import type { StepContext } from './step.js';

const LAPSE_MARGIN_MS = 1_000;
const LONGEST_WAIT_MS = 30_000; // For other instances: more than any keyspace's staleness bound.
const LOOK_AGAIN_MS = 50;

/**
 * Writes out whom this instance saw, so that what is decided next knows of them. Where it cannot
 * now, it is as silent as any other instance.
 */
export async function tellUses({ flush }: Pick<Engine, 'flush'>): Promise<void> {
  await flush().catch(() => undefined);
}

/**
 * Waits until every instance that lives has written out what it saw by a moment: it does so every second.
 * @returns false: one of them does not.
 */
export async function hasTold(
  { clock, timers }: Pick<Ports, 'clock' | 'timers'>,
  isSo: () => Promise<boolean>,
): Promise<boolean> {
  const startedAt = clock.monotonicMs();
  while (!(await isSo())) {
    if (clock.monotonicMs() - startedAt > LONGEST_WAIT_MS) return false;
    await timers.sleep(LOOK_AGAIN_MS);
  }
  return true;
}

/** Which instances, and what they may have seen. */
interface Told {
  readonly instances: readonly InstanceRow[];
  /** When the secret was handed over: nobody used it before. */
  readonly sinceMs: number;
  /** Up to when their word is asked for. */
  readonly untilMs: number;
  /** The keyspace's staleness bound. */
  readonly boundMs: number;
}

/**
 * Whether every instance that may have accepted a secret has written out all that it saw by then.
 * One that died without a word never has.
 */
export function haveTold({ instances, sinceMs, untilMs, boundMs }: Told): boolean {
  const fromMs = sinceMs - boundMs - LAPSE_MARGIN_MS;
  return instances.every(({ seenAt, flushedUntil }) => seenAt < fromMs || flushedUntil >= untilMs);
}

/** Those that may still tell: what has died tells nothing more, and is waited for until it has lapsed. */
export function livingOf(
  instances: readonly InstanceRow[],
  { nowMs, boundMs }: { readonly nowMs: number; readonly boundMs: number },
): readonly InstanceRow[] {
  return instances.filter(({ seenAt }) => seenAt >= nowMs - boundMs - LAPSE_MARGIN_MS);
}

/** Whether a consumer has used the new secret, as far as it is written out. */
export async function isInUse({ details, scenery }: StepContext): Promise<boolean> {
  if (details.newNumber === null) return false;
  return isUsed(await scenery.consumers(), details.newNumber);
}

/** Whether a consumer has used the secret of this number, as far as it is written out. */
export function isUsed(uses: readonly ConsumerUse[], number: number | null): boolean {
  return usesOfSecret(uses, number).length > 0;
}

/** Those with which a secret was accepted. */
export function usesOfSecret(
  uses: readonly ConsumerUse[],
  number: number | null,
): readonly ConsumerUse[] {
  return uses.filter(({ secretNumber, outcome }) => secretNumber === number && outcome === 'valid');
}
