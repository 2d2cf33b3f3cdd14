import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allPages, readPage, root } from './page.js';

const OWN = 'docs/guides/destination-own.md';
const MOST_LINES = 30; // Of a kind of one's own.

test('the page of every destination says the least rights that it takes', () => {
  const pages = allPages().filter(({ path }) => path.startsWith('docs/guides/destination-'));
  expect(pages.length).toBeGreaterThan(8);
  const silent = pages.filter(({ text }) => !text.includes('\n## Least rights\n'));
  expect(silent.map(({ path }) => path)).toEqual([OWN]);
});

test('AWS is asked for what the page allows, and for nothing else', () => {
  const { blocks } = readPage('docs/guides/destination-aws.md');
  const policy = JSON.parse(
    blocks.find(({ words }) => words.includes('least-rights.json'))?.text ?? '',
  );
  const [{ Action: actions }] = policy.Statement;
  const code = ['aws-client.ts', 'aws-secrets-manager.ts'].map((name) =>
    readFileSync(join(root, 'src/deliver', name), 'utf8'),
  );
  const calls = [...code.join('').matchAll(/new sdk\.(\w+)Command\(/g)].map(([, name]) => name);
  const asked = new Set(calls.map((name) => `secretsmanager:${name}`));
  expect([...asked].toSorted()).toEqual(actions.toSorted());
});

test('a kind of one’s own takes thirty lines', () => {
  const { blocks } = readPage(OWN);
  const text = blocks.find(({ words }) => words.includes('secret-file.mjs'))?.text ?? '';
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
});
