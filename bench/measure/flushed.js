import { setTimeout as pause } from 'node:timers/promises';
import { sized } from './size.js';

const POLL_MS = 50;
const WHOLE_MS = sized(11_000, 0); // Known senders are written every ten seconds.
const LONGEST_MS = 60_000;

/** Waits until all that was counted before the call is in the store, who it was by, too. @param {import('keyturn').Keyturn} keyturn */
export async function flushed(keyturn) {
  const began = performance.now();
  for (;;) {
    const sample = keyturn.metrics().find(({ name }) => name === 'keyturn_usage_unflushed_seconds');
    const passedMs = performance.now() - began;
    const isWritten = sample !== undefined && sample.value * 1_000 < passedMs;
    if (isWritten && passedMs > WHOLE_MS) return;
    if (passedMs > LONGEST_MS) throw new Error('The counts were not written in time.');
    await pause(POLL_MS);
  }
}
