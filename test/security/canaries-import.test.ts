import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Shell } from '../cli/command-line.js';
import { expectNothingOf } from './canaries.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

const secret = () => randomBytes(24).toString('hex');

test('security 17: of a key that is imported by its plaintext nothing is kept or said', async () => {
  const secrets: string[] = [];
  const key = (prefix: string) => {
    secrets.push(secret());
    return `${prefix}.${secrets.at(-1)}`; // The prefix may be seen.
  };
  const rows = (from: string) => [
    JSON.stringify({ id: `${from} 1`, name: 'good', plaintext: key('goodgood') }),
    JSON.stringify({
      id: `${from} 2`,
      name: 'no state',
      state: 'none',
      plaintext: key('badstate'),
    }),
    JSON.stringify({
      id: `${from} 3`,
      name: key('inanames'),
      plaintext: key('goodgood'),
      extra: 1,
    }),
    JSON.stringify({ id: `${from} 4`, name: 'twice', sha256: 'ff', plaintext: key('twotwotw') }),
    `{"id": "${from} 5", "plaintext": "${key('brokenoff')}`,
  ];
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
  const server = await shell.serve();
  const said: string[] = [];
  for (const where of [[], ['--server', server.url, '--key-file', 'root.key']]) {
    for (const how of [['--dry-run'], [], ['--json'], []]) {
      const input = rows(`${where.length} ${how.join()}`).join('\n');
      const args = ['key', 'import', '-', '--from', 'jsonl', ...how, ...where];
      const ran = await shell.process(args, { input });
      expect(ran.exit).toBe(1); // Some were refused.
      said.push(ran.stdout, ran.stderr);
    }
  }
  writeFileSync(shell.path('source.csv'), `id,name,plaintext\nc,csv,${key('csvcsvcs')}\n`);
  const csv = await shell.process(['key', 'import', 'source.csv', '--from', 'csv']);
  expect(csv.exit).toBe(0);
  for (const list of [
    ['key', 'list'],
    ['events', 'list'],
    ['key', 'export', '--rows'],
  ]) {
    said.push((await shell.process([...list, '--json'])).stdout);
  }
  const kept = () =>
    readdirSync(shell.folder)
      .filter((name) => name !== 'source.csv')
      .map((name) => readFileSync(shell.path(name), 'latin1'));
  const whileOpen = kept(); // With the log beside the file.
  expect(await server.stop()).toBe(0);
  const everything = [...said, ...whileOpen, ...kept(), csv.stdout, csv.stderr];
  everything.push(server.stdout(), server.stderr());
  expect(said.join('\n')).toContain('"name":"good"');
  expectNothingOf(secrets, everything.join('\n'));
});
