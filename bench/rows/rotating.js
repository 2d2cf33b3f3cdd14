import { copyOf, makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { compareCosts } from '../measure/statistics.js';

const setting = {
  keys: sized(1_000, 50),
  rounds: sized(9, 1),
  msARound: sized(3_000, 100),
  database: 'SQLite',
};

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'rotating',
  title: 'What a running rotation costs checks',
  loadGenerator: '',
  setting,
  async run() {
    const made = await makeDatabase(setting.keys);
    const rounds = await roundsOf(setting.rounds, () => {
      const database = { ...made, url: copyOf(made) };
      return runOnce('rounds/rotating.js', { database, durationMs: setting.msARound });
    });
    return [
      {
        id: 'rotating',
        what: 'check in process, warm, of a key that is being rotated, by both secrets in turn',
        against: 'the same of a key that is not',
        unit: 'ratio',
        goal: { atLeast: 0.97 },
        ...compareCosts(rounds),
      },
    ];
  },
};
