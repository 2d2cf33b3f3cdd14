// A row about a guard: one route of a framework, guarded, beside the same route without the guard.
import { makeDatabase } from './database.js';
import { plaintextsOf } from './keys.js';
import { figuresOfHttp, LOAD, LOAD_GENERATOR, measureBeside } from './over-http.js';
import { wired } from './requests.js';
import { roundsOf } from './rounds.js';
import { sized } from './size.js';

const setting = { ...LOAD, keys: sized(100, 10), rounds: sized(11, 1), database: 'SQLite' };

/**
 * @param {{ name: string, framework: string }} row
 * @returns {import('./figure.js').Bench}
 */
export function guardedBench({ name, framework }) {
  return {
    name,
    title: `A route of ${framework}, guarded`,
    loadGenerator: LOAD_GENERATOR,
    setting,
    async run() {
      const { url, seed, count } = await makeDatabase(setting.keys);
      const requests = () =>
        plaintextsOf(seed, count).map((key) =>
          wired({ method: 'GET', path: '/reports', headers: { 'x-api-key': key } }),
        );
      const target = (/** @type {boolean} */ isGuarded) => ({
        script: `targets/${name}.js`,
        job: { url, isGuarded },
        requests,
      });
      const rounds = await roundsOf(setting.rounds, () =>
        measureBeside(target(false), target(true)),
      );
      return figuresOfHttp(rounds, {
        id: name,
        what: `a guarded route of ${framework}`,
        against: 'the same route without the guard',
        goal: { atLeast: 0.9 },
      });
    },
  };
}
