import { makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { compareCosts } from '../measure/statistics.js';

const setting = {
  keys: sized(10_000, 50),
  rounds: sized(9, 1),
  msARound: sized(3_000, 100),
  cache: 'one entry',
};

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'cold',
  title: 'Check in process, cold, on SQLite',
  loadGenerator: '',
  setting,
  async run() {
    const database = await makeDatabase(setting.keys);
    const job = { database, durationMs: setting.msARound };
    const rounds = await roundsOf(setting.rounds, () => runOnce('rounds/cold.js', job));
    return [
      {
        id: 'cold',
        what: 'check in process, cold, on SQLite',
        against: 'the same statement and columns, prepared, and the digest',
        unit: 'ratio',
        goal: { atLeast: 0.7 },
        ...compareCosts(rounds),
      },
    ];
  },
};
