import { makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { compareCosts, median } from '../measure/statistics.js';

const setting = {
  few: 1_000,
  many: sized(1_000_000, 20_000),
  rounds: sized(3, 1),
  page: 50,
};

/** @typedef {Record<string, import('../measure/statistics.js').Round>} Searched */

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'search',
  title: 'A search among a million keys, on SQLite',
  loadGenerator: '',
  setting,
  async run() {
    const job = { few: await makeDatabase(setting.few), many: await makeDatabase(setting.many) };
    const rounds = /** @type {Searched[]} */ (
      await roundsOf(setting.rounds, () => runOnce('rounds/search.js', job), 1 / 2)
    );
    return Object.keys(rounds[0] ?? {}).map((name) => {
      const all = rounds.flatMap((round) => round[name] ?? []);
      const micros = median(all.map(({ floor, again }) => (floor + again) / 2));
      return {
        id: `search-${name.replaceAll(' ', '-')}`,
        what: `a search among ${setting.many.toLocaleString('en')} keys: ${name}`,
        against: `the same among ${setting.few.toLocaleString('en')} (${(micros / 1_000).toFixed(2)} ms)`,
        unit: /** @type {const} */ ('ratio'),
        goal: { atLeast: 0.5 },
        ...compareCosts(all),
      };
    });
  },
};
