import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell } from './command-line.js';

let shell: Shell;
let server: readonly string[];
beforeAll(async () => {
  shell = new Shell();
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
  await shell.run(['keyspace', 'create', 'acme', '--prefix', 'acme']);
  const { url } = await shell.serve();
  server = ['--server', url, '--key-file', 'root.key'];
});
afterAll(() => shell.remove());

const cases = [
  { typed: 'verify --keyspace nope', next: 'keyspace list' },
  { typed: 'key create --name x --keyspace nope', next: 'keyspace list' },
  { typed: 'key list --keyspace nope', next: 'keyspace list' },
  { typed: 'key find x --keyspace nope', next: 'keyspace list' },
  { typed: 'owner create x --keyspace nope', next: 'keyspace list' },
  { typed: 'owner list --keyspace nope', next: 'keyspace list' },
  { typed: 'events list --keyspace nope', next: 'keyspace list' },
  { typed: 'events verify --keyspace nope', next: 'keyspace list' },
  { typed: 'usage --keyspace nope', next: 'keyspace list' },
  { typed: 'keyspace show nope', next: 'keyspace list' },
  { typed: 'key show nope', next: 'key list' },
  { typed: 'key revoke nope --yes', next: 'key list' },
  { typed: 'owner show nope', next: 'owner list' },
  { typed: 'owner erase nope --keyspace acme --yes', next: 'owner list --keyspace acme' },
];

describe.each(['the database', 'a server'] as const)('what is not there, in %s', (place) => {
  test.each(cases)('$typed says how to see what is: $next', async ({ typed, next }) => {
    const where = place === 'a server' ? server : [];
    const ran = await shell.run([...typed.split(' '), ...where], { input: 'key_live_x\n' });
    expect(ran.exit).toBe(1);
    const command = [`keyturn ${next}`, ...where].join(' ');
    expect(ran.stderr).toContain(`\nNext: ${command}\n`);
    expect(await shell.run(command.split(' ').slice(1))).toMatchObject({ exit: 0 });
  });
});

describe('a filter that cannot be', () => {
  test.each([
    { typed: 'usage --key nope', option: '--key' },
    { typed: 'usage --from soon', option: '--from' },
    { typed: 'events list --to soon', option: '--to' },
    { typed: 'events list --subject \u0001', option: '--subject' },
    { typed: 'key list --search \u0001', option: '--search' },
    { typed: 'key list --owner \u0001', option: '--owner' },
    { typed: 'key list --tag \u0001', option: '--tag' },
  ])('of $typed is named by its option', async ({ typed, option }) => {
    for (const where of [[], server]) {
      const ran = await shell.run([...typed.split(' '), ...where]);
      expect(ran.exit).toBe(2);
      expect(ran.stderr).toContain(`keyturn: ${option}: `);
    }
  });
});
