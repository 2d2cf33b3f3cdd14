import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../docs/page.js';
import { programOrSkip } from '../setup/programs.js';
import { Shell } from './command-line.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

test('a server leaves no file that git would show or the documentation does not name', async (ctx) => {
  const git = programOrSkip(ctx, 'git', 'git');
  const server = await shell.serve();
  const files = readdirSync(shell.folder);
  await server.stop();
  expect(files).toContain('keyturn.db-owner');
  const page = readFileSync(join(root, 'docs/operate/sqlite.md'), 'utf8');
  for (const file of files) expect(page).toContain(`\`${file}\``);
  copyFileSync(join(root, '.gitignore'), shell.path('.gitignore'));
  execFileSync(git, ['init', '-q'], { cwd: shell.folder });
  const shown = execFileSync(git, ['status', '--porcelain', '-uall'], { cwd: shell.folder });
  expect(String(shown)).toBe('?? .gitignore\n');
});

test('a server writes no set-up link where there is a management key, and says how to make another', async () => {
  const first = await shell.serve();
  const link = /Set up .*: (\S+)/.exec(first.stdout())?.[1] ?? '';
  const create = ['key', 'create', '--keyspace', 'keyturn', '--name'];
  await shell.json([...create, 'narrow', '--scope', 'keys:verify']);
  const { origin, pathname, hash } = new URL(link);
  const body = JSON.stringify({ token: hash.slice(1) });
  const headers = { 'content-type': 'application/json' };
  const refused = await fetch(origin + pathname, { method: 'POST', headers, body });
  expect(await refused.json()).toMatchObject({
    status: 403,
    detail: expect.stringContaining('or there is a management key'),
  });
  expect(await first.stop()).toBe(0);

  const again = await shell.serve(['--setup-file', 'setup']);
  expect(existsSync(shell.path('setup'))).toBe(false);
  const [, next] = await again.said(/setup was not written.*\nNext: keyturn (.*)\n/);
  expect(next).toBe('key create --keyspace keyturn --name Root --scope "*"');
  expect(await again.stop()).toBe(0);
});
