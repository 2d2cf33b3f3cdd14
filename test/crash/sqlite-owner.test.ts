import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chainStart, verifyEvents } from '../../src/audit/chain.js';
import { DatabaseInUseError } from '../../src/errors.js';
import { systemPorts } from '../../src/ports.js';
import type { StoreOptions } from '../../src/store/open.js';
import { isSqliteOwned, openSqlite } from '../../src/store/sqlite/open.js';
import { replaceSqlite } from '../../src/store/sqlite/restore.js';
import { compileProgram, type Program } from '../setup/processes.js';

let program: Program;
let folder: string;
beforeAll(() => {
  program = compileProgram('test/crash/store-program.ts');
  folder = mkdtempSync(join(tmpdir(), 'keyturn-owner-'));
});
afterAll(async () => {
  await program.remove();
  rmSync(folder, { recursive: true, force: true });
});

let url: string;
let path: string;
beforeEach(({ task }) => {
  path = join(folder, `${task.id}.db`);
  url = `sqlite:${path}`;
});

describe('the server of a SQLite file', () => {
  test('keeps a second server out, and says what to do', async () => {
    const server = await startServer();
    const refused = openSqlite(impatient());
    await expect(refused).rejects.toThrow(DatabaseInUseError);
    await expect(refused).rejects.toThrow(`${path} open. Stop it first, or give this one another`);
    await server.kill();
  });

  test('lets go of the file when it is killed', async () => {
    const server = await startServer();
    await server.kill();
    const store = await openSqlite(impatient());
    await store.close();
  });

  test('hands the file over to one that waits', async () => {
    const first = await openSqlite(impatient());
    const second = openSqlite({ ...impatient(), ports: systemPorts() });
    await first.close();
    await (await second).close();
  });

  test('shares it with a second one of its own process, and keeps it until the last has closed', async () => {
    const first = await openSqlite(impatient());
    const told: string[] = [];
    const second = await openSqlite({ ...impatient(), waits: (sentence) => told.push(sentence) });
    expect(told).toEqual([expect.stringContaining(`${path} open already`)]);
    await first.close();
    expect(await second.counts()).toMatchObject({ keys: 0 });
    // To look at the lock must not have broken it: closing a file drops a process's locks on it.
    expect(await isSqliteOwned(impatient())).toBe(true);
    const other = program.start('serve', url);
    const answer = other.next();
    const undertake = async () => void told.push('undertaken');
    const takeBack = undertake;
    await expect(
      replaceSqlite(impatient(), { file: path, aside: `${path}-aside`, undertake, takeBack }),
    ).rejects.toThrow(DatabaseInUseError);
    expect(told).not.toContain('undertaken');
    expect(await second.counts()).toMatchObject({ keys: 0 });
    await second.close();
    expect(await answer).toBe('open');
    await expect(openSqlite(impatient())).rejects.toThrow(DatabaseInUseError);
    await other.kill();
  });

  test('shares the file with tools', async () => {
    const server = await startServer();
    const tool = await openSqlite({ ...impatient(), role: 'tool' });
    expect(await tool.counts()).toMatchObject({ keys: 0 });
    await tool.close();
    await server.kill();
  });

  test('lets go of a file that it could not open', async () => {
    const refused = openSqlite({ ...impatient(), url: `sqlite:${folder}` });
    await expect(refused).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(existsSync(`${folder}-owner`)).toBe(false);
  });
});

test('a new database can be read by its user only', async () => {
  const store = await openSqlite(impatient());
  await store.listKeyspaces();
  const files = readdirSync(folder).filter((name) => join(folder, name).startsWith(path));
  expect(files.length).toBeGreaterThanOrEqual(4); // The file, its log, its index, its lock.
  for (const file of files) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  await store.close();
});

test('ten processes initialise one new file, and one of them makes the first keyspace', async () => {
  const starters = Array.from({ length: 10 }, () => program.start('initialise', url));
  for (const starter of starters) expect(await starter.next()).toBe('ready');
  for (const starter of starters) starter.say('go');
  const results = await Promise.all(starters.map((starter) => starter.next()));
  const lost = Array.from({ length: 9 }, () => ({ ok: false, conflict: 'exists' }));
  expect(results.toSorted(winnerFirst)).toEqual([{ ok: true, sequence: 1 }, ...lost]);

  const store = await openSqlite({ ...impatient(), role: 'tool' });
  const [keyspace, ...others] = await store.listKeyspaces();
  expect(others).toEqual([]);
  if (keyspace === undefined) throw new Error('There is no keyspace.');
  const events = await store.listEvents({ within: [keyspace.id], limit: 200, order: 'oldest' });
  expect(verifyEvents(events, chainStart(keyspace.id))).toMatchObject({ ok: true });
  expect(await store.counts()).toEqual({ keys: 0, keyspaces: 1, owners: 0, events: 1 });
  await store.close();
});

async function startServer() {
  const server = program.start('serve', url);
  expect(await server.next()).toBe('open');
  return server;
}

/** A server that waits its 10 s in a moment. */
function impatient(): StoreOptions {
  const ports = systemPorts();
  const sleep = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { url, role: 'server', ports: { ...ports, timers: { ...ports.timers, sleep } } };
}

function winnerFirst(left: unknown, right: unknown): number {
  return JSON.stringify(right).localeCompare(JSON.stringify(left));
}
