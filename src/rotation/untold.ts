import type { ConsumerUse } from '../store/consumers.js';
import type { InstanceRow } from '../store/store.js';
import type { Engine } from './engine.js';

const LAPSE_MARGIN_MS = 1_000;

/**
 * Writes out whom this instance saw, so that what is decided next knows of them. Where it cannot
 * now, it is as silent as any other instance.
 */
export async function tellUses({ flush }: Pick<Engine, 'flush'>): Promise<void> {
  await flush().catch(() => undefined);
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

/** Whether a consumer has used the secret of this number, as far as it is written out. */
export function isUsed(uses: readonly ConsumerUse[], number: number | null): boolean {
  return uses.some(({ secretNumber, outcome }) => secretNumber === number && outcome === 'valid');
}
