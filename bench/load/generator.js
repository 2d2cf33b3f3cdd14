// Makes load, in a process of its own: `{ port, requests, connections }` first, and then either
// `{ kind: 'closed', durationMs }` (every connection asks as soon as it was answered) or
// `{ kind: 'paced', durationMs, everyMs }` (so many requests a second, whatever the answers).
import process from 'node:process';
import { answering } from '../measure/answering.js';
import { quantile } from '../measure/statistics.js';
import { openExchange } from './exchange.js';

/** @typedef {import('./exchange.js').Exchange} Exchange */
/** @typedef {{ exchanges: Exchange[], requests: readonly string[], status: string }} Load */

answering(async ({ port, requests, connections, status = '200' }) => {
  /** @type {Exchange[]} */
  const exchanges = [];
  for (let index = 0; index < connections; index += 1) exchanges.push(await openExchange(port));
  const load = { exchanges, requests, status };
  return {
    hello: 'ready',
    answer: ({ kind, ...how }) => (kind === 'closed' ? closedLoop(load, how) : paced(load, how)),
    close: () => exchanges.forEach((exchange) => void exchange.close()),
  };
});

/** @param {Load} load @param {{ durationMs: number }} how */
async function closedLoop({ exchanges, requests, status }, { durationMs }) {
  const began = performance.now();
  const endsAt = began + durationMs;
  const tally = { count: 0, bytes: 0, next: 0 };
  const letSleep = stayAwake();
  await Promise.all(
    exchanges.map(
      (exchange) =>
        new Promise((resolve, reject) => {
          const askNext = () => {
            if (performance.now() >= endsAt) return resolve(undefined);
            const request = requests[tally.next++ % requests.length] ?? '';
            return exchange.ask(request, (found, bytes) => {
              if (found !== status) return reject(new Error(`answered ${found}, not ${status}`));
              tally.count += 1;
              tally.bytes += bytes;
              return askNext();
            });
          };
          askNext();
        }),
    ),
  );
  letSleep();
  return { count: tally.count, bytes: tally.bytes, ms: performance.now() - began };
}

/**
 * Looks for answers without pause. Waking a process that sleeps is work of the server's, a third of
 * its write, and the slower of two servers would have to do it the more often.
 * @returns {() => void} ends it
 */
function stayAwake() {
  let isAwake = true;
  const look = () => void (isAwake && setImmediate(look));
  look();
  return () => {
    isAwake = false;
  };
}

/**
 * Asks at fixed times. Where an answer is late, what would have been asked meanwhile has waited
 * too: latency counts from when a request was due, not from when a connection was free.
 * @param {Load} load
 * @param {{ durationMs: number, everyMs: number }} how
 */
async function paced({ exchanges, requests, status }, { durationMs, everyMs }) {
  const free = [...exchanges];
  /** @type {number[]} */
  const due = [];
  /** @type {number[]} */
  const latencies = [];
  let wrong = 0;
  let next = 0;
  const send = () => {
    while (due.length > 0 && free.length > 0) {
      const exchange = free.pop();
      const dueAt = due.shift() ?? 0;
      exchange?.ask(requests[next++ % requests.length] ?? '', (found) => {
        latencies.push(now() - dueAt);
        if (found !== status) wrong += 1;
        free.push(exchange);
        send();
      });
    }
  };
  await tick(durationMs, everyMs, (time) => {
    due.push(time);
    send();
  });
  if (status !== 'any' && wrong > 0) throw new Error(`${wrong} answers were not ${status}`);
  return { count: latencies.length, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}

/**
 * A timer that is late is this process's fault and not the server's: `run` gets the time it is.
 * @param {number} durationMs
 * @param {number} everyMs
 * @param {(time: number) => void} run
 */
function tick(durationMs, everyMs, run) {
  const began = now();
  let dueAt = began;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const time = now();
      for (; dueAt <= time; dueAt += everyMs) run(time);
      if (time - began < durationMs) return;
      clearInterval(timer);
      setTimeout(resolve, 50); // The last answers.
    }, 1);
  });
}

/** Milliseconds, by the machine's steady clock. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
