import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { Agent, get } from 'node:http';
import { finished } from 'node:stream/promises';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requireKey } from '../../../src/guards/express.js';
import { createKeyturn } from '../../../src/index.js';
import type { Keyturn } from '../../../src/public.js';
import type { ImportReport } from '../../../src/views.js';
import { type Host, listen } from '../../guards/hosts.js';
import { scaled } from '../../setup/scale.js';
import { Shell } from '../command-line.js';

const FULL_SCALE = 50;
const CLIENTS = scaled(1) >= FULL_SCALE ? 100_000 : 500;
const AT_ONCE = 32;
const IMPORT = ['key', 'import', 'keys.csv', '--from', 'drf', '--json'];

/** A client of the API that was there before, with its key. */
interface Client {
  readonly key: string;
  readonly isGood: boolean;
}

let shell: Shell;
let keyturn: Keyturn;
let clients: readonly Client[];
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
beforeAll(async () => {
  shell = new Shell();
  clients = Array.from({ length: CLIENTS }, (_none, index) => clientOf(index));
  await writeTable(shell.path('keys.csv'), clients);
});
afterAll(async () => {
  agent.destroy();
  await keyturn.close();
  await shell.remove();
});

test(`${CLIENTS} clients of a djangorestframework-api-key are switched, and none has to change`, async () => {
  const created = await imported();
  expect(created).toEqual({ ...NOTHING, rows: CLIENTS, created: CLIENTS });
  keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });

  await keyturn.open(); // Else the first thousands would come before there is where to count them.

  // The old check decides, and Keyturn is compared with it.
  const good = new Set(clients.filter(({ isGood }) => isGood).map(({ key }) => `Api-Key ${key}`));
  const ask = ({ headers }: express.Request) => good.has(headers.authorization ?? '');
  const before = await serve({ shadow: { ask } });
  expect(await wrongly(before, 403)).toEqual([]);
  await before.close();
  await keyturn.close(); // What was compared is written.
  keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  expect(await keyturn.keys.importReport()).toMatchObject({
    isSafe: true,
    checks: { agreed: CLIENTS, disagreed: 0, undecided: 0, unasked: 0, skipped: 0 },
    disagreements: 0,
  });
  expect(await usesOf()).toEqual({});

  // Then Keyturn decides, and each old key works as it did.
  const after = await serve({});
  expect(await wrongly(after, 401)).toEqual([]);

  // The second import, beside the server, changes nothing.
  const again = await imported();
  expect(again).toEqual({ ...NOTHING, rows: CLIENTS, unchanged: CLIENTS });
  await after.close();
  await keyturn.close();
  keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  const { revoked, expired } = countsOf(clients.length);
  expect(await usesOf()).toEqual({ valid: CLIENTS - revoked - expired, revoked, expired });
});

const NOTHING = { rows: 0, created: 0, unchanged: 0, differs: 0, refused: 0, reissue: 0 };

/** One in a hundred was revoked, and one has expired. */
function stateOf(index: number): 'good' | 'revoked' | 'expired' {
  if (index % 100 === 7) return 'revoked';
  return index % 100 === 8 ? 'expired' : 'good';
}

function countsOf(count: number) {
  const states = Array.from({ length: count }, (_none, index) => stateOf(index));
  const of = (state: string) => states.filter((one) => one === state).length;
  return { revoked: of('revoked'), expired: of('expired') };
}

function clientOf(index: number): Client {
  const text = createHash('sha256').update(`client ${index}`).digest('hex');
  return { key: `${text.slice(0, 8)}.${text.slice(8, 40)}`, isGood: stateOf(index) === 'good' };
}

/** The package's table, as a database writes it. */
async function writeTable(path: string, all: readonly Client[]): Promise<void> {
  const file = createWriteStream(path);
  file.write('id,prefix,hashed_key,name,created,expiry_date,revoked\n');
  for (const [index, { key }] of all.entries()) {
    const prefix = key.slice(0, 8);
    const hash = `sha512$$${createHash('sha512').update(key).digest('hex')}`;
    const state = stateOf(index);
    const expiry = state === 'expired' ? '2026-01-31 09:00:00.000000' : '';
    const row = [`${prefix}.${hash}`, prefix, hash, `client ${index}`];
    const line = [...row, '2025-05-16 11:59:58.876544', expiry, state === 'revoked' ? 1 : 0];
    if (!file.write(`${line.join(',')}\n`)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

async function imported(): Promise<ImportReport['totals']> {
  const ran = await shell.process(IMPORT);
  expect(ran).toMatchObject({ exit: 0 });
  const { totals }: ImportReport = JSON.parse(ran.stdout);
  return totals;
}

function serve(options: Parameters<typeof requireKey>[1]): Promise<Host> {
  const app = express();
  app.get('/projects', requireKey(keyturn, options), (_req, res) => {
    res.json({ projects: [] });
  });
  return listen(app);
}

/** The first clients that were answered otherwise than before. */
async function wrongly(host: Host, refusal: number): Promise<readonly string[]> {
  const wrong: string[] = [];
  const left = clients.values();
  const work = async () => {
    for (const { key, isGood } of left) {
      const status = await statusOf(`${host.url}/projects`, key);
      if (status !== (isGood ? 200 : refusal)) wrong.push(`${key} ${status}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return wrong.slice(0, 10);
}

async function statusOf(url: string, key: string): Promise<number | undefined> {
  const request = get(url, { agent, headers: { authorization: `Api-Key ${key}` } });
  const [response] = await once(request, 'response');
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

async function usesOf(): Promise<Readonly<Record<string, number>>> {
  const { items } = await keyturn.usage.list({ by: 'total', per: 'day' });
  const sums: Record<string, number> = {};
  for (const { outcomes } of items) {
    for (const [outcome, count] of Object.entries(outcomes)) {
      sums[outcome] = (sums[outcome] ?? 0) + count;
    }
  }
  return sums;
}
