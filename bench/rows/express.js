import { makeDatabase } from '../measure/database.js';
import { plaintextsOf } from '../measure/keys.js';
import { figuresOfHttp, LOAD, LOAD_GENERATOR, measureBeside } from '../measure/over-http.js';
import { wired } from '../measure/requests.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';

const setting = { ...LOAD, keys: sized(100, 10), rounds: sized(7, 1), database: 'SQLite' };

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'express',
  title: 'A route of Express 5, guarded',
  loadGenerator: LOAD_GENERATOR,
  setting,
  async run() {
    const { url, seed, count } = await makeDatabase(setting.keys);
    const requests = () =>
      plaintextsOf(seed, count).map((key) =>
        wired({ method: 'GET', path: '/reports', headers: { 'x-api-key': key } }),
      );
    const target = (/** @type {boolean} */ isGuarded) => ({
      script: 'targets/express.js',
      job: { url, isGuarded, isRecorded: true },
      requests,
    });
    const rounds = await roundsOf(setting.rounds, () => measureBeside(target(false), target(true)));
    return figuresOfHttp(rounds, {
      id: 'express',
      what: 'a guarded route of Express 5',
      against: 'the same route without the guard',
      goal: { atLeast: 0.9 },
    });
  },
};
