import { makeDatabase } from '../measure/database.js';
import { runOnce } from '../measure/processes.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { median } from '../measure/statistics.js';

const YOUNG_MIB = 256;
// The time of a check, as it is read and as the database has it: where the compiler cannot do better,
// both are numbers on the heap.
const BYTES_OF_TWO_NUMBERS = 32;
const NOISE_BYTES = 256 * 1024; // A page of V8's heap: less than one is no growth.

const setting = {
  keys: sized(1_000, 50),
  rounds: sized(3, 1),
  countedChecks: sized(200_000, 20_000),
  manyChecks: sized(3_000_000, 50_000),
};

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'allocation',
  title: 'What a warm check allocates',
  loadGenerator: '',
  setting,
  async run() {
    const database = await makeDatabase(setting.keys);
    const job = { ...setting, database };
    const flags = [
      '--expose-gc',
      `--min-semi-space-size=${YOUNG_MIB}`,
      `--max-semi-space-size=${YOUNG_MIB}`,
    ];
    const rounds = await roundsOf(setting.rounds, () =>
      runOnce('rounds/allocation.js', job, flags),
    );
    const beyond = rounds.map(({ checkBytes, digestBytes }) =>
      Math.round(checkBytes - digestBytes),
    );
    const grown = rounds.map(({ grownBytes }) => grownBytes);
    return [
      {
        id: 'allocation',
        what: 'bytes a warm check allocates',
        against: 'the digest alone, which is a new string',
        unit: 'bytes',
        value: median(beyond),
        spread: null,
        goal: { atMost: BYTES_OF_TWO_NUMBERS },
        rounds: beyond,
        note: `the digest itself allocates ${Math.round(median(rounds.map(({ digestBytes }) => digestBytes)))} bytes; no goal of the design, but its rule "no object beyond the answer"`,
      },
      {
        id: 'growth',
        what: `heap grown over ${setting.manyChecks.toLocaleString('en')} warm checks`,
        against: 'the heap after as many before them, both after a collection and a flush',
        unit: 'bytes',
        value: median(grown),
        spread: null,
        goal: { atMost: NOISE_BYTES },
        rounds: grown,
      },
    ];
  },
};
