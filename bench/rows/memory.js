import { makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { median } from '../measure/statistics.js';

const MIB = 2 ** 20;
const FLAGS = ['--expose-gc', '--max-old-space-size=2048'];

const setting = {
  keys: sized(100_000, 2_000),
  rounds: sized(3, 1),
  metadata: 'empty',
  boundMiB: sized(16, 1),
};

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'memory',
  title: 'What the warm cache takes',
  loadGenerator: '',
  setting,
  async run() {
    const database = await makeDatabase(setting.keys);
    const measure = (/** @type {number} */ cacheBytes) =>
      roundsOf(
        setting.rounds,
        () => runOnce('rounds/memory.js', { database, cacheBytes }, FLAGS),
        1 / 3,
      );
    const open = await measure(256 * MIB);
    const bound = await measure(setting.boundMiB * MIB);
    const each = open.map(({ bytesEach }) => bytesEach);
    const taken = bound.map(({ grown }) => grown / (setting.boundMiB * MIB));
    return [
      {
        id: 'memory',
        what: 'heap a cached key takes, with empty metadata',
        against: `the heap before ${setting.keys.toLocaleString('en')} keys were checked`,
        unit: 'bytes',
        value: median(each),
        spread: null,
        goal: { atMost: 500 },
        rounds: each,
      },
      {
        id: 'memory-bound',
        what: `heap a cache bounded to ${setting.boundMiB} MiB takes of its bound`,
        against: 'the bound, with more keys checked than fit',
        unit: 'ratio',
        value: median(taken),
        spread: null,
        goal: null, // The design asks that there is a bound; this says how well it counts.
        rounds: taken,
        note: `it then holds ${median(bound.map(({ cached }) => cached)).toLocaleString('en')} keys more than before`,
      },
    ];
  },
};
