import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainStart, verifyEvents } from '../../src/audit/chain.js';
import { systemPorts } from '../../src/ports.js';
import type { StoreOptions } from '../../src/store/open.js';
import { migratePostgres, openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import type { Store, StoredEvent } from '../../src/store/store.js';
import { createDatabase, postgresOrSkip } from '../setup/postgres.js';
import { compileProgram, type Program, type Started } from '../setup/processes.js';
import { scaled, seed } from '../setup/scale.js';

const KILLS = scaled(4);
/** What it may answer before it is killed, and for how long then it may be in the next commit. */
const MOST_ANSWERS = 5;
const MOST_TURNS = 300;

let program: Program;
beforeAll(() => {
  program = compileProgram('test/crash/store-program.ts');
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

interface Answered {
  readonly id: string;
  readonly result: { readonly ok: boolean; readonly sequence: number };
}

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
  return typeof line === 'object' && line !== null && 'id' in line && 'result' in line;
}

/** Looks at the chains of the events after `checked`, and at the rest of everything. */
async function expectWhole(
  store: Store,
  answered: readonly Answered[],
  checked: number,
): Promise<number> {
  const events = await allEvents(store);
  const sequences = new Map<string, number>(events.map((event) => [event.id, event.sequence]));
  for (const { id, result } of answered) expect(sequences.get(id)).toBe(result.sequence);
  // Each change is a keyspace and its event: neither is there without the other.
  const keyspaces = await store.listKeyspaces();
  const made = new Set(events.map((event) => event.keyspaceId));
  expect(new Set(keyspaces.map(({ id }) => id))).toEqual(made);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  for (const event of events.slice(checked)) {
    const verified = verifyEvents([event], chainStart(event.keyspaceId));
    const head = await store.chainHead(event.keyspaceId);
    expect(verified).toEqual({ ok: true, head });
  }
  const { head } = await store.changesSince(0, 1);
  expect(head).toBe(events.length);
  return events.length;
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
