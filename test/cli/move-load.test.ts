import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import { createDatabase, postgresOrSkip, type TestDatabase } from '../setup/postgres.js';
import { Shell } from './command-line.js';

// Clients check and change keys without pause while the database moves under their server.

const FILE = 'sqlite:./keyturn.db';
const LOCK = 7; // Of PostgreSQL: while the test has it, the copy stands still.
const MORE = 25; // Answers that show how a server goes on.
const WITHIN = { timeout: 20_000 };

let shell: Shell;
let database: TestDatabase;
let target: pg.Client;
beforeEach(async (ctx) => {
  postgresOrSkip(ctx);
  shell = new Shell();
  database = await createDatabase();
  await shell.run(['migrate', '--database', database.url]);
  target = new pg.Client({ connectionString: database.url });
  await target.connect();
});
afterEach(async () => {
  await target.end();
  await shell.remove();
  await database.drop();
});

test('a move takes no change, answers every check while it lasts, and loses nothing', async () => {
  const { url, root, live, revoked } = await served();
  const checks = new Load(async (turn) => {
    const [name, plaintext] = turn % 2 === 0 ? ['live', live] : ['revoked', revoked];
    const { status, said } = await ask(url, root, { path: '/v1/keys/verify', body: { plaintext } });
    return `${name} ${status === 200 ? ((said.valid ?? false) ? 'valid' : said.code) : status}`;
  });
  const written: string[] = [];
  const changes = new Load(async (turn) => {
    const name = `written ${turn}`;
    const { status, said } = await ask(url, root, { path: '/v1/keys', body: { name } });
    if (status === 201) written.push(name);
    return status === 201 ? 'done' : `${status} ${said.code}`;
  });
  await checks.more(MORE);
  await changes.more(MORE);

  await holdCopy();
  const moving = shell.start(['move', '--from', FILE, '--to', database.url, '--yes']);
  await changes.until('503 store_frozen');
  const readiness = async () => (await fetch(`${url}/readyz`)).json();
  await expect.poll(readiness, WITHIN).toMatchObject({ ready: true, code: 'store_frozen' });
  const [before, begun] = [written.length, checks.answers.length];
  await changes.more(MORE);
  await checks.more(MORE);
  expect(written.length).toBe(before);
  expect(new Set(checks.answers.slice(begun))).toEqual(new Set(['live valid', 'revoked revoked']));

  await target.query('select pg_advisory_unlock($1)', [LOCK]);
  expect(await moving.ended, moving.stderr()).toBe(0);
  // At the end a server says that it does not know, and never that a good key is none.
  for (const name of ['live', 'revoked']) await checks.until(`${name} 503`);
  await checks.more(MORE);
  await Promise.all([checks.end(), changes.end()]);
  const lastKnown = checks.answers.findLastIndex((answer) => !answer.endsWith(' 503'));
  const known = checks.answers.slice(0, lastKnown + 1);
  expect(known.filter((one) => one !== 'live valid' && one !== 'revoked revoked')).toEqual([]);

  // Every change that was answered is there, and none that was refused.
  const kept = await target.query("select name from keys where name like 'written %' order by id");
  expect(kept.rows.map(({ name }) => name)).toEqual(written);
  expect(written.length).toBeGreaterThan(MORE);
});

/** A server of the file, with a good key and one that is revoked. */
async function served() {
  const keyturn = await makeKeyturn(
    { database: `sqlite:${shell.path('keyturn.db')}` },
    { role: 'tool' },
  );
  const root = await keyturn.keys.create({ keyspace: 'keyturn', name: 'root', scopes: ['*'] });
  const [live, revoked] = [
    await keyturn.keys.create({ name: 'live' }),
    await keyturn.keys.create({ name: 'revoked' }),
  ];
  await keyturn.keys.revoke(revoked.key.id);
  await keyturn.close();
  const { url } = await shell.serve();
  return { url, root: root.plaintext, live: live.plaintext, revoked: revoked.plaintext };
}

/** The target waits before it takes the audit trail, which comes after the keys. */
async function holdCopy(): Promise<void> {
  await target.query('select pg_advisory_lock($1)', [LOCK]);
  await target.query(
    `create function hold() returns trigger language plpgsql as
       $$begin perform pg_advisory_xact_lock_shared(${LOCK}); return null; end$$`,
  );
  await target.query('create trigger hold before insert on events execute function hold()');
}

interface Said {
  readonly valid?: boolean;
  readonly code?: string;
}

async function ask(
  url: string,
  key: string,
  { path, body }: { readonly path: string; readonly body: object },
): Promise<{ readonly status: number; readonly said: Said }> {
  const headers = { 'x-api-key': key, 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, said: JSON.parse(await answer.text()) };
}

/** Asks again and again until it is told to end, and keeps what was answered, in order. */
class Load {
  readonly answers: string[] = [];
  readonly #running: Promise<void>;
  #isOver = false;

  constructor(askOnce: (turn: number) => Promise<string>) {
    this.#running = (async () => {
      for (let turn = 0; !this.#isOver; turn += 1) this.answers.push(await askOnce(turn));
    })();
    this.#running.catch(() => {}); // `end` tells it; a test that failed before has its own reason.
  }

  async more(count: number): Promise<void> {
    const wanted = this.answers.length + count;
    await expect.poll(() => this.answers.length, WITHIN).toBeGreaterThan(wanted);
  }

  async until(answer: string): Promise<void> {
    await expect.poll(() => this.answers.includes(answer), WITHIN).toBe(true);
  }

  end(): Promise<void> {
    this.#isOver = true;
    return this.#running;
  }
}
