import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Ran, type RunOptions, Shell, textAt } from '../cli/command-line.js';
import { expectNothingOf } from './canaries.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** What commands said, as processes, with `--json` and without. */
async function saidBy(
  commands: readonly (readonly string[])[],
  options: RunOptions = {},
): Promise<string> {
  const both = commands.flatMap((args) => [args, [...args, '--json']]);
  return (await Promise.all(both.map((args) => shell.process(args, options)))).map(textOf).join('');
}

function textOf({ stdout, stderr }: Pick<Ran, 'stdout' | 'stderr'>): string {
  return `${stdout}\n${stderr}\n`;
}

function readFiles(names: readonly string[]): string {
  return names.map((name) => readFileSync(shell.path(name), 'latin1')).join('\n');
}

const MANY_COMMANDS_MS = 90_000;

test(
  'security 17: a command shows a key where it makes it, once, and nowhere else',
  async () => {
    const create = ['key', 'create', '--name', 'canary'];
    const plain = await shell.process(create);
    const inJson = await shell.process([...create, '--json']);
    const inFile = await shell.process([...create, '--out', 'out.key']);
    const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
    const rootInFile = await shell.process([...root, '--out', 'root.key']);
    const secret = plain.stdout.trim();
    const id = textAt(inJson.json(), 'key', 'id');
    writeFileSync(shell.path('wrong.key'), `${secret}\n`, { mode: 0o600 });
    const server = await shell.serve();
    const far = ['--server', server.url, '--key-file', 'root.key'];
    const reading = [
      ['verify'],
      ['verify', '--scope', 'a:b', ...far],
      ['key', 'find', '--secret'],
      ['key', 'find', '--secret', ...far],
      ['key', 'show', id],
      ['events', 'list'],
      ['usage'],
      ['doctor'],
    ];
    const wrong = [
      ['verify'],
      ['key', 'find', '--secret', ...far],
      ['key', 'show', secret],
      ['verify', `--scope=${secret}`],
      [secret],
      ['key', 'list', '--server', server.url, '--key-file', 'wrong.key'],
    ];
    const said = [
      await saidBy(reading, { input: `${secret}\n` }),
      await saidBy(wrong, { input: `${secret}x` }),
      await saidBy([['key', 'revoke', id, '--yes', '--reason', 'leaked', ...far]]),
      ...[inFile, rootInFile].map(textOf),
      plain.stderr,
      inJson.stderr,
    ];
    expect(await server.stop()).toBe(0);
    said.push(server.stdout(), server.stderr());

    const kept = readdirSync(shell.folder).filter((name) => !name.endsWith('.key'));
    const everything = [...said, readFiles(kept)].join('\n');
    const secrets = [secret, textAt(inJson.json(), 'plaintext')];
    const files = ['out.key', 'root.key'].map((name) => readFiles([name]).trim());
    expectNothingOf([...secrets, ...files], everything);
    expect(plain.stdout).toBe(`${secret}\n`);
    expect(inJson.stdout.split(secrets[1] ?? '')).toHaveLength(2);
  },
  MANY_COMMANDS_MS,
);

test('security 17: no command shows the password of a database', async () => {
  const password = 'pw-canary';
  const commands = [
    ['config', 'print'],
    ['doctor'],
    ['key', 'list'],
    ['migrate'],
    ['events', 'list'],
  ];
  const away = `postgres://ada:${password}@127.0.0.1:1/keys`;
  writeFileSync(shell.path('broken.json'), `{"database": ${password}}`);
  const said = [
    await saidBy(commands, { env: { KEYTURN_DATABASE: away } }),
    await saidBy([['key', 'list']].map((args) => [...args, '--database', away])),
    await saidBy([['key', 'list']], {
      env: { KEYTURN_DATABASE: `postgress://ada:${password}@h/d` },
    }),
    await saidBy([['key', 'list', '--config', 'broken.json']]),
    await saidBy([['config', 'print', '--server', `https://ada:${password}@keys.example`]]),
    await saidBy([['config', 'print']], { env: { KEYTURN_DIRECT_DATABASE: away } }),
  ].join('\n');
  expect(said).toContain('ada');
  expect(said).not.toContain(password);
});

test('security 17: a server that cannot reach its database does not tell its password', async () => {
  const password = 'pw-canary';
  const database = `postgres://ada:${password}@127.0.0.1:1/keys`;
  const server = shell.start(['serve', '--port', '0'], { env: { KEYTURN_DATABASE: database } });
  const [, url = ''] = await server.said(/listens on (\S+)/);
  const asked = await Promise.all(
    ['/readyz', '/v1/keys', '/metrics', '/v1/authorize'].map(async (path) => {
      const headers = { 'x-api-key': `kt_live_${'0'.repeat(38)}` };
      return (await fetch(url + path, { headers })).text();
    }),
  );
  expect(await server.stop()).toBe(0);
  const said = [...asked, server.stdout(), server.stderr()].join('\n');
  expect(said).toContain('store_unavailable');
  expect(said).not.toContain(password);
});
