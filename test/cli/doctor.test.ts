import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { createDatabase, postgresOrSkip, type TestDatabase } from '../setup/postgres.js';
import { Shell } from './command-line.js';
// Types what is injected.
import type {} from './compiled.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

const doctor = (...args: readonly string[]) => shell.run(['doctor', ...args]);

/** A user that may do nothing by itself; who runs the tests may be root, to whom no mode applies. */
const NOBODY = 65_534;

/** No file of it may grow at all: a full disk, without filling one. */
function limited(args: readonly string[]) {
  const command = 'ulimit -f 0; "$@" | cat';
  return spawned('/bin/sh', [
    '-c',
    command,
    'sh',
    process.execPath,
    inject('commandLine'),
    ...args,
  ]);
}

/** Run by the owner of its folder, who is not root. */
function unprivileged(args: readonly string[]) {
  return spawned(process.execPath, [inject('commandLine'), ...args]);
}

function spawned(command: string, args: readonly string[]) {
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const options = { cwd: shell.folder, encoding: 'utf8', env: {}, ...user } as const;
  return spawnSync(command, args, options);
}

/** Gives the folder's files to who runs the doctor. */
function handOver(): void {
  if (process.getuid?.() !== 0) return;
  for (const place of [...readdirSync(shell.folder), '.'])
    chownSync(shell.path(place), NOBODY, NOBODY);
}

describe('doctor on SQLite', () => {
  test('leaves the file of another program byte for byte, and does not call it new', async () => {
    const { DatabaseSync } = await loadDriver();
    const theirs = new DatabaseSync(shell.path('app.db'));
    theirs.exec('create table users (id integer)');
    theirs.close();
    const before = readFileSync(shell.path('app.db'));
    const ran = await doctor('--database', 'sqlite:./app.db');
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/^fail {2}schema .*tables of another program.*--database/m);
    expect(readFileSync(shell.path('app.db'))).toEqual(before);
  });

  test('says of a link that leads nowhere where it leads, as the other commands do', async () => {
    symlinkSync(join(shell.folder, 'gone', 'k.db'), shell.path('keyturn.db'));
    const ran = await doctor();
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/^fail {2}file .*is a link to .*mkdir -p \S+gone$/m);
    const list = await shell.run(['key', 'list']);
    expect(list).toMatchObject({ exit: 3, stderr: expect.stringMatching(/mkdir -p \S+gone/) });
  });

  test('says of a folder in the place of the file that it is none', async () => {
    mkdirSync(shell.path('keyturn.db'));
    const ran = await doctor();
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/^fail {2}file .*is no file.*--database/m);
    expect(ran.stdout).not.toContain('chmod');
    const list = await shell.run(['key', 'list']);
    expect(list).toMatchObject({ exit: 3, stderr: expect.stringContaining('is no file') });
  });

  test('sees a disk that takes nothing more', async () => {
    handOver();
    const ran = limited(['doctor']);
    expect(ran.stdout).toMatch(/^fail {2}writes .*The disk takes nothing more/m);
  });

  test.each([
    { what: 'a file', mode: 0o400, place: 'keyturn.db', fix: /^fail {2}file .*chmod u\+rw / },
    { what: 'a folder', mode: 0o555, place: '.', fix: /^fail {2}folder .*chmod u\+rwx / },
  ])('says how its owner may write $what again', async ({ mode, place, fix }) => {
    await shell.run(['migrate']);
    handOver();
    chmodSync(shell.path(place), mode);
    const ran = unprivileged(['doctor']);
    chmodSync(shell.path(place), 0o700);
    expect(ran.stdout).toMatch(new RegExp(fix.source, 'm'));
    expect(ran.stdout).not.toMatch(/^ok {4}writes/m);
    expect(existsSync(shell.path('keyturn.db'))).toBe(true);
  });
});

describe('doctor on PostgreSQL', () => {
  let database: TestDatabase;
  beforeEach(async (context) => {
    postgresOrSkip(context);
    database = await createDatabase();
    return () => database.drop();
  });

  async function at(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  test('sees that the user may only read', async () => {
    await shell.run(['migrate', '--database', database.url]);
    const role = `reader_${new URL(database.url).pathname.slice(1)}`;
    await at(`create role ${role} login; grant select on all tables in schema public to ${role}`);
    const url = new URL(database.url);
    url.username = role;
    const ran = await doctor('--database', url.href);
    await at(`drop owned by ${role}; drop role ${role}`);
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/^fail {2}writes .*GRANT SELECT, INSERT, UPDATE, DELETE/m);
    expect((await doctor('--database', database.url)).stdout).toMatch(/^ok {4}writes/m);
  });

  test('names the address that gives no answer', async () => {
    await shell.run(['migrate', '--database', database.url]);
    const direct = ['--direct-database', 'postgres://nobody@127.0.0.1:1/x'];
    const ran = await doctor('--database', database.url, ...direct);
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/^ok {4}database/m);
    expect(ran.stdout).toMatch(/^fail {2}direct .*gives no answer.*from: --direct-database/m);
    expect(ran.stdout).not.toContain('keyturn doctor');
  });

  test('and migrate say to use a schema of its own beside tables of the same names', async () => {
    await at('create table keys (id integer)');
    const ran = await doctor('--database', database.url);
    expect(ran.exit).toBe(3);
    expect(ran.stdout).toMatch(/^fail {2}schema .*: keys\. Give Keyturn a schema of its own/m);
    const refused = await shell.run(['migrate', '--database', database.url]);
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringContaining(': keys. Nothing') });
    const [, address = ''] = /--database '(.*)'/.exec(refused.stderr) ?? [];
    await at('create schema keyturn');
    expect(await shell.run(['migrate', '--database', address])).toMatchObject({ exit: 0 });
  });

  test('and the others keep the search path of an address in what they say to run', async () => {
    await at('create schema foo');
    const url = `${database.url}?options=-c%20search_path%3Dfoo&password=canary`;
    const list = await shell.run(['key', 'list', '--database', url]);
    expect(list.stderr).not.toContain('canary');
    const [, address = ''] = /run: keyturn migrate --database '(.*)'/.exec(list.stderr) ?? [];
    expect(await shell.run(['migrate', '--database', address])).toMatchObject({ exit: 0 });
    expect((await shell.run(['key', 'list', '--database', url])).exit).toBe(0);
  });
});
