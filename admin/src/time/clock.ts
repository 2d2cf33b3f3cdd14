import { useSyncExternalStore } from 'react';

const TICK_MS = 10_000; // How old a "2 minutes ago" may be.

const hearers = new Set<() => void>();
let nowMs = Date.now();
let ticking: ReturnType<typeof setInterval> | undefined;

/**
 * The time, as it moves on in a component.
 * @public
 */
export function useNowMs(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}

/**
 * A time as a number.
 * @public
 */
export function msOf(time: string): number {
  return new Date(time).getTime();
}

/**
 * Whether a time is still to come.
 * @public
 */
export function isToCome(time: string): boolean {
  return msOf(time) > Date.now();
}

/**
 * A number as a time.
 * @public
 */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function subscribe(hear: () => void): () => void {
  hearers.add(hear);
  nowMs = Date.now();
  ticking ??= setInterval(tick, TICK_MS);
  return () => {
    hearers.delete(hear);
    if (hearers.size > 0) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

function tick(): void {
  nowMs = Date.now();
  for (const hear of hearers) hear();
}
