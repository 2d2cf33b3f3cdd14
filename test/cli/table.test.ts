import { expect, onTestFinished, test } from 'vitest';
import { Shell } from './command-line.js';

test('a list is no wider for the one key that may do much, and shows all of it', async () => {
  const shell = new Shell();
  onTestFinished(() => shell.remove());
  await shell.json(['key', 'create', '--name', 'narrow', '--scope', 'reports:read']);
  const before = await shell.run(['key', 'list']);
  const scopes = Array.from({ length: 100 }, (_, index) => `documents-${index}:read`).toSorted();
  const options = scopes.flatMap((scope) => ['--scope', scope]);
  await shell.json(['key', 'create', '--name', 'wide', ...options]);
  const lines = (await shell.run(['key', 'list'])).stdout.split('\n');
  expect(lines.filter((line) => !line.includes('wide'))).toEqual(before.stdout.split('\n'));
  expect(lines.find((line) => line.includes('wide'))).toContain(scopes.join(' '));
});
