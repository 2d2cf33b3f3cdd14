import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import { HOUR_MS } from '../../src/store/usage.js';
import { DAY_AT } from '../contract/build.js';
import { aBatch, aCount } from '../contract/usage-build.js';
import {
  createDatabase,
  postgresAbsence,
  postgresOrSkip,
  type TestDatabase,
} from '../setup/postgres.js';
import { Shell, textAt } from './command-line.js';

const FILE = 'sqlite:./keyturn.db';
const TWO_MOVES_MS = 120_000;
const KEYS = 8;
const COUNTS = 1_200; // More than two pieces of a table.

let shell: Shell;
let database: TestDatabase | undefined;
beforeEach(async (ctx) => {
  postgresOrSkip(ctx);
  shell = new Shell();
  if (postgresAbsence() === undefined) database = await createDatabase();
  await shell.run(['migrate', '--database', postgres()]);
});
afterEach(async () => {
  await shell?.remove();
  await database?.drop();
});

const postgres = () => database?.url ?? '';
const at = (url: string) => ['--database', url];
const move = (from: string, to: string, ...more: readonly string[]) =>
  shell.run(['move', '--from', from, '--to', to, ...more]);
const verify = (plaintext: string, url: string) =>
  shell.run(['verify', ...at(url)], { input: plaintext });

interface Made {
  readonly id: string;
  readonly plaintext: string;
}

async function make(url: string, name: string): Promise<Made> {
  const made = await shell.json(['key', 'create', '--name', name, '--tag', 't', ...at(url)]);
  return { id: textAt(made, 'key', 'id'), plaintext: textAt(made, 'plaintext') };
}

/** All that a caller can see of a database, but what a move itself adds. */
async function contentsOf(url: string): Promise<readonly string[]> {
  const lists = [
    ['key', 'list', '--all'],
    ['usage', '--from', '3650d', '--by', 'key', '--all'],
    ['owner', 'list'],
    ['keyspace', 'list'],
    ['events', 'list', '--all', '--keyspace', 'default'],
  ];
  const all: string[] = [];
  // Processes of their own: what they say is long, and has to be read meanwhile.
  for (const list of lists) {
    const ran = await shell.process([...list, '--json', ...at(url)]);
    expect(ran.exit).toBe(0);
    all.push(ran.stdout);
  }
  return all;
}

/** An hour each, of a month ago. */
async function count(url: string, key: string): Promise<void> {
  const store = await openSqlite({ url, role: 'tool', ports: systemPorts() });
  const [keyspace] = (await store.listKeyspaces()).filter(({ name }) => name === 'default');
  const keyId = keyIdFrom(key);
  if (keyspace === undefined || keyId === undefined) throw new Error('There is no such key.');
  const firstAt = DAY_AT - COUNTS * HOUR_MS;
  const counts = Array.from({ length: COUNTS }, (_, hour) =>
    aCount(keyspace.id, { keyId, hourAt: firstAt + hour * HOUR_MS }),
  );
  await store.recordUsage(aBatch(counts));
  await store.close();
}

/** In this process: a command a key would take its time. */
async function fill(): Promise<{ readonly live: Made; readonly revoked: Made }> {
  const database = `sqlite:${shell.path('keyturn.db')}`;
  const keyturn = await makeKeyturn({ database }, { role: 'tool' });
  const issue = async (name: string) => {
    const { key, plaintext } = await keyturn.keys.create({ name, tags: ['t'], owner: 'acme' });
    return { id: key.id, plaintext };
  };
  const [live, revoked] = [await issue('live'), await issue('revoked')];
  await keyturn.keys.revoke(revoked.id);
  await keyturn.owners.create({ id: 'acme', emails: ['ops@acme.example'] });
  for (let count = 0; count < KEYS; count += 1) await issue(`key ${count}`);
  for (const { plaintext } of [live, revoked]) await keyturn.verify({ plaintext });
  await keyturn.close();
  await count(database, live.id);
  return { live, revoked };
}

describe('a move', () => {
  test(
    'takes everything to PostgreSQL and back, with the same trail',
    async () => {
      const { live, revoked } = await fill();
      const before = await contentsOf(FILE);
      const plan = await move(FILE, postgres(), '--dry-run', '--json');
      expect(plan.json()).toMatchObject({ plan: { pauseSeconds: expect.any(Number) } });
      const there = await move(FILE, postgres(), '--yes');
      expect(there.stderr).toContain('Moved, compared, and open');
      expect(there.stderr).toContain('KEYTURN_EPOCH_FILE');
      expect(there.exit).toBe(0);
      expect(await contentsOf(postgres())).toEqual(before);
      const repeated = await move(FILE, postgres(), '--yes');
      expect(repeated).toMatchObject({ exit: 0, stderr: expect.stringContaining('Moved before') });
      const told = await move(FILE, postgres(), '--yes', '--json');
      expect(told.json()).toMatchObject({ pauseMs: null });
      expect(await verify(live.plaintext, postgres())).toMatchObject({ exit: 0 });
      expect(await verify(revoked.plaintext, postgres())).toMatchObject({ exit: 1 });
      expect(await shell.run(['events', 'verify', ...at(postgres())])).toMatchObject({ exit: 0 });
      const back = 'sqlite:./back.db';
      const returned = await move(postgres(), back, '--yes');
      expect(returned.exit).toBe(0);
      expect(returned.stderr).not.toContain('KEYTURN_EPOCH_FILE'); // A file has one beside it.
      expect(await shell.run(['events', 'verify', ...at(back)])).toMatchObject({ exit: 0 });
      expect(await verify(live.plaintext, back)).toMatchObject({ exit: 0 });
      const again = await shell.json(['key', 'list', ...at(back)]);
      expect(JSON.stringify(again)).toContain(live.id);
    },
    TWO_MOVES_MS,
  );

  test('leaves a source that answers where the data is, without a password', async () => {
    const { live } = await fill();
    const server = await shell.serve();
    const url = new URL(postgres());
    url.password = 'canary';
    expect(await move(FILE, url.href, '--yes')).toMatchObject({ exit: 0 });
    const ready = async () => {
      const answer = await fetch(`${server.url}/readyz`);
      return [answer.status, await answer.json()];
    };
    await expect
      .poll(ready, { timeout: 5_000 })
      .toEqual([503, { ready: false, code: 'store_moved' }]);
    for (const args of [['verify'], ['key', 'list'], ['key', 'create', '--name', 'more']]) {
      const ran = await shell.run([...args, ...at(FILE)], { input: live.plaintext });
      expect(ran.exit).toBe(3);
      expect(ran.stderr).toContain(`moved to ${postgres()}`);
      expect(ran.stderr).not.toContain('canary');
    }
    const doctor = await shell.run(['doctor', ...at(FILE)]);
    expect(doctor.exit).toBe(3);
    expect(doctor.stdout).toMatch(/^fail {2}mode .*moved to postgres/m);
    // What was done stays done.
    expect(await move(FILE, postgres(), '--yes')).toMatchObject({ exit: 0 });
    const other = await move(FILE, 'sqlite:./other.db', '--yes');
    expect(other).toMatchObject({ exit: 1 });
    expect(other.stderr).toContain('was moved to');
  });

  test('is refused into what holds data, from what is not there, and onto itself', async () => {
    await make(FILE, 'one');
    await make(postgres(), 'other');
    const full = await move(FILE, postgres(), '--yes');
    expect([full.exit, full.stderr]).toEqual([
      1,
      expect.stringContaining('holds data already (1 key, 3 events)'),
    ]);
    expect(await shell.run(['key', 'create', '--name', 'free', ...at(FILE)])).toMatchObject({
      exit: 0,
    });
    expect(await move('sqlite:./none.db', postgres(), '--yes')).toMatchObject({ exit: 3 });
    expect(await move(FILE, FILE, '--yes')).toMatchObject({ exit: 1 });
    expect(await shell.run(['move', '--from', FILE])).toMatchObject({ exit: 2 });
  });
});
