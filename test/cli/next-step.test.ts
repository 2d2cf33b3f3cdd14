import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createDatabase, postgresOrSkip } from '../setup/postgres.js';
import { Shell, textAt } from './command-line.js';

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
  { typed: 'key show nope', next: 'key list --search nope' },
  { typed: 'key revoke nope --yes', next: 'key list --search nope' },
  { typed: 'key rotate nope', next: 'key list --search nope' },
  { typed: 'key rotate key_01k9z6w2r8v4t0q7m3x5b1n9hd --dry-run', next: 'key list' },
  // What is as long as a secret is not repeated.
  { typed: 'key disable notanidbutassecretasthis', next: 'key list' },
  { typed: 'policy show nope', next: 'policy list' },
  { typed: 'rotation watch nope', next: 'rotation list' },
  { typed: 'rotation retry nope --out new.key', next: 'rotation list' },
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

test.each(['key export', 'backup a.db', 'doctor'])(
  '%s, which asks no server, says so',
  async (typed) => {
    const ran = await shell.run([...typed.split(' '), ...server]);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain("unknown option '--server'. This command asks no server");
    expect(ran.stderr).toContain('with --database.');
    expect(ran.stderr.includes('keyturn key list.')).toBe(typed === 'key export');
  },
);

describe.each(['the database', 'a server'] as const)('an open rotation, in %s', (place) => {
  test('is what the next command shows', async () => {
    const where = place === 'a server' ? server : [];
    const made = await shell.json(['key', 'create', '--name', `rotated in ${place}`]);
    const id = textAt(made, 'key', 'id');
    const rotated = await shell.json(['key', 'rotate', id, ...where]);
    const rotation = textAt(rotated, 'rotation', 'id');
    const next = ['keyturn rotation show', rotation, ...where].join(' ');
    for (const typed of [`key rotate ${id}`, `rotation undo ${rotation} --yes`]) {
      const ran = await shell.run([...typed.split(' '), ...where]);
      expect(ran.exit).toBe(1);
      expect(ran.stderr).toContain(`\nNext: ${next}\n`);
    }
    const none = ['rotation', 'finish', 'rot_0000000000000000000000000a', '--yes', ...where];
    const list = ['keyturn rotation list', ...where].join(' ');
    expect((await shell.run(none)).stderr).toContain(`\nNext: ${list}\n`);
  });
});

describe('a command that cannot be done', () => {
  test.each([
    { typed: 'backup root.key', says: 'is there already', next: 'backup --help' },
    {
      typed: 'keyspace update keyturn --query key',
      says: 'The credentials of the management keyspace are fixed',
      next: 'keyspace show keyturn',
    },
    { typed: 'quarantine release --reason r', says: 'no quarantine', next: 'quarantine show' },
  ])('$typed: $next', async ({ typed, says, next }) => {
    const ran = await shell.run(typed.split(' '));
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).not.toContain('Leave "credentials" out');
    expect(ran.stderr).toContain(`\nNext: keyturn ${next}\n`);
    expect(await shell.run(next.split(' '))).toMatchObject({ exit: 0 });
  });

  test('for want of TLS says so in one line, and nothing of a change', async () => {
    const [option, url = '', ...rest] = server;
    const where = [option ?? '', url.replace('http:', 'https:'), ...rest];
    for (const typed of ['key list', 'key create --name x', 'verify']) {
      const ran = await shell.run([...typed.split(' '), ...where], { input: 'key_live_x\n' });
      expect(ran.exit).toBe(3);
      const [said = '', next] = ran.stderr.split('\n');
      expect(said).toMatch(/did not answer: it speaks no TLS there\. Write http: .*machine\.$/);
      expect(next).toMatch(/^Next: /);
    }
  });

  test('for a port that Node calls none on says so, and nothing of a change', async () => {
    const where = ['--server', 'http://127.0.0.1:1', '--key-file', 'root.key'];
    const ran = await shell.run(['key', 'create', '--name', 'x', ...where]);
    expect(ran.exit).toBe(3);
    expect(ran.stderr).toContain('Node refuses to call this port. Serve on another one (--port).');
    expect(ran.stderr).not.toMatch(/did not answer|A change/);
  });

  test('with a key that is none is told to send it again', async () => {
    for (const input of ['', '"key_live_x"\n']) {
      const ran = await shell.run(['verify'], { input });
      expect(ran.exit).toBe(1);
      expect(ran.stderr).toContain('\nNext: keyturn verify < FILE\n');
    }
    const found = await shell.run(['key', 'find', '--secret'], { input: '' });
    expect(found.exit).toBe(2);
    expect(found.stderr).toContain('Standard input is empty');
  });

  test('is told to be looked at where it may have been done', async () => {
    const lost = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => lost.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void lost.close());
    const address = lost.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const where = ['--server', `http://127.0.0.1:${port}`, '--key-file', 'root.key'];
    const read = await shell.run(['key', 'list', ...where]);
    const change = await shell.run(['key', 'create', '--name', 'x', ...where]);
    expect([read.exit, change.exit]).toEqual([3, 3]);
    expect(change.stderr).toContain('A change may or may not have been made');
    expect(read.stderr).not.toContain('A change');
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

describe('of the two addresses of a move', () => {
  const [here, away] = ['sqlite:./keyturn.db', 'postgres://x@127.0.0.1:1/x'];
  test.each([
    ['the source', `--from ${away} --to sqlite:./new.db --yes`],
    ['the target', `--from ${here} --to ${away} --dry-run`],
    ['the one to stay on', `--from ${away} --cancel`],
  ])('%s is looked at next if it gives no answer', async (_which, typed) => {
    const ran = await shell.run(['move', ...typed.split(' ')]);
    expect(ran.exit).toBe(3);
    expect(ran.stderr).toContain(`\nNext: keyturn doctor --database ${away}\n`);
  });
});

test('a PostgreSQL that is new is migrated before anything is moved into it', async (ctx) => {
  postgresOrSkip(ctx);
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const to = ['--to', database.url, '--yes'];
  const ran = await shell.run(['move', '--from', 'sqlite:./keyturn.db', ...to]);
  expect(ran.exit).toBe(3);
  expect(ran.stderr).toContain(`\nNext: keyturn migrate --database ${database.url}\n`);
  const lost = await shell.run(['move', '--from', 'sqlite:./none.db', ...to]);
  expect(lost.stderr).toContain('\nNext: keyturn move --help\n');
});

test('of keys from another database, which is not there, no doctor looks at ours', async () => {
  const away = 'postgres://x@127.0.0.1:1/x';
  const ran = await shell.run(['key', 'import', away, '--from', 'drf']);
  expect(ran.exit).toBe(3);
  expect(ran.stderr).toContain('\nNext: keyturn key import --help\n');
});

test('what comes next is said with the configuration that was named', async () => {
  const own = new Shell();
  onTestFinished(() => own.remove());
  writeFileSync(own.path('o.json'), '{ "database": "sqlite:./other.db" }');
  const config = ['--config', 'o.json'];
  const next = await own.run(['init', ...config]);
  expect(next.stdout.match(/ --config o\.json/g)).toHaveLength(3);
  const missing = await own.run(['key', 'show', 'nope', ...config]);
  expect(missing.stderr).toContain('Next: keyturn key list --search nope --config o.json\n');
  const migrated = await own.run(['migrate', '--database', './x.db']);
  expect(migrated.stderr).toContain('Next: keyturn doctor --database ./x.db');
  expect((await own.serve(config)).stdout()).toContain('key create --config o.json');
});

test.each(['policy test', 'policy apply'])(
  'a file that %s refuses is mended, and tried',
  async (typed) => {
    const own = new Shell();
    onTestFinished(() => own.remove());
    writeFileSync(own.path('wrong file.yaml'), 'policy: q\npreset: quartely\n');
    const ran = await own.run([...typed.split(' '), 'wrong file.yaml']);
    expect(ran.exit).toBe(2);
    expect(ran.stderr).toContain("\nNext: keyturn policy test 'wrong file.yaml'\n");
  },
);
