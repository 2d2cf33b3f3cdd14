import { symlinkSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { moveMark } from '../../src/move-mark.js';
import { systemPorts } from '../../src/ports.js';
import { openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import { createDatabase, postgresOrSkip } from '../setup/postgres.js';
import { Shell } from './command-line.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
  return () => shell.remove();
});

const at = (url: string) => ['--database', url];
const move = (...args: readonly string[]) => shell.run(['move', ...args]);
const REFUSED = { exit: 1, stderr: expect.stringContaining('the same database') };

/** Unused, so that it would do as a target. */
async function expectRefused(from: string, to: string): Promise<void> {
  expect(await move('--from', from, '--to', to, '--yes')).toMatchObject(REFUSED);
  // By now it has been opened once, and shows that it is the same.
  expect(await move('--from', from, '--to', to, '--dry-run')).toMatchObject(REFUSED);
  expect(await shell.run(['key', 'create', '--name', 'a', ...at(from)])).toMatchObject({ exit: 0 });
}

/** What a version before this has made of it. */
async function expectLetOut(url: string): Promise<void> {
  const options = { url, role: 'tool', ports: systemPorts() } as const;
  const isFile = url.startsWith('sqlite:');
  const store = isFile ? await openSqlite(options) : await openPostgres(options);
  await store.tables.begin(moveMark(store.where), 0);
  await store.close();
  expect(await shell.run(['key', 'list', ...at(url)])).toMatchObject({ exit: 3 });
  expect(await move('--from', url, '--cancel')).toMatchObject({ exit: 0 });
  expect(await shell.run(['key', 'create', '--name', 'a', ...at(url)])).toMatchObject({ exit: 0 });
  expect(await shell.run(['events', 'verify', ...at(url)])).toMatchObject({ exit: 0 });
}

describe('a move of a SQLite file onto itself', () => {
  test.each([
    ['sqlite:keyturn.db', 'known'],
    ['sqlite:keyturn.db', 'new'],
    ['sqlite:./linked.db', 'known'],
  ])('as %s, %s, is refused before anything is changed', async (other, age) => {
    await shell.run(['migrate']);
    if (age === 'known') await shell.run(['key', 'list']);
    symlinkSync('keyturn.db', shell.path('linked.db'));
    await expectRefused('sqlite:./keyturn.db', other);
  });

  test('that was begun is given up by --cancel', async () => {
    await shell.run(['key', 'list']);
    await expectLetOut(`sqlite:${shell.path('keyturn.db')}`);
  });

  test('is told from a target that holds rows, which --cancel leaves as it is', async () => {
    await shell.run(['key', 'create', '--name', 'a']);
    const options = { url: `sqlite:${shell.path('keyturn.db')}`, role: 'tool' } as const;
    const store = await openSqlite({ ...options, ports: systemPorts() });
    const rows: (readonly Readonly<Record<string, unknown>>[])[] = [];
    for await (const some of store.tables.read('keyspaces')) rows.push(some);
    await store.tables.begin('a move', 0);
    for (const some of rows) await store.tables.write('a move', 'keyspaces', some);
    await store.close();
    const cancel = await move('--from', 'sqlite:./keyturn.db', '--cancel');
    expect(cancel).toMatchObject({ exit: 1, stderr: expect.stringContaining('being filled') });
  });
});

describe('a move of a PostgreSQL onto itself', () => {
  test('under another name of its host is refused, and given up by --cancel', async (context) => {
    postgresOrSkip(context);
    const database = await createDatabase();
    try {
      await shell.run(['migrate', ...at(database.url)]);
      const other = new URL(database.url);
      other.searchParams.set('application_name', 'other');
      await expectRefused(database.url, other.href);
      await expectLetOut(database.url);
    } finally {
      await database.drop();
    }
  });
});
