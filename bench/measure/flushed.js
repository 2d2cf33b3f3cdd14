import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 50;
const LONGEST_MS = 60_000;

/** Waits until all that was counted before the call is in the store. @param {import('keyturn').Keyturn} keyturn */
export async function flushed(keyturn) {
  const began = performance.now();
  for (;;) {
    const sample = keyturn.metrics().find(({ name }) => name === 'keyturn_usage_unflushed_seconds');
    const passedMs = performance.now() - began;
    if (sample !== undefined && sample.value * 1_000 < passedMs) return;
    if (passedMs > LONGEST_MS) throw new Error('The counts were not written in time.');
    await pause(POLL_MS);
  }
}
