import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Running, Shell, textAt } from '../cli/command-line.js';
import { createDatabase, postgresOrSkip, type TestDatabase } from '../setup/postgres.js';
import { unpackReleaseBefore } from './release-before.js';

const KEYS = 20;
const BOUND_MS = 6_000; // The staleness bound, and what a busy machine takes.
const OTHER = { before: 'now', now: 'before' } as const;

let before: Shell;
let now: Shell;
let remove: () => void;
beforeAll(() => {
  const release = unpackReleaseBefore();
  before = new Shell(release.main);
  now = new Shell();
  remove = release.remove;
});
afterAll(async () => {
  await Promise.all([before.remove(), now.remove()]);
  remove();
});

describe('the release before and this one, on one PostgreSQL', () => {
  let database: TestDatabase | undefined;
  afterAll(() => database?.drop());

  test('serve the same keys under load, hear of each other’s changes, and keep one chain', async (ctx) => {
    postgresOrSkip(ctx);
    database = await createDatabase();
    const at = ['--database', database.url];
    expect(await before.process(['migrate', ...at])).toMatchObject({ exit: 0 });
    const root = await managementKey(before, at);
    const old = await before.serve(at);
    const keys = await Promise.all(times(KEYS, (index) => created(old.url, root, `old ${index}`)));

    // The new release migrates while the old one serves, and then serves beside it.
    const loads = [checkAgainAndAgain(old.url, root, keys)];
    expect(await now.process(['migrate', ...at])).toMatchObject({ exit: 0 });
    const new_ = await now.serve(at);
    loads.push(checkAgainAndAgain(new_.url, root, keys));
    const urls = { before: old.url, now: new_.url };
    for (const side of ['before', 'now'] as const) {
      await expectOneLife({ root, here: urls[side], there: urls[OTHER[side]], name: side });
    }
    for (const { plaintext } of keys) {
      expect(await verdictOf(new_.url, root, plaintext)).toMatchObject({ valid: true });
    }
    await expectRotation({ root, here: new_.url, there: old.url });

    // The old one goes: not one request of either load was answered otherwise.
    const counted = await Promise.all(loads.map((load) => load.end()));
    for (const { wrong, right } of counted) {
      expect(wrong).toEqual([]);
      expect(right).toBeGreaterThan(KEYS);
    }
    const total = counted.reduce((sum, { right }) => sum + right, KEYS);
    expect(await old.stop()).toBe(0);
    expect(await new_.stop()).toBe(0);
    await expectSums(at, keys, total);
  });
});

describe('the release before and this one, on one SQLite file', () => {
  test('change what the other serves, whichever of them that is', async () => {
    const file = `sqlite:${before.path('shared.db')}`;
    const at = ['--database', file];
    const root = await managementKey(before, at);
    for (const [server, tool] of [
      [before, now],
      [now, before],
    ] as const) {
      const served = await server.serve(at);
      const made = await tool.process(['key', 'create', '--name', 'beside', ...at, '--json']);
      expect(made).toMatchObject({ exit: 0, stderr: expect.any(String) });
      const plaintext = textAt(made.json(), 'plaintext');
      await expectVerdict(served.url, root, { plaintext, verdict: { valid: true } });
      const id = textAt(made.json(), 'key', 'id');
      expect(await tool.process(['key', 'revoke', id, '--yes', ...at])).toMatchObject({ exit: 0 });
      await expectVerdict(served.url, root, { plaintext, verdict: { code: 'revoked' } });
      expect(await tool.process(['events', 'verify', ...at])).toMatchObject({ exit: 0 });
      await stopped(served);
    }
  });
});

/** A key is made, changed and revoked on one side, and the other hears of each. */
async function expectOneLife(of: { root: string; here: string; there: string; name: string }) {
  const { root, here, there, name } = of;
  const { id, plaintext } = await created(here, root, `made by ${name}`);
  await expectVerdict(there, root, { plaintext, verdict: { valid: true } });
  const path = `/v1/keys/${id}`;
  await asked(there, root, { method: 'PATCH', path, body: { tags: ['changed'] } });
  await expectVerdict(here, root, { plaintext, verdict: { key: { tags: ['changed'] } } });
  await asked(here, root, { method: 'POST', path: `${path}/disable`, body: {} });
  await expectVerdict(there, root, { plaintext, verdict: { code: 'disabled' } });
  await asked(there, root, { method: 'POST', path: `${path}/enable`, body: {} });
  await expectVerdict(here, root, { plaintext, verdict: { valid: true } });
  await asked(here, root, { method: 'POST', path: `${path}/revoke`, body: {} });
  await expectVerdict(there, root, { plaintext, verdict: { code: 'revoked' } });
}

/** Only the new one replaces secrets; the old one takes both meanwhile, and refuses what was ended. */
async function expectRotation({
  root,
  here,
  there,
}: {
  root: string;
  here: string;
  there: string;
}) {
  const { id, plaintext } = await created(here, root, 'rotated');
  const begin = { method: 'POST', path: `/v1/keys/${id}/rotate`, body: { deliver: 'answer' } };
  const rotated = await asked(here, root, begin);
  const successor = textAt(rotated, 'plaintext');
  for (const url of [here, there]) {
    await expectVerdict(url, root, { plaintext: successor, verdict: { valid: true } });
    await expectVerdict(url, root, { plaintext, verdict: { valid: true } });
  }
  const path = `/v1/rotations/${textAt(rotated, 'rotation', 'id')}/finish`;
  await asked(here, root, { method: 'POST', path, body: {} });
  for (const url of [there, here]) {
    await expectVerdict(url, root, { plaintext, verdict: { code: 'disabled' } });
    await expectVerdict(url, root, { plaintext: successor, verdict: { valid: true } });
  }
}

/** Both count into one sum, and both find the chain whole. */
async function expectSums(at: readonly string[], keys: readonly Made[], total: number) {
  for (const shell of [before, now]) {
    expect(await shell.process(['events', 'verify', ...at])).toMatchObject({ exit: 0 });
  }
  let sum = 0;
  for (const { id } of keys) {
    const usage = await now.process(['usage', '--key', id, ...at, '--json']);
    sum += validIn(usage.json());
  }
  expect(sum).toBe(total);
}

function validIn(usage: unknown): number {
  const text = JSON.stringify(usage);
  return [...text.matchAll(/"valid":(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

interface Made {
  readonly id: string;
  readonly plaintext: string;
}

async function created(url: string, root: string, name: string): Promise<Made> {
  const made = await asked(url, root, { method: 'POST', path: '/v1/keys', body: { name } });
  return { id: textAt(made, 'key', 'id'), plaintext: textAt(made, 'plaintext') };
}

async function managementKey(shell: Shell, at: readonly string[]): Promise<string> {
  const create = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  const made = await shell.process([...create, ...at]);
  expect(made).toMatchObject({ exit: 0 });
  return made.stdout.trim();
}

async function verdictOf(url: string, root: string, plaintext: string): Promise<unknown> {
  return asked(url, root, { method: 'POST', path: '/v1/keys/verify', body: { plaintext } });
}

/** The other side may hear of a change within the bound, and no later. */
async function expectVerdict(
  url: string,
  root: string,
  { plaintext, verdict }: { readonly plaintext: string; readonly verdict: object },
): Promise<void> {
  await expect
    .poll(() => verdictOf(url, root, plaintext), { timeout: BOUND_MS, interval: 20 })
    .toMatchObject(verdict);
}

async function asked(
  url: string,
  root: string,
  { method, path, body }: { readonly method: string; readonly path: string; readonly body: object },
): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${root}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** Checks one key after the other until it is told to end. */
function checkAgainAndAgain(url: string, root: string, keys: readonly Made[]) {
  const wrong: unknown[] = [];
  let right = 0;
  let isOver = false;
  const run = (async () => {
    for (let index = 0; !isOver; index += 1) {
      const plaintext = keys[index % keys.length]?.plaintext ?? '';
      const verdict = await verdictOf(url, root, plaintext).catch(String);
      if (JSON.stringify(verdict).startsWith('{"valid":true')) right += 1;
      else wrong.push(verdict);
    }
  })();
  return {
    async end() {
      isOver = true;
      await run;
      return { right, wrong };
    },
  };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

async function stopped(running: Running): Promise<void> {
  expect(await running.stop()).toBe(0);
}
