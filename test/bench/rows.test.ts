import { afterAll, expect, test } from 'vitest';
import { rowNames } from '../../bench/rows.js';
import { createDatabase, postgresOrSkip } from '../setup/postgres.js';
import { scaled } from '../setup/scale.js';
import { copyBenches } from './bench-folder.js';

const ON_POSTGRES = 'revocation';
const OVER_THE_NETWORK = 'peers'; // It installs from the registry, which a test must not need.
const BUILT = 'nextjs'; // Which takes a core for half a minute: the long run does it.
const ELSEWHERE = [ON_POSTGRES, OVER_THE_NETWORK, ...(scaled(1) > 1 ? [] : [BUILT])];
const A_FIGURE = /^ {2}.+: .+ \((?:met|within the spread|missed|no goal)\)$/gm;

const benches = copyBenches();
afterAll(() => benches.remove());

test.each(rowNames.filter((name) => !ELSEWHERE.includes(name)))(
  'the row %s can be measured',
  (name) => expectFigures(name),
);

test(`the row ${ON_POSTGRES} can be measured`, async (ctx) => {
  postgresOrSkip(ctx);
  const { url, drop } = await createDatabase();
  await expectFigures(ON_POSTGRES, { KEYTURN_BENCH_POSTGRES: url });
  await drop();
});

test('a row that is not there is named, and those that are', async () => {
  const { exitCode, said } = await benches.run('run.js', ['warm', 'lukewarm']);
  expect(exitCode).toBe(2);
  expect(said).toContain('no row lukewarm; warm, allocation, cold');
});

/** Measures a row as fast as can be: its figures mean nothing, but each has to be there. */
async function expectFigures(name: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { exitCode, said } = await benches.run('run.js', [name], { BENCH_QUICK: '1', ...env });
  expect({ exitCode, said }).toMatchObject({ exitCode: 0 });
  const figures = said.match(A_FIGURE) ?? [];
  expect(figures).not.toEqual([]);
  expect(figures.filter((figure) => /NaN|Infinity|undefined/.test(figure))).toEqual([]);
}
