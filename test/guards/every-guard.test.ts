import { describe, expect, onTestFinished, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import type { Host } from './hosts.js';
import { asked, type Keys, type Row, rows, tableKeyturn } from './request-table.js';
import { type GuardedServer, servers } from './servers.js';

// Of the connection and the moment; the id is another one each time, so that the rest is the same.
const NOT_COMPARED = ['connection', 'date', 'keep-alive', 'request-id'];
const TRIES_AT_ONCE = 100; // As in src/verify/budget.ts.
const REQUEST_ID = /^[0-9a-f]{32}$/;

/** An answer in the parts that every guard has to give alike. */
interface Answer {
  readonly status: number;
  /** Names and values, by name; one that was sent twice stands twice. */
  readonly headers: readonly string[];
  readonly body: string;
}

type Refusal = 'problem' | 'drf';

const [first = notThere(), ...others] = servers;

test('the table has forty requests, and more', () => {
  expect(rows.length).toBeGreaterThanOrEqual(40);
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

test.each(rows)('a guard answers $name with what the table says', async (row) => {
  const answer = (await reference())[rows.indexOf(row)];
  expect(answer?.status).toBe(row.status);
  if (row.method === 'HEAD') expect(answer?.body).toBe('');
  else if (row.code !== undefined)
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: row.code });
});

test('answers 429 and 503 come about, with when to try again', async () => {
  const answers = await answersUnderStress(first);
  expect(answers.map(({ status }) => status)).toEqual([429, 503]);
  for (const { headers } of answers) {
    expect(headers).toContainEqual(expect.stringMatching(/^retry-after: \d+$/));
  }
});

describe.each(others)('the guard of $name', (server) => {
  test('answers 429 and 503 byte for byte as that of Express does', async () => {
    expect(await answersUnderStress(server)).toEqual(await answersUnderStress(first));
  });

  test('answers every request of the table byte for byte as that of Express does', async () => {
    const wanted = await reference();
    const found = await answersOf(server);
    for (const [index, { name }] of rows.entries()) {
      expect({ name, ...found[index] }).toEqual({ name, ...wanted[index] });
    }
  });

  test('answers them alike in the form of Django REST framework', async () => {
    const wanted = await reference('drf');
    const found = await answersOf(server, 'drf');
    expect(found).toEqual(wanted);
  });
});

const references = new Map<Refusal, Promise<readonly Answer[]>>();

/** What Express's guard answers, asked once. */
function reference(refusal: Refusal = 'problem'): Promise<readonly Answer[]> {
  const answers = references.get(refusal) ?? answersOf(first, refusal);
  references.set(refusal, answers);
  return answers;
}

async function answersOf(
  { start }: Pick<GuardedServer, 'start'>,
  refusal: Refusal = 'problem',
): Promise<readonly Answer[]> {
  const { keyturn, keys } = await tableKeyturn();
  const host = await start(keyturn, { ...asked, refusal });
  onTestFinished(() => host.close());
  const answers: Answer[] = [];
  for (const row of rows) answers.push(await ask(host, row, keys));
  return answers;
}

/** What no request brings about by itself: too many unknown keys, and a database that is away. */
async function answersUnderStress({ start }: Pick<GuardedServer, 'start'>) {
  const basePath = '/keyturn';
  const flooded = await startKeyturn({ basePath });
  const database = 'sqlite:/nonexistent/folder/keyturn.db';
  const away = await createKeyturn({ database, basePath });
  onTestFinished(() => away.close());
  const others = await startKeyturn(); // Its keys are unknown elsewhere.
  const plaintexts = await Promise.all(
    Array.from({ length: TRIES_AT_ONCE + 1 }, () => plaintextOf(others)),
  );
  for (const plaintext of plaintexts.slice(1)) {
    await flooded.verify({ plaintext, address: '127.0.0.1' });
  }
  const answers: Answer[] = [];
  for (const keyturn of [flooded, away]) {
    const host = await start(keyturn);
    onTestFinished(() => host.close());
    const head = ['GET /reports/7 HTTP/1.1', 'Host: a', `X-API-Key: ${plaintexts[0]}`];
    answers.push(parsed(await host.raw(...head)));
  }
  return answers;
}

async function ask(host: Host, row: Row, keys: Keys): Promise<Answer> {
  const { method = 'GET', target = () => '/reports/7', headers = () => [] } = row;
  const length = method === 'POST' ? ['Content-Length: 0'] : [];
  const head = [`${method} ${target(keys)} HTTP/1.1`, 'Host: a', ...length, ...headers(keys)];
  return parsed(await host.raw(...head));
}

function parsed(bytes: string): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [start = '', ...lines] = bytes.slice(0, end).split('\r\n');
  const fields = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const status = Number(start.split(' ')[1]);
  const id = fields.find(([name]) => name === 'request-id')?.[1];
  if (status >= 400) expect(id).toMatch(REQUEST_ID);
  const kept = fields.filter(([name]) => !NOT_COMPARED.includes(name));
  const headers = kept.map(([name, value]) => `${name}: ${value}`).toSorted();
  return { status, headers, body: bytes.slice(end + 4) };
}

function notThere(): never {
  throw new Error('There is no guard.');
}
