import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemPorts } from '../../src/ports.js';
import type { StoreOptions } from '../../src/store/open.js';
import { inspectPostgres, migratePostgres, openPostgres } from '../../src/store/postgres/open.js';
import { createDatabase, postgresAbsence, type TestDatabase } from '../setup/postgres.js';
import { compileProgram, type Program } from '../setup/processes.js';
import { NEWEST, VERSIONS } from '../setup/schema.js';
import { inNewKeyspace } from './build.js';

describe.skipIf(postgresAbsence() !== undefined)('a PostgreSQL database', () => {
  let database: TestDatabase;
  let options: StoreOptions;
  beforeEach(async () => {
    database = await createDatabase();
    options = optionsFor(database.url);
    return () => database.drop();
  });

  test('is initialised by keyturn migrate and by nothing else', async () => {
    expect(await inspectPostgres(options)).toEqual({ kind: 'uninitialised' });
    await expect(openPostgres(options)).rejects.toMatchObject({
      code: 'schema_uninitialised',
      message: expect.stringContaining(`keyturn migrate --database ${database.url}`),
    });
    expect(await tablesOf(database.url)).toEqual([]);
    const done = await migratePostgres(options);
    expect(done.map(({ version }) => version)).toEqual(VERSIONS);
    expect(await migratePostgres(options)).toEqual([]);
    expect(await inspectPostgres(options)).toEqual({ kind: 'ready', version: NEWEST });
    await (await openPostgres(options)).close();
  });

  test('is refused when a newer Keyturn has migrated it, and is left as it is', async () => {
    await migratePostgres(options);
    await at(database.url, 'insert into keyturn_schema values (99, 99, 0)');
    for (const attempt of [openPostgres, migratePostgres]) {
      await expect(attempt(options)).rejects.toMatchObject({
        code: 'schema_newer',
        message: expect.stringContaining(`has schema 99; this Keyturn reads up to ${NEWEST}`),
      });
    }
    expect(await inspectPostgres(options)).toEqual({ kind: 'newer', version: 99, reads: NEWEST });
  });

  test('is refused when it is older than this Keyturn can read', async () => {
    await migratePostgres(options);
    await at(database.url, 'delete from keyturn_schema where version > 1');
    await at(database.url, 'update keyturn_schema set version = 0, readable_from = 0');
    await expect(openPostgres(options)).rejects.toMatchObject({
      code: 'schema_older',
      message: expect.stringContaining(`Run: keyturn migrate --database ${database.url}`),
    });
    expect(await inspectPostgres(options)).toEqual({ kind: 'older', version: 0, needs: NEWEST });
  });

  test('that was initialised and lost its tables is told so, and nothing is unknown', async () => {
    await migratePostgres(options);
    const store = await openPostgres(options);
    await at(database.url, 'drop schema public cascade; create schema public');
    await expect(store.listKeyspaces()).rejects.toMatchObject({ code: 'schema_uninitialised' });
    await store.close();
  });

  test('may hold two Keyturns, each in a schema of its own', async () => {
    await at(database.url, 'create schema first; create schema second');
    const inSchema = (name: string) =>
      optionsFor(`${database.url}?options=-csearch_path%3D${name}`);
    await migratePostgres(inSchema('first'));
    expect(await inspectPostgres(inSchema('second'))).toEqual({ kind: 'uninitialised' });
    expect(await migratePostgres(inSchema('second'))).toHaveLength(NEWEST);
    const [first, second] = [
      await openPostgres(inSchema('first')),
      await openPostgres(inSchema('second')),
    ];
    await inNewKeyspace(first);
    expect(await first.counts()).toMatchObject({ keyspaces: 1 });
    expect(await second.counts()).toMatchObject({ keyspaces: 0 });
    await first.close();
    await second.close();
  });

  test('that does not exist is told so', async () => {
    const missing = optionsFor(`${database.url}_missing`);
    await expect(openPostgres(missing)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('Create it (createdb), then run keyturn migrate.'),
    });
  });

  describe('migrated by ten processes at once', () => {
    let program: Program;
    beforeAll(() => {
      program = compileProgram('test/crash/store-program.ts');
    });
    afterAll(() => program.remove());

    test('is migrated once', async () => {
      const migrators = Array.from({ length: 10 }, () => program.start('migrate', database.url));
      for (const migrator of migrators) expect(await migrator.next()).toBe('ready');
      for (const migrator of migrators) migrator.say('go');
      const done = await Promise.all(migrators.map((migrator) => migrator.next()));
      const nothing = Array.from({ length: 9 }, () => []);
      expect(done.toSorted((left, right) => String(left).localeCompare(String(right)))).toEqual([
        ...nothing,
        VERSIONS,
      ]);
      await (await openPostgres(options)).close();
    });
  });
});

test.each(['postgres//user:canary@host', 'http://user:canary@host/db', 'postgres://user:ca nary@'])(
  'an address that is none of PostgreSQL is refused without being repeated',
  async (url) => {
    const refused = openPostgres(optionsFor(url));
    await expect(refused).rejects.toMatchObject({ code: 'config_invalid' });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringMatching(/ca ?nary/) });
  },
);

function optionsFor(url: string): StoreOptions {
  return { url, role: 'tool', ports: systemPorts() };
}

async function tablesOf(url: string): Promise<readonly unknown[]> {
  return at(url, "select tablename from pg_tables where schemaname = 'public'");
}

async function at(url: string, statement: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
