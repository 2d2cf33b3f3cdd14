import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readPage, root } from './page.js';

const { text } = readPage('SECURITY.md');
const rows = [...text.matchAll(/^\| (\d+) \| .* \| (.+) \|$/gm)].map((match) => ({
  row: match[1] ?? '',
  files: [...(match[2] ?? '').matchAll(/\]\(([^)]+)\)/g)].map((link) => link[1] ?? ''),
}));

test('every row of the threat model names the tests that prove it', () => {
  const unproved = rows.flatMap(({ row, files }) =>
    files.filter((file) => !proves(file, row)).map((file) => `${row}: ${file}`),
  );
  expect(unproved).toEqual([]);
  expect(rows.filter(({ files }) => files.length === 0)).toEqual([]);
});

test('every row that has a test stands in the threat model', () => {
  const names = readdirSync(join(root, 'test/security')).filter((name) =>
    name.endsWith('.test.ts'),
  );
  const proved = new Set(
    names.flatMap((name) =>
      [...textOf(`test/security/${name}`).matchAll(/\bsecurity (\d+):/g)].map((match) => match[1]),
    ),
  );
  const known = new Set(rows.map(({ row }) => row));
  expect([...proved].filter((row) => row !== undefined && !known.has(row))).toEqual([]);
});

function proves(file: string, row: string): boolean {
  return new RegExp(`\\bsecurity ${row}:`).test(textOf(file));
}

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
