import { systemPorts } from '../../dist/ports.js';

const FLUSH_MS = 1_000; // As in src/runtime.ts.

/**
 * The machine's ports, but counts are not written while a round runs: a million keys asked for as
 * fast as one process can is a million rows a second to write, which no server has to do. What
 * writing costs is measured by `recording`. Counting in memory goes on as ever.
 */
export function portsHoldingFlush() {
  const ports = systemPorts();
  const { timers } = ports;
  return {
    ...ports,
    timers: {
      ...timers,
      every: (/** @type {number} */ intervalMs, /** @type {() => void} */ run) =>
        intervalMs === FLUSH_MS ? () => {} : timers.every(intervalMs, run),
    },
  };
}
