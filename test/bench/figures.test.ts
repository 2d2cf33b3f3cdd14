import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { rowNames } from '../../bench/rows.js';
import { copyBenches } from './bench-folder.js';

const MARKED = `# Page

<!-- figures: made by \`npm run bench\`, checked by \`npm run check:figures\` -->
<!-- /figures -->

After it.
`;

const benches = copyBenches();
const results = join(benches.path, 'bench/results');
const pages = ['README.md', 'bench/README.md'].map((name) => join(benches.path, name));

beforeEach(async () => {
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results);
  for (const page of pages) writeFileSync(page, MARKED);
  for (const name of rowNames) writeResult(name, { value: 0.9, goal: { atLeast: 0.75 } });
  await writeTables();
});
afterAll(() => benches.remove());

test('the tables are made from the results, and what stands beside them stays', async () => {
  expect(await check()).toEqual({ exitCode: 0, said: 'check:figures: ok\n' });
  for (const page of pages) {
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('| a check of warm | the floor | 0.90 |');
    expect(text.startsWith('# Page\n')).toBe(true);
    expect(text.endsWith('<!-- /figures -->\n\nAfter it.\n')).toBe(true);
  }
});

test.each([0, 1])('a figure that was changed by hand is found on page %i', async (index) => {
  const page = pages[index] ?? '';
  writeFileSync(page, readFileSync(page, 'utf8').replace('0.90', '0.99'));
  const { exitCode, said } = await check();
  expect(exitCode).toBe(1);
  expect(said).toContain(`the table of ${['README.md', 'bench/README.md'][index]} is not what`);
});

test('a table that was taken away is found', async () => {
  writeFileSync(pages[0] ?? '', '# Page\n');
  expect((await check()).said).toContain('the table of README.md is not what');
});

test('a result that no table shows yet, and one that is not there, are found', async () => {
  writeResult('warm', { value: 0.8, goal: { atLeast: 0.75 } });
  rmSync(join(results, 'cold.json'));
  const { said } = await check();
  expect(said).toContain('the table of README.md is not what');
  expect(said).toContain('bench/results/cold.json is not there');
});

test('a missed goal has to be explained', async () => {
  writeResult('cold', { value: 0.5, goal: { atLeast: 0.7 } });
  await writeTables();
  expect((await check()).said).toContain('bench/README.md has no heading "### Row `cold`"');
  const page = pages[1] ?? '';
  writeFileSync(page, `${readFileSync(page, 'utf8')}\n### Row \`cold\`\n`);
  expect(await check()).toMatchObject({ exitCode: 0 });
});

test('a goal that is missed within what A beside A differs by is not held to be missed', async () => {
  writeResult('cold', { value: 0.65, goal: { atLeast: 0.7 }, spread: [0.9, 1.1] });
  await writeTables();
  expect(await check()).toMatchObject({ exitCode: 0 });
  expect(readFileSync(pages[1] ?? '', 'utf8')).toContain('| 0.65 | 0.90–1.10 | ≥ 0.70 | within');
});

interface Measured {
  readonly value: number;
  readonly goal: { readonly atLeast: number };
  readonly spread?: readonly [number, number];
}

function writeResult(name: string, { value, goal, spread = [1, 1] }: Measured): void {
  const machine = { cpu: 'a processor', cores: 2, memoryGiB: 8, os: 'a system', node: '20.19.0' };
  const figure = { id: name, what: `a check of ${name}`, against: 'the floor', unit: 'ratio' };
  const figures = [{ ...figure, value, goal, spread, rounds: [value] }];
  const measuredAt = '2026-01-01T00:00:00.000Z';
  const result = { name, title: name, measuredAt, machine, figures };
  writeFileSync(join(results, `${name}.json`), JSON.stringify(result));
}

const check = () => benches.run('figures.js', ['--check']);

async function writeTables(): Promise<void> {
  expect(await benches.run('figures.js', [])).toMatchObject({ exitCode: 0 });
}
