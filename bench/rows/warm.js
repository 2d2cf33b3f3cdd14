import { makeDatabase } from '../measure/database.js';
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
  name: 'warm',
  title: 'Check in process, warm',
  loadGenerator: '',
  setting,
  async run() {
    const database = await makeDatabase(setting.keys);
    const job = { database, durationMs: setting.msARound };
    const rounds = await roundsOf(setting.rounds, () => runOnce('rounds/warm.js', job));
    return [
      {
        id: 'warm',
        what: 'check in process, warm; scopes decided, use recorded',
        against: 'one `crypto.hash`, one `Map.get` of an object, one field read',
        unit: 'ratio',
        goal: { atLeast: 0.75 },
        ...compareCosts(rounds),
      },
    ];
  },
};
