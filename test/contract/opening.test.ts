import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { type LogFields, type Ports, systemPorts } from '../../src/ports.js';
import type { Keyturn } from '../../src/public.js';
import type { StoreOptions } from '../../src/store/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import { until } from '../setup/fleet.js';
import { HeldClock } from '../setup/held-clock.js';
import { createDatabase, postgresOrSkip } from '../setup/postgres.js';
import { compileProgram } from '../setup/processes.js';

const RETRY_MS = 1_100; // The next opening is tried a second after one that failed.

let folder: string;
let clock: HeldClock;
let lines: { readonly level: string; readonly code: unknown; readonly message: string }[];
let opened: Keyturn[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-opening-'));
  clock = new HeldClock();
  lines = [];
  opened = [];
  return () => rmSync(folder, { recursive: true, force: true });
});
afterEach(() => Promise.all(opened.map((keyturn) => keyturn.close())));

test('an embedded Keyturn that is only made, as by a build that imports the application, takes nothing', async () => {
  let openings = 0;
  const openStore = (options: StoreOptions) => {
    openings += 1;
    return openSqlite(options);
  };
  const keyturn = await makeKeyturn(
    { database: `sqlite:${join(folder, 'keyturn.db')}` },
    { openStore },
  );
  opened.push(keyturn);
  const guard = guardOf(keyturn);
  expect(keyturn.handler).toBeTypeOf('function');
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
  expect([openings, readdirSync(folder)]).toEqual([0, []]);
  expect(await guard()).toBe(401); // Its first use opens it.
  expect([openings, readdirSync(folder)]).toEqual([1, expect.arrayContaining(['keyturn.db'])]);
});

describe('an embedded Keyturn that cannot open its database', () => {
  test.each([
    {
      title: 'in a folder that is not there',
      database: () => `sqlite:${join(folder, 'none/keyturn.db')}`,
      code: 'store_unavailable',
      says: 'is not there. Create it (mkdir -p',
    },
    {
      title: 'that is no database',
      database: () => `sqlite:${damaged('damaged.db')}`,
      code: 'store_corrupt',
      says: 'Check the address, run keyturn doctor, or restore a backup.',
    },
    {
      title: 'on a server that is away',
      database: () => 'postgres://app:canary-password@127.0.0.1:1/keyturn',
      code: 'store_unavailable',
      says: '127.0.0.1:1',
    },
  ])('$title says so once, however many requests come', async ({ database, code, says }) => {
    const guard = guardOf(await embedded(database()));
    for (let request = 0; request < 5; request += 1) {
      expect(await guard()).toBe(503);
      clock.advanceMs(RETRY_MS);
    }
    expect(lines).toEqual([{ level: 'error', code, message: expect.stringContaining(says) }]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('that was never migrated names the command to run', async (ctx) => {
    postgresOrSkip(ctx);
    const { url, drop } = await createDatabase();
    const keyturn = await embedded(url);
    for (const guard of [guardOf(keyturn), guardOf(keyturn)]) expect(await guard()).toBe(503);
    await keyturn.close();
    await drop();
    const message = expect.stringContaining('keyturn migrate --database');
    // A busy server may be slow to let it in: that is another reason, said before this one.
    const said = lines.filter(({ code }) => code !== 'store_unavailable');
    expect(said).toEqual([{ level: 'error', code: 'schema_uninitialised', message }]);
  });

  test('says it again when there is another reason, and when it is open', async () => {
    const path = join(folder, 'later/keyturn.db');
    const guard = guardOf(await embedded(`sqlite:${path}`));
    expect(await guard()).toBe(503);
    mkdirSync(join(folder, 'later'));
    damaged('later/keyturn.db');
    clock.advanceMs(RETRY_MS);
    expect(await guard()).toBe(503);
    rmSync(path);
    clock.advanceMs(RETRY_MS);
    expect(await guard()).toBe(401);
    expect(await guard()).toBe(401);
    expect(lines.filter(({ code }) => code !== 'keyspace.created')).toMatchObject([
      { level: 'error', code: 'store_unavailable' },
      { level: 'error', code: 'store_corrupt' },
      { level: 'info', message: 'database opened' },
    ]);
  });

  test('because another server has it says at once that it waits', async () => {
    const database = `sqlite:${join(folder, 'keyturn.db')}`;
    const program = compileProgram('test/crash/store-program.ts');
    const first = program.start('serve', database);
    expect(await first.next()).toBe('open');
    let goOn = () => {};
    const pause = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const guard = guardOf(await embedded(database, () => pause));
    const answer = guard();
    const waiting = { level: 'warn', code: 'database_in_use' };
    await until('the wait is told of', () => lines.length > 0);
    expect(lines).toMatchObject([waiting]);
    expect(lines[0]?.message).toContain(`${join(folder, 'keyturn.db')} open. Waiting up to 10 s`);
    goOn();
    expect(await answer).toBe(503);
    clock.advanceMs(RETRY_MS);
    expect(await guard()).toBe(503);
    expect(lines).toMatchObject([waiting, { level: 'error', code: 'database_in_use' }]);
    await program.remove();
    clock.advanceMs(RETRY_MS);
    expect(await guard()).toBe(401);
    expect(lines.at(-1)).toMatchObject({ level: 'info', message: 'database opened' });
  });
});

describe('a SQLite file that a process opens twice, as when its modules are loaded anew', () => {
  test('is not waited for, and loses nothing', async () => {
    const database = `sqlite:${join(folder, 'keyturn.db')}`;
    const never = () => new Promise<void>(() => {}); // Whoever waits now waits for ever.
    const before = await embedded(database);
    const { key, plaintext } = await before.keys.create({ name: 'CI' });
    expect(await before.verify({ plaintext })).toMatchObject({ valid: true });
    const after = await embedded(database, never);
    expect(await after.verify({ plaintext })).toMatchObject({ valid: true });
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { code: 'database_in_use', message: expect.stringContaining('open already') },
    ]);
    await before.close();
    expect(await after.verify({ plaintext })).toMatchObject({ valid: true });
    await after.close();
    const { usage, verify } = await embedded(database);
    expect((await usage.list({ key: key.id })).items).toMatchObject([{ total: 3 }]);
    expect(await verify({ plaintext })).toMatchObject({ valid: true });
  });

  test('refuses through both what was revoked through one', async () => {
    const database = `sqlite:${join(folder, 'keyturn.db')}`;
    const [before, after] = [await embedded(database), await embedded(database)];
    const { key, plaintext } = await before.keys.create({ name: 'CI' });
    for (const keyturn of [before, after]) {
      expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
    }
    await after.keys.revoke(key.id);
    const known = expect.poll(() => before.verify({ plaintext }), { timeout: 10_000 });
    await known.toMatchObject({ valid: false, code: 'revoked' });
  });
});

/** As an application makes one, with a logger; `pause` stands for the time between two tries. */
async function embedded(database: string, pause = async () => {}): Promise<Keyturn> {
  const at = (level: string) => (fields: LogFields, message: string) => {
    lines.push({ level, code: fields.code, message });
  };
  const log = { info: at('info'), warn: at('warn'), error: at('error') };
  const { timers, ...rest } = systemPorts(log);
  const ports: Ports = { ...rest, clock, timers: { ...timers, sleep: pause } };
  const keyturn = await makeKeyturn({ database, log }, { ports });
  opened.push(keyturn);
  return keyturn;
}

/** Sends a request with a key that nobody has to a guarded route. @returns the status. */
function guardOf(keyturn: Keyturn): () => Promise<number | undefined> {
  const guard = requireKey(keyturn);
  return async () => {
    const request = new Request('http://api.example/', { headers: { 'x-api-key': 'nobodys' } });
    const admission = await guard(request);
    return admission.admitted ? 200 : admission.response.status;
  };
}

function damaged(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, 'This is a letter, and no database. '.repeat(200));
  return path;
}
