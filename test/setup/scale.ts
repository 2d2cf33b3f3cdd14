import { randomInt } from 'node:crypto';

const MAX_SEED = 2 ** 31 - 1; // What fast-check takes.

/** How much longer than `npm test` this run is: KEYTURN_TEST_SCALE, which `test:long` sets. */
const scale = positive('KEYTURN_TEST_SCALE', process.env['KEYTURN_TEST_SCALE']) ?? 1;

/** `few` runs in `npm test`, that many times the scale in `npm run test:long`. */
export function scaled(few: number): number {
  return Math.max(1, Math.round(few * scale));
}

/**
 * The seed for a suite's chance, printed so that the run can be repeated with it:
 * `KEYTURN_TEST_SEED=… npm test`.
 */
export function seed(): number {
  const chosen =
    positive('KEYTURN_TEST_SEED', process.env['KEYTURN_TEST_SEED']) ?? randomInt(1, MAX_SEED);
  console.info(`KEYTURN_TEST_SEED=${chosen}`);
  return chosen;
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} must be a number above 0, not "${text}".`);
  return value;
}
