import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Ports, systemPorts } from '../../src/ports.js';
import type { StoreOptions } from '../../src/store/open.js';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { inspectSqlite, migrateSqlite, openSqlite } from '../../src/store/sqlite/open.js';
import { compileProgram, type Program } from '../setup/processes.js';
import { NEWEST, VERSIONS } from '../setup/schema.js';
import { aChange, inNewKey, inNewKeyspace } from './build.js';

let top: string;
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'keyturn-faults-'));
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

let folder: string;
let path: string;
let options: StoreOptions;
beforeEach(({ task }) => {
  folder = join(top, task.id);
  path = join(folder, 'keyturn.db');
  mkdirSync(folder);
  options = { url: `sqlite:${path}`, role: 'tool', ports: impatient() };
});

describe('a SQLite file that cannot be used', () => {
  test('is left as it is when it is no database', async () => {
    writeFileSync(path, 'A letter to the editor. '.repeat(200));
    const before = readFileSync(path);
    await expect(openSqlite(options)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringMatching(/is no SQLite database. It was left as it is. Check the addr/),
    });
    await expect(inspectSqlite(options)).rejects.toMatchObject({ code: 'store_corrupt' });
    expect(readFileSync(path)).toEqual(before);
  });

  test('tells of damaged pages, and how to go on', async () => {
    const store = await openSqlite(options);
    const keyspaceId = await inNewKeyspace(store);
    for (let count = 0; count < 20; count += 1) await inNewKey(store, keyspaceId);
    await store.close();
    damagePagesWith('Acme CI');
    await expect(readAll(options)).rejects.toMatchObject({
      code: 'store_corrupt',
      message: expect.stringMatching(/damaged.*keyturn doctor, or restore a backup/),
    });
  });

  test('is refused when a newer Keyturn has migrated it, and is left as it is', async () => {
    await pretendSchema(99, 99);
    const before = readFileSync(path);
    await expect(openSqlite(options)).rejects.toMatchObject({
      code: 'schema_newer',
      message: expect.stringContaining(
        `has schema 99; this Keyturn reads up to ${NEWEST}. Install the newer`,
      ),
    });
    await expect(migrateSqlite(options)).rejects.toMatchObject({ code: 'schema_newer' });
    expect(await inspectSqlite(options)).toEqual({ kind: 'newer', version: 99, reads: NEWEST });
    expect(readFileSync(path)).toEqual(before);
  });

  test('is opened when a newer Keyturn has left it readable for this one', async () => {
    await pretendSchema(98, 1);
    await (await openSqlite(options)).close();
  });

  test('is refused when it holds the tables of another program, until it is migrated', async () => {
    const { DatabaseSync } = await loadDriver();
    const theirs = new DatabaseSync(path);
    theirs.exec('create table invoices (id integer)');
    theirs.close();
    expect(await inspectSqlite(options)).toEqual({ kind: 'uninitialised' });
    await expect(openSqlite(options)).rejects.toMatchObject({
      code: 'schema_uninitialised',
      message: expect.stringContaining(`run: keyturn migrate --database sqlite:${path}`),
    });
    const done = await migrateSqlite(options);
    expect(done.map(({ version }) => version)).toEqual(VERSIONS);
    expect(await migrateSqlite(options)).toEqual([]);
    expect(await readAll(options)).toBe(0);
  });

  test('is refused when its folder is missing', async () => {
    const missing = { ...options, url: `sqlite:${join(folder, 'nowhere', 'keyturn.db')}` };
    await expect(openSqlite(missing)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining(`Create it (mkdir -p ${join(folder, 'nowhere')})`),
    });
  });

  test.each(['sqlite:', 'sqlite::memory:', 'postgres://host/db'])(
    'is not named by %s',
    async (url) => {
      await expect(openSqlite({ ...options, url })).rejects.toMatchObject({
        code: 'config_invalid',
      });
    },
  );
});

test('an empty SQLite file is initialised by whoever opens it', async () => {
  writeFileSync(path, '');
  expect(await inspectSqlite(options)).toEqual({ kind: 'uninitialised' });
  expect(await readAll(options)).toBe(0);
  expect(await inspectSqlite(options)).toEqual({ kind: 'ready', version: NEWEST });
});

describe('a SQLite file that another process holds locked', () => {
  test('takes no change, goes on answering, and takes changes again afterwards', async () => {
    const store = await openSqlite(options);
    const keyspaceId = await inNewKeyspace(store);
    const { DatabaseSync } = await loadDriver();
    const other = new DatabaseSync(path);
    other.exec('begin immediate');
    const change = aChange(keyspaceId, []);
    const refused = store.commit(change);
    expect(await store.listKeyspaces()).toHaveLength(1);
    await expect(refused).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/is locked by another process.*\(lsof\), then try again/),
    });
    other.exec('rollback');
    expect(await store.commit(change)).toMatchObject({ ok: true });
    other.close();
    await store.close();
  });
});

describe('a SQLite file that may not be written', () => {
  let program: Program;
  let loadable: string;
  beforeAll(() => {
    program = compileProgram('test/crash/store-program.ts');
    loadable = mkdtempSync(join(tmpdir(), 'keyturn-loadable-'));
  });
  afterAll(async () => {
    await program.remove();
    rmSync(loadable, { recursive: true, force: true });
  });

  async function tryWithoutRights(): Promise<unknown> {
    const child = program.start('unprivileged', options.url, loadable);
    return child.next();
  }

  test.each([
    { what: 'the file may only be read', fileMode: 0o444, folderMode: 0o777 },
    { what: 'nothing may be made in the folder', fileMode: 0o666, folderMode: 0o555 },
    { what: 'the file may not be read either', fileMode: 0o000, folderMode: 0o777 },
  ])('is told so when $what', async ({ fileMode, folderMode }) => {
    chmodSync(top, 0o755);
    await (await openSqlite(options)).close();
    const before = readFileSync(path);
    chmodSync(path, fileMode);
    chmodSync(folder, folderMode);
    expect(await tryWithoutRights()).toMatchObject({
      code: 'store_unwritable',
      message: expect.stringMatching(/Give this user the right to .*write/),
    });
    chmodSync(folder, 0o755);
    expect(readFileSync(path)).toEqual(before);
  });

  test('is told so when the file cannot be made', async () => {
    chmodSync(top, 0o755);
    chmodSync(folder, 0o555);
    expect(await tryWithoutRights()).toMatchObject({ code: 'store_unwritable' });
    chmodSync(folder, 0o755);
  });

  test('keeps what it has when the disk is full, and goes on answering', async () => {
    const child = program.startOnFullDisk('fill', options.url);
    const told = await child.next();
    expect(told).toMatchObject({ code: 'store_unwritable' });
    expect(told).toHaveProperty(
      'message',
      expect.stringMatching(/disk of the database .*(full|refuses)/),
    );
    const made = madeOf(told);
    expect(made).toBeGreaterThan(0);
    expect(told).toHaveProperty('counts', { keys: 0, keyspaces: made, owners: 0, events: made });
    expect(await readAll(options)).toBe(made);
  });
});

function madeOf(told: unknown): number {
  if (typeof told !== 'object' || told === null || !('made' in told)) throw new Error('No count.');
  return Number(told.made);
}

/** @returns how many keyspaces there are, after all was read once. */
async function readAll(from: StoreOptions): Promise<number> {
  const store = await openSqlite(from);
  try {
    await store.listEvents({ within: 'all', limit: 200, order: 'oldest' });
    await store.listKeys({ within: 'all', limit: 200, after: null, nowMs: 0 });
    return (await store.listKeyspaces()).length;
  } finally {
    await store.close();
  }
}

async function pretendSchema(version: number, readableFrom: number): Promise<void> {
  await (await openSqlite(options)).close();
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(path);
  database.exec(`insert into keyturn_schema values (${version}, ${readableFrom}, 0)`);
  database.close();
}

/** Overwrites each page that holds the text. */
function damagePagesWith(text: string): void {
  const bytes = readFileSync(path);
  const pageSize = bytes.readUInt16BE(16); // https://sqlite.org/fileformat.html#page_size
  for (let start = pageSize; start < bytes.length; start += pageSize) {
    const page = bytes.subarray(start, start + pageSize);
    if (page.includes(text)) page.fill(0xaa);
  }
  writeFileSync(path, bytes);
}

/** Time passes at once, so that what is waited for shows as soon as it can. */
function impatient(): Ports {
  const ports = systemPorts();
  const sleep = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { ...ports, timers: { ...ports.timers, sleep } };
}
