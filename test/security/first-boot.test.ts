import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { routes } from '../../src/http/routes.js';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { Shell, textAt } from '../cli/command-line.js';

const LINK = /Set up .*: (\S+)/;
/** What products like this one have been shipped with, and what people try. */
const usualKeys = [
  ...['admin', 'password', 'changeme', 'secret', 'root', 'keyturn', 'test', 'null', 'undefined'],
  'edd1c9f034335f136f87ad84b625c8f1', // Apache APISIX, CVE-2020-13945.
  ...['kt_live_', 'kt_test_'].map((start) => start + '0'.repeat(38)),
  'kt_live_000000000000000000000000000000003icPOI',
];

const shells: Shell[] = [];
afterEach(async () => {
  for (const shell of shells.splice(0)) await shell.remove();
});

/** A new installation, in a folder of its own, as one command starts it. */
async function boot(args: readonly string[] = []) {
  const shell = new Shell();
  shells.push(shell);
  return { shell, ...(await shell.serve(args)) };
}

type Booted = Awaited<ReturnType<typeof boot>>;

function linkOf(server: Pick<Booted, 'stdout'>): string {
  const link = LINK.exec(server.stdout())?.[1];
  if (link === undefined) throw new Error(`No set-up link: ${server.stdout()}`);
  return link;
}

/** Uses a link's token at a server. */
function redeem(server: Pick<Booted, 'url'>, link: string): Promise<Response> {
  return fetch(`${server.url}/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: new URL(link).hash.slice(1) }),
  });
}

async function rootKeyBy(server: Pick<Booted, 'url'>, link: string): Promise<string> {
  const answer = await redeem(server, link);
  expect(answer.status).toBe(201);
  return textAt(await answer.json(), 'plaintext');
}

async function statusWith(server: Pick<Booted, 'url'>, key: string): Promise<number> {
  return (await fetch(`${server.url}/v1/keys`, { headers: { 'x-api-key': key } })).status;
}

/** Every text in every row of a server's database, by table. */
async function textsIn({ shell }: Booted): Promise<ReadonlyMap<string, readonly string[]>> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(shell.path('keyturn.db'));
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'");
    const texts = new Map<string, readonly string[]>();
    for (const { name } of tables.all<{ readonly name: string }>()) {
      const rows = database.prepare(`select * from ${name}`).all<Record<string, unknown>>();
      const values = rows.flatMap((row) => Object.values(row));
      texts.set(
        name,
        values.filter((value) => typeof value === 'string'),
      );
    }
    return texts;
  } finally {
    database.close();
  }
}

/** Ids, digests and hashes: what must be of this one installation. */
function uniqueIn(texts: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const all = [...texts.values()].flat();
  return new Set(all.filter((text) => /^(?:[a-z]+_[0-9a-z]{26}|[\w-]{43})$/.test(text)));
}

function accepts(url: string, host: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), host);
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

test('security 30: two new servers share no id, no key and no link', async () => {
  const [one, other] = await Promise.all([boot(), boot()]);
  const [link, otherLink] = [linkOf(one), linkOf(other)];
  expect(new URL(link).hash).not.toBe(new URL(otherLink).hash);
  expect((await redeem(one, otherLink)).status).toBe(403);
  expect((await redeem(other, link)).status).toBe(403);

  const [root, otherRoot] = [await rootKeyBy(one, link), await rootKeyBy(other, otherLink)];
  expect(await statusWith(one, root)).toBe(200);
  expect(await statusWith(other, root)).toBe(401);
  expect(await statusWith(one, otherRoot)).toBe(401);

  const [own, others] = [uniqueIn(await textsIn(one)), uniqueIn(await textsIn(other))];
  expect(own.size).toBeGreaterThan(12);
  expect([...own].filter((text) => others.has(text))).toEqual([]);
});

test('security 30: a new server has no key, and nothing that is usual opens it', async () => {
  const server = await boot();
  const texts = await textsIn(server);
  for (const table of ['keys', 'secrets', 'owners']) expect(texts.get(table)).toEqual([]);
  expect(texts.get('setup_links')).toHaveLength(1);
  for (const { method, path } of routes.filter(({ access }) => access !== 'public')) {
    const as = method === 'ANY' ? 'GET' : method;
    const answer = await fetch(server.url + path.replace(/\{\w+\}/, 'x'), { method: as });
    expect(answer.status, `${as} ${path}`).toBe(401);
  }
  await expectRefused(server);
  for (const token of ['', 'admin', '0'.repeat(43), 'A'.repeat(43)]) {
    const { status } = await redeem(server, `http://h/setup#${token}`);
    expect(status).toBeOneOf([400, 403]);
  }
  await rootKeyBy(server, linkOf(server));
  await expectRefused(server);
});

async function expectRefused(server: Booted): Promise<void> {
  for (const key of usualKeys) expect(await statusWith(server, key), key).toBe(401);
  for (const pair of ['admin:admin', 'admin:', 'root:root', 'keyturn:keyturn']) {
    const authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    const answer = await fetch(`${server.url}/v1/keys`, { headers: { authorization } });
    expect(answer.status, pair).toBe(401);
  }
}

test('security 30: a set-up link works once, however many use it at once', async () => {
  const server = await boot();
  const link = linkOf(server);
  const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(server, link)));
  const statuses = answers.map(({ status }) => status).toSorted();
  expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 403)]);
  const texts = await textsIn(server);
  expect(texts.get('setup_links')).toEqual([]);
  expect(texts.get('events')?.filter((text) => text === 'setup.link_used')).toHaveLength(1);
});

test('security 30: each start has a link of its own, and none is left of use after the first', async () => {
  const first = await boot();
  const early = linkOf(first);
  expect(await first.stop()).toBe(0);
  const second = await first.shell.serve();
  const late = linkOf(second);
  expect(new URL(late).hash).not.toBe(new URL(early).hash);
  await rootKeyBy(second, late);
  expect((await redeem(second, early)).status).toBe(403);
  expect((await redeem(second, late)).status).toBe(403);
  expect(await second.stop()).toBe(0);
  const third = await first.shell.serve();
  expect(third.stdout()).not.toMatch(LINK);
});

test('security 30: a server listens on 127.0.0.1, and on no other address of the machine', async () => {
  const [server, everywhere] = await Promise.all([boot(), boot(['--host', '0.0.0.0'])]);
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const others = ['127.0.0.2', ...own.map(({ address }) => address)].filter(
    (address) => address !== '127.0.0.1',
  );
  const reachable: string[] = [];
  for (const address of others) {
    if (await accepts(everywhere.url, address)) reachable.push(address);
    expect(await accepts(server.url, address), address).toBe(false);
  }
  expect(reachable.length, 'some address shows the difference').toBeGreaterThan(0);
  expect(await accepts(server.url, '127.0.0.1')).toBe(true);
});
