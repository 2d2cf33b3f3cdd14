import { makeDatabase } from '../measure/database.js';
import { plaintextOf, plaintextsOf } from '../measure/keys.js';
import { LOAD_GENERATOR } from '../measure/over-http.js';
import { start } from '../measure/processes.js';
import { wired } from '../measure/requests.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { median, spreadOf } from '../measure/statistics.js';

const setting = {
  keys: sized(100, 10),
  rounds: sized(5, 1),
  validEveryMs: 5,
  unknownASecond: 2_000,
  msAPhase: sized(2_500, 100),
  database: 'SQLite',
};

/** @typedef {{ floor: number, ours: number, again: number }} Phases p99: idle, flooded, idle */

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'flood',
  title: 'A valid key in a flood of unknown ones',
  loadGenerator: LOAD_GENERATOR,
  setting,
  async run() {
    const { url, seed, count } = await makeDatabase(setting.keys);
    const keys = plaintextsOf(seed, count);
    const guarded = { script: 'targets/express.js', job: { url, isGuarded: true, trustedHops: 1 } };
    const least = { script: 'targets/express-set.js', job: { keys } };
    /** @type {{ ours: Phases, least: Phases }[]} */
    const rounds = await roundsOf(setting.rounds, async (index) => {
      const flood = floodOf(`${seed} unknown ${index}`);
      return {
        ours: await phasesOf(guarded, keys, flood),
        least: await phasesOf(least, keys, flood),
      };
    });
    const ours = rounds.map((round) => round.ours);
    const idleMs = median(ours.map(({ floor }) => floor));
    const rate = setting.unknownASecond.toLocaleString('en');
    return [
      {
        id: 'flood',
        what: `p99 of a valid key under ${rate} unknown keys a second, each from an address of its own`,
        against: `its p99 on the idle server (${idleMs.toFixed(2)} ms)`,
        unit: 'times',
        goal: { atMost: 2 },
        spread: spreadOf(ours),
        ...slowdownOf(ours),
      },
      {
        id: 'flood-least',
        what: 'the same, with a guard that only looks into a Set',
        against: 'its p99 on the idle server: what queueing alone costs',
        unit: 'times',
        goal: null,
        spread: spreadOf(rounds.map((round) => round.least)),
        ...slowdownOf(rounds.map((round) => round.least)),
      },
    ];
  },
};

/** @param {readonly Phases[]} rounds */
function slowdownOf(rounds) {
  const times = rounds.map(({ floor, ours, again }) => (2 * ours) / (floor + again));
  return { value: median(times), rounds: times };
}

/**
 * @param {{ script: string, job: unknown }} target
 * @param {readonly string[]} keys
 * @param {readonly string[]} flood
 * @returns {Promise<Phases>}
 */
async function phasesOf({ script, job }, keys, flood) {
  const server = await start(script, job);
  const { port } = server.hello;
  const valid = await start('load/generator.js', { port, requests: validOf(keys), connections: 4 });
  const unknown = { port, requests: flood, connections: 16, status: 'any' };
  const flooding = await start('load/generator.js', unknown);
  const phase = { kind: 'paced', durationMs: setting.msAPhase, everyMs: setting.validEveryMs };
  const flow = { ...phase, everyMs: 1_000 / setting.unknownASecond };
  await valid.ask({ kind: 'closed', durationMs: sized(700, 50) }); // Compiled and cached now.
  const floor = await valid.ask(phase);
  const [ours] = await Promise.all([valid.ask(phase), flooding.ask(flow)]);
  const again = await valid.ask(phase);
  for (const each of [valid, flooding, server]) await each.stop();
  return { floor: floor.p99, ours: ours.p99, again: again.p99 };
}

/** @param {readonly string[]} keys */
function validOf(keys) {
  return keys.map((key) => requestFrom('203.0.113.7', key));
}

/** As many as one phase takes: no key and no address comes twice. @param {string} seed */
function floodOf(seed) {
  const count = Math.ceil((setting.unknownASecond * setting.msAPhase) / 1_000) + 1;
  return Array.from({ length: count }, (_, index) =>
    requestFrom(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, plaintextOf(seed, index)),
  );
}

/** @param {string} address @param {string} key */
function requestFrom(address, key) {
  const headers = { 'x-api-key': key, 'x-forwarded-for': address };
  return wired({ method: 'GET', path: '/reports', headers });
}
