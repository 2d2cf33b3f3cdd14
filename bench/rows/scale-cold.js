import { makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { compareCosts, median } from '../measure/statistics.js';

const WITHIN = 0.5; // Of the ratio at the fewest keys.

const setting = {
  keys: sized([1_000, 1_000_000], [100, 1_000]),
  rounds: sized(4, 1),
  msARound: sized(3_000, 100),
  cache: 'one entry',
};

/** @typedef {import('../measure/statistics.js').Round} Round */

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'scale-cold',
  title: 'From a thousand keys to a million, cold, on SQLite',
  loadGenerator: '',
  setting,
  async run() {
    /** @type {{ count: number, rounds: Round[] }[]} */
    const steps = [];
    for (const count of setting.keys) {
      const job = { database: await makeDatabase(count), durationMs: setting.msARound };
      const rounds = await roundsOf(setting.rounds, () => runOnce('rounds/cold.js', job), 1 / 2);
      steps.push({ count, rounds });
    }
    const atFewest = compareCosts(steps[0]?.rounds ?? []).value;
    return steps.map(({ count, rounds }) => {
      const floorMicros = median(rounds.map(({ floor, again }) => (floor + again) / 2)) / 1_000;
      return {
        id: `scale-cold-${count}`,
        what: `check in process, cold, on SQLite, ${count.toLocaleString('en')} keys`,
        against: `the statement at as many keys (it takes ${floorMicros.toFixed(1)} µs there)`,
        unit: 'ratio',
        goal: { atLeast: WITHIN * atFewest },
        ...compareCosts(rounds),
      };
    });
  },
};
