import { copyOf, makeDatabase } from '../measure/database.js';
import { plaintextsOf } from '../measure/keys.js';
import { figuresOfHttp, LOAD, LOAD_GENERATOR, measureBeside } from '../measure/over-http.js';
import { wired } from '../measure/requests.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';

const setting = {
  ...LOAD,
  keys: sized([100, 10_000], [10, 50]),
  rounds: sized(5, 1),
  database: 'SQLite',
};

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'recording',
  title: 'What recording use costs',
  loadGenerator: LOAD_GENERATOR,
  setting,
  async run() {
    const [few = 0, many = 0] = setting.keys;
    return [
      ...figuresOfHttp(await measureWith(few), {
        id: 'recording',
        what: `a guarded route with use recorded, ${few} keys in use`,
        against: 'the same guarded route with nothing counted',
        goal: { atLeast: 0.97 },
      }),
      ...figuresOfHttp(await measureWith(many), {
        id: 'recording-many',
        what: `a guarded route with use recorded, ${many.toLocaleString('en')} keys in use`,
        against: 'the same guarded route with nothing counted',
        goal: null, // The design's goal names no number of keys; each in use is a row a second.
      }),
    ];
  },
};

/** @param {number} keyCount */
async function measureWith(keyCount) {
  const database = await makeDatabase(keyCount);
  const wires = plaintextsOf(database.seed, database.count).map((key) =>
    wired({ method: 'GET', path: '/reports', headers: { 'x-api-key': key } }),
  );
  const target = (/** @type {boolean} */ isRecorded) => ({
    script: 'targets/express.js',
    job: { url: copyOf(database), isGuarded: true, isRecorded },
    requests: () => wires,
  });
  const once = () => measureBeside(target(false), target(true), target(false));
  return roundsOf(setting.rounds, once, 1 / 2);
}
