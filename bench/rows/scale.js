import { makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { compareCosts, median } from '../measure/statistics.js';

const FLAGS = ['--max-old-space-size=4096'];
const WITHIN = 0.9; // Of the ratio at the fewest keys.

const setting = {
  keys: sized([1_000, 10_000, 100_000, 1_000_000], [100, 1_000]),
  rounds: sized(3, 1),
  msARound: sized(2_500, 100),
  skew: "Zipf's law, exponent 1",
};

/** @typedef {import('../measure/statistics.js').Round} Round */
/** @typedef {{ count: number, random: Round[], skewed: Round[] }} Step */

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'scale',
  title: 'From a thousand keys to a million, warm',
  loadGenerator: '',
  setting,
  async run() {
    /** @type {Step[]} */
    const steps = [];
    for (const count of setting.keys) steps.push(await measureAt(count));
    const [fewest] = steps;
    if (fewest === undefined) throw new Error('There is no step.');
    return ['random', 'skewed'].flatMap((access) =>
      steps.flatMap((step) => figuresOf(step, fewest, /** @type {'random' | 'skewed'} */ (access))),
    );
  },
};

/** @param {number} count @returns {Promise<Step>} */
async function measureAt(count) {
  const database = await makeDatabase(count);
  const job = { database, durationMs: setting.msARound };
  const rounds = await roundsOf(setting.rounds, () => runOnce('rounds/scale.js', job, FLAGS));
  const random = rounds.map((round) => round.random);
  return { count, random, skewed: rounds.map((round) => round.skewed) };
}

/**
 * @param {Step} step
 * @param {Step} fewest
 * @param {'random' | 'skewed'} access
 * @returns {import('../measure/figure.js').Figure[]}
 */
function figuresOf(step, fewest, access) {
  const compared = compareCosts(step[access]);
  const atFewest = compareCosts(fewest[access]).value;
  const keys = `${step.count.toLocaleString('en')} keys, ${access}`;
  const floorNs = median(step[access].map(({ floor, again }) => (floor + again) / 2));
  return [
    {
      id: `scale-${access}-${step.count}`,
      what: `check in process, warm, ${keys}`,
      against: `the floor at as many keys (it takes ${Math.round(floorNs)} ns there)`,
      unit: 'ratio',
      goal: { atLeast: WITHIN * atFewest },
      ...compared,
    },
  ];
}
