import { copyOf, makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { median } from '../measure/statistics.js';

const setting = { keys: sized(10_000, 1_400), rounds: sized(3, 1), wave: 200, database: 'SQLite' };

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'rotation',
  title: 'The rotation engine',
  loadGenerator: '',
  setting,
  async run() {
    const database = await makeDatabase(setting.keys);
    const rounds = await roundsOf(setting.rounds, () =>
      runOnce('rounds/rotation.js', { url: copyOf(database) }, ['--expose-gc']),
    );
    const rates = rounds.map(({ rotations, oursMs }) => rotations / (oursMs / 1_000));
    const shares = rounds.map(({ oursMs, bareMs }) => bareMs / oursMs);
    const grown = rounds.map(({ grownBytes }) => grownBytes);
    const many = setting.keys.toLocaleString('en');
    const commits = median(rounds.map((round) => round.commits));
    return [
      {
        id: 'rotation',
        what: `rotations until both secrets are accepted, ${many} keys at once`,
        against: 'a second',
        unit: '/s',
        value: median(rates),
        spread: null,
        goal: { atLeast: 500 },
        rounds: rates,
        note: `waves of ${setting.wave} by \`rotations.emergency\`, ${commits.toLocaleString('en')} commits in all`,
      },
      {
        id: 'rotation-commits',
        what: 'the same, as a part of what its commits cost alone',
        against: 'as many commits with as many rows of the same length, on SQLite',
        unit: 'ratio',
        value: median(shares),
        spread: null,
        goal: null,
        rounds: shares,
      },
      {
        id: 'rotation-memory',
        what: 'heap grown meanwhile',
        against: 'the heap after the first 1,000, both after a collection',
        unit: 'bytes',
        value: median(grown),
        spread: null,
        goal: { atMost: 1_000_000 },
        rounds: grown,
      },
    ];
  },
};
