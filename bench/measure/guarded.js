// A row about a guard: one route of a framework, guarded, beside the same route without the guard.
import { makeDatabase } from './database.js';
import { plaintextsOf } from './keys.js';
import { figuresOfHttp, LOAD, LOAD_GENERATOR, measureBeside } from './over-http.js';
import { wired } from './requests.js';
import { roundsOf } from './rounds.js';
import { sized } from './size.js';

const setting = { ...LOAD, keys: sized(100, 10), rounds: sized(11, 1), database: 'SQLite' };

const BAR = { atLeast: 0.9 };

/**
 * `prepare` makes what both servers need, once, and adds it to their job.
 * @param {{ name: string, framework: string, goal?: import('./figure.js').Figure['goal'],
 *   prepare?: () => Promise<object> }} row
 * @returns {import('./figure.js').Bench}
 */
export function guardedBench({ name, framework, goal = BAR, prepare = async () => ({}) }) {
  return {
    name,
    title: `A route of ${framework}, guarded`,
    loadGenerator: LOAD_GENERATOR,
    setting,
    async run() {
      const { url, seed, count } = await makeDatabase(setting.keys);
      const prepared = await prepare();
      const requests = () =>
        plaintextsOf(seed, count).map((key) =>
          wired({ method: 'GET', path: '/reports', headers: { 'x-api-key': key } }),
        );
      const target = (/** @type {boolean} */ isGuarded) => ({
        script: `targets/${name}.js`,
        job: { ...prepared, url, isGuarded },
        requests,
      });
      const rounds = await roundsOf(setting.rounds, () =>
        measureBeside(target(false), target(true)),
      );
      return figuresOfHttp(rounds, {
        id: name,
        what: `a guarded route of ${framework}`,
        against: 'the same route without the guard',
        goal,
      });
    },
  };
}
