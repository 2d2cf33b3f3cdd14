import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainStart, verifyEvents } from '../../src/audit/chain.js';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import { systemPorts } from '../../src/ports.js';
import type { StoreOptions } from '../../src/store/open.js';
import { migratePostgres, openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import type { Store, StoredEvent } from '../../src/store/store.js';
import { createDatabase, postgresOrSkip } from '../setup/postgres.js';
import { bundleProgram, type Program, type Started } from '../setup/processes.js';
import { scaled, seed } from '../setup/scale.js';
import { answerIdOf, keyAt, OUTCOMES } from './life.js';

const KILLS = scaled(4);
/** What it may answer before it is killed, and for how long then it may be in the next commit. */
const MOST_ANSWERS = 12;
const MOST_TURNS = 300;

let program: Program;
beforeAll(async () => {
  program = await bundleProgram('test/crash/store-program.ts');
});
afterAll(() => program.remove());

describe('a process that is killed while it writes', () => {
  test('leaves every answered change whole, and none half, on SQLite', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-kill-'));
    const options = optionsFor(`sqlite:${join(folder, 'keyturn.db')}`);
    await killRepeatedly(options.url, () => openSqlite(options));
    rmSync(folder, { recursive: true, force: true });
  });

  test('leaves every answered change whole, and none half, on PostgreSQL', async (ctx) => {
    postgresOrSkip(ctx);
    const database = await createDatabase();
    const options = optionsFor(database.url);
    await migratePostgres(options);
    await killRepeatedly(options.url, () => openPostgres(options));
    await database.drop();
  });
});

async function killRepeatedly(url: string, open: () => Promise<Store>): Promise<void> {
  const random = randomFrom(seed());
  const answered: Answered[] = [];
  let checked = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const writer = program.start('write', url);
    expect(await writer.next()).toBe('open');
    const answerCount = Math.floor(random() * (MOST_ANSWERS + 1));
    for (let count = 0; count < answerCount; count += 1)
      answered.push(answerOf(await writer.next()));
    for (let turns = random() * MOST_TURNS; turns > 0; turns -= 1) await setImmediate();
    await writer.kill();
    await collectRest(writer, answered);
    const store = await open();
    checked = await expectWhole(store, answered, checked);
    await store.close();
  }
  expect(answered.length).toBeGreaterThan(0);
}

type Answered =
  | { readonly id: string; readonly result: { readonly ok: boolean; readonly sequence: number } }
  /** The key whose usage was taken. */
  | { readonly used: string };

/** What it had answered already when it was killed. */
async function collectRest(writer: Started, answered: Answered[]): Promise<void> {
  for (;;) {
    const line = await writer.next().catch(() => undefined);
    if (line === undefined) return;
    answered.push(answerOf(line));
  }
}

function answerOf(line: unknown): Answered {
  if (isAnswered(line)) return line;
  throw new Error(`The writer said ${JSON.stringify(line)}.`);
}

function isAnswered(line: unknown): line is Answered {
  if (typeof line !== 'object' || line === null) return false;
  return ('id' in line && 'result' in line) || 'used' in line;
}

/** Looks at what the events after `checked` have made, and at the rest of everything. */
async function expectWhole(
  store: Store,
  answered: readonly Answered[],
  checked: number,
): Promise<number> {
  const events = await allEvents(store);
  const sequences = new Map<string, number>(events.map((event) => [event.id, event.sequence]));
  for (const one of answered) {
    if ('id' in one) expect(sequences.get(one.id)).toBe(one.result.sequence);
  }
  const keyspaces = await store.listKeyspaces();
  const made = new Set(events.map((event) => event.keyspaceId));
  expect(new Set(keyspaces.map(({ id }) => id))).toEqual(made);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  const later = events.slice(checked);
  for (const keyspaceId of new Set(later.map((event) => event.keyspaceId))) {
    const own = later.filter((event) => event.keyspaceId === keyspaceId);
    const head = await store.chainHead(keyspaceId);
    expect(verifyEvents(own, chainStart(keyspaceId))).toEqual({ ok: true, head });
    // The first is the keyspace's, each later one makes a version of its one key.
    await expectLife(store, { keyspaceId, version: own.length - 1, answered });
  }
  const { head } = await store.changesSince(0, 1);
  expect(head).toBe(events.length);
  return events.length;
}

/** A key is there with all of its version, its answers and its usage, or none of that is. */
async function expectLife(
  store: Store,
  of: {
    readonly keyspaceId: KeyspaceId;
    readonly version: number;
    readonly answered: readonly Answered[];
  },
): Promise<void> {
  const { keyspaceId, version } = of;
  const nowMs = systemPorts().clock.nowMs();
  const within = [keyspaceId];
  const [key, ...others] = await store.listKeys({ within, limit: 9, after: null, nowMs });
  expect(others).toEqual([]);
  if (key === undefined) return expect(version).toBe(0);
  expect(key).toEqual(keyAt({ keyId: key.id, keyspaceId, version }));
  for (const secret of key.secrets) {
    const found = await store.findByDigest(secret.digest);
    expect(found).toMatchObject({ keyId: key.id, version, secretState: secret.state });
  }
  for (let made = 1; made <= version; made += 1) {
    const kept = await store.findIdempotent(answerIdOf(key.id, made), nowMs);
    expect(kept?.answer).toBe(JSON.stringify({ version: made }));
  }
  expect(await store.findIdempotent(answerIdOf(key.id, version + 1), nowMs)).toBeUndefined();
  const isUsed = of.answered.some((one) => 'used' in one && one.used === key.id);
  await expectUsage(store, key, isUsed);
}

async function expectUsage(store: Store, key: KeyRecord, isAnswered: boolean): Promise<void> {
  const within = [key.keyspaceId];
  const all = { within, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER } as const;
  const rows = await store.usage({ ...all, per: 'day', by: 'key', limit: 9, after: null });
  const lastUse = (await store.lastUses([key.id])).get(key.id)?.get(1);
  if (isAnswered) expect(rows).toHaveLength(1);
  expect(rows.map(({ outcomes }) => outcomes)).toEqual(lastUse === undefined ? [] : [OUTCOMES]);
}

async function allEvents(store: Store): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const afterSequence = events.at(-1)?.sequence ?? 0;
    const filter = { within: 'all', limit: 200, order: 'oldest', afterSequence } as const;
    const page = await store.listEvents(filter);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

function optionsFor(url: string): StoreOptions {
  return { url, role: 'tool', ports: systemPorts() };
}

/** A small repeatable source of chance: mulberry32. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
