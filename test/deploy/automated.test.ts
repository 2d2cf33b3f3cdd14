import { mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import type { Keyturn } from '../../src/public.js';
import { Shell } from '../cli/command-line.js';
import { compileProgram, type Program, type Started } from '../setup/processes.js';
import { scaled } from '../setup/scale.js';
import { startWebhookServer, type WebhookServer } from '../setup/webhook-server.js';

const KEYS = 25;
const ROTATIONS = 100;
const KILLED_OF_RUNS = scaled(1) > 1 ? Infinity : 10; // What died holds its lease for half a minute.
const MOST_RUNS = 150;
const BETWEEN_MS = 200;
const PATIENCE_MS = 600_000;
const SIGNED = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;

let folder: string;
let programs: { readonly api: Program; readonly client: Program };
let hooks: WebhookServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-automated-'));
  programs = {
    api: compileProgram('test/deploy/automated-api-program.ts'),
    client: compileProgram('test/deploy/automated-client-program.ts'),
  };
  hooks = await startWebhookServer();
});
afterEach(async () => {
  await programs.api.remove();
  await programs.client.remove();
  await hooks.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything in seconds; the old secret is kept while somebody uses it. */
const POLICY = `
policy: hasty
schedule: { every: 4s, mode: after, deliver: destinations }
overlap: { soft: 1s, hard: 2s, at_hard: hold }
evidence: { undo: 0s }
notify: { channels: [pager] }
`;

function options() {
  writeFileSync(join(folder, 'address'), hooks.url);
  writeFileSync(join(folder, 'signs'), SIGNED);
  const file = (name: string) => ({ file: join(folder, name) });
  const pager = {
    kind: 'notice-webhook',
    address: file('address'),
    secret: file('signs'),
  } as const;
  return {
    database: `sqlite:${join(folder, 'keyturn.db')}`,
    destinations: { roots: [folder] },
    notices: { hosts: [new URL(hooks.url).host], connections: { pager } },
  };
}

interface Customer {
  readonly key: string;
  readonly file: string;
}

/** Keys of the policy, each in a dotenv file of its own. */
async function customersOf(keyturn: Keyturn, count: number): Promise<readonly Customer[]> {
  await keyturn.channels.create({ name: 'pager', kind: 'webhook', connection: 'pager' });
  await keyturn.policies.apply({ file: POLICY });
  const customers: Customer[] = [];
  for (let index = 0; index < count; index += 1) {
    const file = join(folder, `customer-${index}.env`);
    const made = await keyturn.keys.create({
      name: `Customer ${index}`,
      scopes: ['reports:read'],
      policy: 'hasty',
    });
    writeFileSync(file, `# Theirs.\nAPI_KEY=${made.plaintext}\n`);
    await keyturn.destinations.create({
      name: `customer-${index}`,
      key: made.key.id,
      kind: 'dotenv',
      settings: { path: file, variable: 'API_KEY' },
    });
    customers.push({ key: made.key.id, file });
  }
  return customers;
}

/** A process that comes, and is gone again. */
async function withKeyturn<T>(work: (keyturn: Keyturn) => Promise<T>): Promise<T> {
  const keyturn = await makeKeyturn(options(), { role: 'tool' });
  try {
    return await work(keyturn);
  } finally {
    await keyturn.close();
  }
}

function isOfLate({ text }: { readonly text: string }): boolean {
  return text.includes('"notice.stragglers"') && text.includes('"stage":"hard"');
}

/** What is said over is what came of it. */
async function ended(client: Started): Promise<{ readonly counts: object; readonly keys: number }> {
  client.say('over');
  return Object({ counts: {}, keys: 0, ...Object(await client.next()) });
}

async function rotationsOf(keyturn: Keyturn, state: string): Promise<number> {
  let count = 0;
  for await (const rotation of keyturn.rotations.list({ limit: 200 })) {
    if (rotation.state === state) count += 1;
  }
  return count;
}

/**
 * Runs, each left alone, or killed: somewhere between where it begins rotations and where one ends, or as
 * it has written a key into a file, and has yet to write down that it did.
 */
class Runs {
  diedCount = 0;
  readonly #shell: Shell;
  /** How long the last that was left alone has worked. */
  #workMs = 0;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  async next(killed: 'never' | 'somewhere' | 'writing'): Promise<void> {
    const running = this.#shell.start(['rotate', '--due']);
    const kill = () => running.child.kill('SIGKILL');
    const watched = killed === 'writing' ? watch(folder, isOfCustomer(kill)) : undefined;
    await running.said(/Due: /).catch(() => undefined);
    const begunAt = performance.now();
    if (killed === 'somewhere') {
      await setTimeout(Math.random() * this.#workMs);
      kill();
    }
    const code = await running.ended;
    watched?.close();
    if (code === null) this.diedCount += 1;
    else this.#workMs = performance.now() - begunAt;
  }
}

function isOfCustomer(told: () => void): (event: string, name: string | null) => void {
  return (_event, name) => {
    if (name !== null && /^customer-\d+\.env$/.test(name)) told();
  };
}

/** Some have to get somewhere. */
const KILLS = ['never', 'writing', 'somewhere'] as const;

describe('runs of rotate --due with nothing else that rotates between them', () => {
  test('rotate a hundred times under load though they are killed at random, and no request is refused', {
    timeout: PATIENCE_MS * scaled(1),
  }, async () => {
    const shell = new Shell(join(inject('builtPackage'), 'dist/cli/main.js'));
    onTestFinished(() => shell.remove());
    writeFileSync(shell.path('keyturn.config.json'), JSON.stringify(options()));
    const customers = await withKeyturn((keyturn) => customersOf(keyturn, KEYS));
    // It writes each use down before it answers, as what may be gone at any moment does.
    const guard = { ...options(), recording: 'write-through' };
    const api = programs.api.start(JSON.stringify(guard), 'guards');
    const { url } = { url: '', ...Object(await api.next()) };
    const clients = customers.map(({ file }) =>
      programs.client.start(url, file, 'API_KEY', 'reloads'),
    );
    const runs = new Runs(shell);
    let completed = 0;
    for (let run = 0; completed < ROTATIONS && run < MOST_RUNS; run += 1) {
      await runs.next(run < KILLED_OF_RUNS ? (KILLS[run % KILLS.length] ?? 'never') : 'never');
      await setTimeout(BETWEEN_MS);
      completed = await withKeyturn((keyturn) => rotationsOf(keyturn, 'completed'));
    }
    for (const client of clients) {
      const { counts, keys } = await ended(client);
      expect(Object.keys(counts), `${runs.diedCount} runs were killed`).toEqual(['200']);
      expect(keys).toBeGreaterThanOrEqual(2);
    }
    expect(runs.diedCount).toBeGreaterThan(0);
    expect(completed).toBeGreaterThanOrEqual(ROTATIONS);
    const chains = await withKeyturn((keyturn) => keyturn.events.verify());
    expect(chains.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe('keys that are rotated by themselves', () => {
  let keyturn: Keyturn;
  beforeEach(async () => {
    keyturn = await makeKeyturn(options(), { role: 'tool' });
  });
  afterEach(() => keyturn.close());

  async function clientsOf(count: number, how: 'reloads' | 'keeps'): Promise<readonly Started[]> {
    const customers = await customersOf(keyturn, count);
    const api = programs.api.start(JSON.stringify(options()));
    const { url } = { url: '', ...Object(await api.next()) };
    return customers.map(({ file }) => programs.client.start(url, file, 'API_KEY', how));
  }

  test('are rotated a hundred times under load, and no request is refused', {
    timeout: PATIENCE_MS,
  }, async () => {
    const clients = await clientsOf(KEYS, 'reloads');
    await expect
      .poll(() => rotationsOf(keyturn, 'completed'), { timeout: PATIENCE_MS, interval: 500 })
      .toBeGreaterThanOrEqual(ROTATIONS);
    for (const client of clients) {
      const { counts, keys } = await ended(client);
      expect(Object.keys(counts)).toEqual(['200']);
      expect(keys).toBeGreaterThanOrEqual(3);
    }
  });

  test('keep their old secret where a client never reloads, and operators are told who it is', {
    timeout: PATIENCE_MS,
  }, async () => {
    const clients = await clientsOf(2, 'keeps');
    const late = () => hooks.posts.filter(isOfLate);
    const named = () => new Set(late().flatMap(({ text }) => text.match(/Customer \d/g) ?? []));
    await expect
      .poll(() => named().size, { timeout: PATIENCE_MS, interval: 500 })
      .toBe(clients.length);
    await setTimeout(5_000); // Its time was over long ago, and it is not ended later either.
    for (const client of clients) {
      const { counts, keys } = await ended(client);
      expect(Object.keys(counts)).toEqual(['200']);
      expect(keys).toBe(1);
    }
    for (const { text } of late()) expect(text).toContain('127.0.0.0/24 · node');
    const { items } = await keyturn.rotations.list();
    expect(items).toHaveLength(clients.length);
    for (const rotation of items)
      expect(rotation).toMatchObject({ step: 'observe', state: 'waiting' });
  });
});
