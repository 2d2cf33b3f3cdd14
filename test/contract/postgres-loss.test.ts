import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { chainStart, verifyEvents } from '../../src/audit/chain.js';
import type { KeyspaceId } from '../../src/keys/id.js';
import { systemPorts } from '../../src/ports.js';
import type { Change } from '../../src/store/change.js';
import type { StoreOptions } from '../../src/store/open.js';
import { migratePostgres, openPostgres } from '../../src/store/postgres/open.js';
import type { Store } from '../../src/store/store.js';
import { createDatabase, postgresAbsence, type TestDatabase } from '../setup/postgres.js';
import { type ServerProxy, startProxy } from '../setup/proxy.js';
import { aChange, aDigest, aKeyFilter, done, inNewKeyspace } from './build.js';
import { aBatch, aCount } from './usage-build.js';

const BOUND = { timeout: 20_000, interval: 20 };
const UNAVAILABLE = { code: 'store_unavailable' };

describe.skipIf(postgresAbsence() !== undefined)('PostgreSQL', () => {
  let database: TestDatabase;
  let proxy: ServerProxy;
  let store: Store;
  let keyspaceId: KeyspaceId;
  beforeAll(async () => {
    database = await createDatabase();
    proxy = await startProxy(database.url);
    await migratePostgres(optionsFor(database.url));
    store = await openPostgres(optionsFor(proxy.url));
    keyspaceId = await inNewKeyspace(store);
  });
  afterEach(() => proxy.mend());
  afterAll(async () => {
    await store.close();
    await proxy.close();
    await database.drop();
  });

  test('away at the start is told, without the password, and can be opened later', async () => {
    proxy.cut();
    const withPassword = proxy.url.replace('@', ':canary-password@');
    const refused = openPostgres(optionsFor(withPassword));
    const { username, host, pathname } = new URL(proxy.url);
    await expect(refused).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining(
        `PostgreSQL at postgres://${username}@${host}${pathname} gives no answer`,
      ),
    });
    await expect(refused).rejects.not.toMatchObject({
      message: expect.stringContaining('canary'),
    });
    proxy.mend();
    await (await openPostgres(optionsFor(withPassword))).close();
  });

  test('taking no connections is told with its own reason, and can be opened later', async () => {
    onTestFinished(() => database.letIn(true));
    await database.letIn(false);
    await expect(openPostgres(optionsFor(database.url))).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining('is not currently accepting connections'),
    });
    await database.letIn(true);
    await (await openPostgres(optionsFor(database.url))).close();
  });

  test('lost in the middle fails every call, and serves again when it is back', async () => {
    proxy.cut();
    const calls = [
      store.findByDigest(aDigest()),
      store.listKeys(aKeyFilter(keyspaceId)),
      store.commit(aChange(keyspaceId, [])),
      store.recordUsage(aBatch([aCount(keyspaceId, { outcome: 'missing' })])),
      store.changesSince(0, 10),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject(UNAVAILABLE);
    proxy.mend();
    await done(store, aChange(keyspaceId, []));
    expect(await store.findByDigest(aDigest())).toBeUndefined();
  });

  test('ending its connections under way loses no change that was answered', async () => {
    const changes = Array.from({ length: 60 }, () => aChange(keyspaceId, []));
    const under = changes.map((change, index) => {
      if (index % 20 === 10) return terminateAll(database.url).then(() => undefined);
      return store.commit(change).catch((fault: unknown) => {
        expect(fault).toMatchObject(UNAVAILABLE);
      });
    });
    const answers = await Promise.all(under);
    for (const [index, change] of changes.entries()) {
      const again = await untilAnswered(store, change);
      expect(again).toMatchObject({ ok: true });
      if (answers[index] !== undefined) expect(again).toEqual(answers[index]);
    }
    await expectChain(store, keyspaceId);
  });

  test('a commit whose answer is lost is made once, however often it is repeated', async () => {
    const change = aChange(keyspaceId, []);
    const before = await store.counts();
    proxy.loseCommits();
    await expect(store.commit(change)).rejects.toMatchObject(UNAVAILABLE);
    proxy.mend();
    const { events } = await store.counts();
    expect(events).toBe(before.events + 1);
    const { head } = await store.changesSince(0, 1);
    expect(await store.commit(change)).toEqual({ ok: true, sequence: head });
    expect(await store.counts()).toMatchObject({ events });
  });

  test('a flush whose answer is lost is counted once, however often it is repeated', async () => {
    const own = await inNewKeyspace(store);
    const batch = aBatch([aCount(own, { outcome: 'missing', count: 3 })]);
    proxy.loseCommits();
    await expect(store.recordUsage(batch)).rejects.toMatchObject(UNAVAILABLE);
    proxy.mend();
    await store.recordUsage(batch);
    const query = { within: [own], fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 10 } as const;
    const rows = await store.usage({ ...query, per: 'day', by: 'total', after: null });
    expect(rows).toMatchObject([{ outcomes: { missing: 3 } }]);
  });

  test('lost and found again wakes who listens', async () => {
    const wake = vi.fn();
    const stop = store.onWake(wake);
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), BOUND);
    proxy.cut();
    await expect(store.counts()).rejects.toMatchObject(UNAVAILABLE);
    wake.mockClear();
    proxy.mend();
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), BOUND);
    const other = await openPostgres(optionsFor(database.url));
    wake.mockClear();
    await done(other, aChange(keyspaceId, []));
    await vi.waitFor(() => expect(wake).toHaveBeenCalled(), BOUND);
    await other.close();
    stop();
  });

  test('that only reads is told so on a change, and goes on answering', async () => {
    await atDatabase(
      database.url,
      `alter database ${nameOf(database)} set default_transaction_read_only = on`,
    );
    const reader = await openPostgres(optionsFor(database.url));
    const change = aChange(keyspaceId, []);
    await expect(reader.commit(change)).rejects.toMatchObject({
      code: 'store_unwritable',
      message: expect.stringContaining('Give the address of the primary.'),
    });
    expect(await reader.chainHead(keyspaceId)).toEqual(await store.chainHead(keyspaceId));
    await atDatabase(
      database.url,
      'set default_transaction_read_only = off',
      `alter database ${nameOf(database)} reset default_transaction_read_only`,
    );
    // A connection that could not write is dropped, so that soon a new one can.
    expect(await untilAnswered(reader, change)).toMatchObject({ ok: true });
    await reader.close();
  });

  test('a pooler in front needs no prepared statements and no settings', async () => {
    const pooled = await openPostgres(optionsFor(`${database.url}?prepare=false`));
    expect(await pooled.findByDigest(aDigest())).toBeUndefined();
    const left = await atDatabase(
      database.url,
      "select 1 from pg_stat_activity where query like '%pg_prepared%' and pid <> pg_backend_pid()",
    );
    expect(left).toEqual([]);
    await pooled.close();
  });

  async function untilAnswered(from: Store, change: Change) {
    return vi.waitFor(() => from.commit(change), BOUND);
  }
});

function optionsFor(url: string): StoreOptions {
  return { url, role: 'tool', ports: systemPorts() };
}

function nameOf(database: TestDatabase): string {
  return new URL(database.url).pathname.slice(1);
}

async function expectChain(store: Store, keyspaceId: KeyspaceId): Promise<void> {
  const filter = { within: [keyspaceId], limit: 200, order: 'oldest' } as const;
  const events = await store.listEvents(filter);
  const head = await store.chainHead(keyspaceId);
  expect(verifyEvents(events, chainStart(keyspaceId))).toEqual({ ok: true, head });
}

async function terminateAll(url: string): Promise<void> {
  await atDatabase(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'keyturn'`,
  );
}

async function atDatabase(url: string, ...statements: readonly string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
