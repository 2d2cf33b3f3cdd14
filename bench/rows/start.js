import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { openExchange } from '../load/exchange.js';
import { makeDatabase } from '../measure/database.js';
import { plaintextOf } from '../measure/keys.js';
import { wired } from '../measure/requests.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { median, spreadOf } from '../measure/statistics.js';

const APPLICATION = fileURLToPath(new URL('../targets/first-request.js', import.meta.url));

const setting = { rounds: sized(25, 1), keys: sized(1_000, 10), database: 'SQLite' };

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'start',
  title: 'From nothing to the first verified request',
  loadGenerator: '',
  setting,
  async run() {
    const { url, seed } = await makeDatabase(setting.keys);
    const headers = { 'x-api-key': plaintextOf(seed, 0) };
    const request = wired({ method: 'GET', path: '/', headers });
    const rounds = await roundsOf(setting.rounds, async () => ({
      floor: await nothing(),
      ours: await firstRequest(url, request),
      again: await nothing(),
    }));
    const later = rounds.map(({ floor, ours, again }) => ours - (floor + again) / 2);
    const nodeMs = median(rounds.map(({ floor }) => floor));
    return [
      {
        id: 'start',
        what: 'start-up, embedded: the first verified request comes later by',
        against: `\`node -e 0\`, which takes ${Math.round(nodeMs)} ms`,
        unit: 'ms',
        value: median(later),
        spread: spreadOf(rounds),
        goal: { atMost: 400 },
        rounds: later,
        note: 'an application on `node:http`; Express itself, where it is used, comes on top with or without Keyturn',
      },
    ];
  },
};

/** Milliseconds from the start of `node -e 0` to its end. */
async function nothing() {
  const began = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - began;
}

/**
 * Milliseconds from the start of the application to its first answer.
 * @param {string} url
 * @param {string} request
 */
async function firstRequest(url, request) {
  const began = performance.now();
  const application = spawn(process.execPath, [APPLICATION, url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(application.stdout, 'data');
  const exchange = await openExchange(Number(port));
  const { status, text } = await exchange.askOnce(request);
  const tookMs = performance.now() - began;
  exchange.close();
  application.stdin.end();
  await once(application, 'exit');
  if (status !== '200') throw new Error(`The first request was answered ${text}`);
  return tookMs;
}
