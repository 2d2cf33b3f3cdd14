import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import {
  createDatabase,
  postgresAbsence,
  postgresOrSkip,
  type TestDatabase,
} from '../setup/postgres.js';
import { Shell, textAt } from './command-line.js';

/** What every database begins with. */
const FIRST = [expect.objectContaining({ version: 1 })];

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

/** The lines of `doctor --json`, by name. */
async function doctor(...args: readonly string[]) {
  const ran = await shell.run(['doctor', '--json', ...args]);
  const report = ran.json();
  const checks: Record<string, string> = {};
  for (let index = 0; index < 20; index += 1) {
    try {
      checks[textAt(report, 'checks', index, 'name')] = textAt(report, 'checks', index, 'status');
    } catch {
      break;
    }
  }
  return { ...ran, checks };
}

describe('on SQLite', () => {
  test('init makes a private file and says the commands that come next', async () => {
    const ran = await shell.run(['init', '--write-config']);
    expect(ran.exit).toBe(0);
    expect(ran.stderr).toContain('keyturn.db is ready, and new');
    const next = ran.stdout.trim().split('\n');
    expect(next).toContainEqual(expect.stringContaining('keyturn key create'));
    expect(statSync(shell.path('keyturn.db')).mode & 0o777).toBe(0o600);
    expect(readFileSync(shell.path('keyturn.config.mjs'), 'utf8')).toContain('// port: 8787');
    // What it wrote is a configuration that works, and it never overwrites one.
    expect(await shell.json(['config', 'print'])).toMatchObject({ port: { origin: 'default' } });
    expect(await shell.run(['init', '--write-config'])).toMatchObject({ exit: 2 });
    expect(await shell.json(['init'])).toMatchObject({ created: false, configFile: null });
  });

  test('migrate does nothing to a file that is up to date, and says so', async () => {
    const fresh = ['--database', './migrated.db'];
    const plan = await shell.json(['migrate', '--dry-run', ...fresh]);
    expect(plan).toMatchObject({
      plan: {
        schema: { kind: 'uninitialised' },
        pending: expect.arrayContaining(FIRST),
        instances: [],
      },
    });
    expect(existsSync(shell.path('migrated.db'))).toBe(false);
    const done = await shell.json(['migrate', ...fresh]);
    expect(done).toMatchObject({ applied: expect.arrayContaining(FIRST) });
    const again = await shell.run(['migrate', ...fresh]);
    expect(again.stderr).toContain('is up to date.');
    expect((await shell.run(['migrate', '--dry-run', ...fresh])).stdout).toContain(
      'Nothing would be',
    );
  });

  test('doctor finds a sound installation sound', async () => {
    const { exit, checks } = await doctor('--database', './migrated.db');
    expect(exit).toBe(0);
    expect(Object.keys(checks)).toEqual([
      ...['config', 'node', 'driver', 'folder', 'file', 'disk', 'lock'],
      ...['database', 'schema', 'writes', 'clock', 'instances', 'mode', 'epoch'],
    ]);
    expect(new Set(Object.values(checks))).toEqual(new Set(['ok']));
    const spoken = await shell.run(['doctor', '--database', './migrated.db']);
    expect(spoken.stdout).toMatch(/^ok {4}config/);
    expect((await doctor('--database', './not-there-yet.db')).exit).toBe(0);
    expect(existsSync(shell.path('not-there-yet.db'))).toBe(false);
  });

  test('doctor sees that another program holds the file locked', async () => {
    const { DatabaseSync } = await loadDriver();
    const other = new DatabaseSync(shell.path('migrated.db'));
    onTestFinished(() => other.close());
    other.exec('begin immediate');
    const locked = await shell.run(['doctor', '--database', './migrated.db']);
    expect(locked.exit).toBe(3);
    expect(locked.stdout).toMatch(
      /^fail {2}writes {5}Another program holds the file locked.*lsof/m,
    );
    expect(locked.stderr).toMatch(/Next: .*lsof/);
    other.exec('rollback');
    expect(await doctor('--database', './migrated.db')).toMatchObject({
      exit: 0,
      checks: { writes: 'ok' },
    });
  });

  test('doctor ends with what every command ends with', async () => {
    writeFileSync(shell.path('damaged.db'), 'this is no database, but a text\n'.repeat(9));
    await shell.run(['migrate', '--database', './newer.db']);
    const { DatabaseSync } = await loadDriver();
    const newer = new DatabaseSync(shell.path('newer.db'));
    newer.exec('insert into keyturn_schema values (99, 99, 0)');
    newer.close();
    for (const { database, env = {}, exit } of [
      { database: './migrated.db', exit: 0 },
      { database: './migrated.db', env: { KEYTURN_PORT: 'x' }, exit: 2 },
      { database: 'nothing://', exit: 2 },
      { database: './none/a.db', exit: 3 },
      { database: './newer.db', exit: 3 },
      { database: 'postgres://nobody@127.0.0.1:1/none', exit: 3 },
      { database: './damaged.db', exit: 4 },
    ]) {
      for (const command of ['doctor', 'init', 'key list']) {
        const ran = await shell.run([...command.split(' '), '--database', database], { env });
        expect([command, database, ran.exit]).toEqual([command, database, exit]);
      }
    }
  });

  test('doctor says what is wrong and what to do', async () => {
    chmodSync(shell.path('migrated.db'), 0o644);
    const open = await shell.run(['doctor', '--database', './migrated.db']);
    expect(open.exit).toBe(0);
    expect(open.stdout).toMatch(/warn {2}file .*chmod 600/);

    const folder = await shell.run(['doctor', '--database', './none/a.db']);
    expect(folder.exit).toBe(3);
    expect(folder.stdout).toMatch(/fail {2}folder .*mkdir -p/);
    expect(folder.stderr).toMatch(/Next: mkdir -p/);

    writeFileSync(
      shell.path('text.db'),
      'this is no database, but a text of some length\n'.repeat(9),
    );
    const corrupt = await doctor('--database', './text.db');
    expect(corrupt).toMatchObject({ exit: 4, checks: { database: 'fail' } });

    const config = await shell.run(['doctor', '--json'], { env: { KEYTURN_PORT: 'x' } });
    expect(config.exit).toBe(2);
    expect(config.json()).toMatchObject({
      ok: false,
      checks: [{ name: 'config', status: 'fail', code: 'config_invalid' }],
    });
    const exposed = await doctor('--database', './migrated.db', '--host', '0.0.0.0');
    expect(exposed.checks).toMatchObject({ config: 'warn' });
  });
});

describe('on PostgreSQL', () => {
  async function atDatabase(...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: database?.url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  let database: TestDatabase | undefined;
  let where: readonly string[];
  beforeAll(async () => {
    if (postgresAbsence() !== undefined) return;
    database = await createDatabase();
    where = ['--database', database.url];
  });
  beforeEach(postgresOrSkip);
  afterAll(() => database?.drop());

  test('nothing but migrate initialises it, and every command says so', async () => {
    for (const command of [['init'], ['key', 'list'], ['serve', '--port', '0']]) {
      const ran = await shell.run([...command, ...where]);
      expect(ran.exit).toBe(3);
      expect(ran.stderr).toContain('Next: keyturn migrate --database postgres');
    }
    // The help says so, too: its name alone promises more.
    expect((await shell.run(['init', '--help'])).stdout).toContain('a PostgreSQL: migrate');
    expect(await doctor(...where)).toMatchObject({ exit: 3, checks: { schema: 'fail' } });
    expect(await shell.run(['migrate', '--dry-run', ...where])).toMatchObject({ exit: 0 });
    expect(await shell.run(['key', 'list', ...where])).toMatchObject({ exit: 3 });
    expect(await shell.json(['migrate', ...where])).toMatchObject({
      applied: expect.arrayContaining(FIRST),
    });
    expect(await shell.json(['migrate', ...where])).toMatchObject({ applied: [] });
    expect(await shell.json(['init', ...where])).toMatchObject({ created: false });
    expect(await doctor(...where)).toMatchObject({ exit: 0, checks: { clock: 'ok' } });
  });

  test('doctor sees that no change can be made, though everything can be read', async () => {
    const name = new URL(database?.url ?? '').pathname.slice(1);
    await atDatabase(`alter database ${name} set default_transaction_read_only = on`);
    const reader = await shell.run(['doctor', ...where]);
    expect(reader.exit).toBe(3);
    expect(reader.stdout).toMatch(/^ok {4}database/m);
    expect(reader.stdout).toMatch(/^fail {2}writes .*Turn default_transaction_read_only off/m);
    await atDatabase(
      'set default_transaction_read_only = off',
      `alter database ${name} reset default_transaction_read_only`,
    );

    // As on a standby: what answers is looked up in this schema first.
    await atDatabase(
      `create function pg_is_in_recovery() returns boolean language sql as 'select true'`,
      `alter database ${name} set search_path = public, pg_catalog`,
    );
    const standby = await shell.run(['doctor', ...where]);
    expect(standby.exit).toBe(3);
    expect(standby.stdout).toMatch(/^fail {2}writes .*standby.*the address of the primary/m);
    await atDatabase(`alter database ${name} reset search_path`, 'drop function pg_is_in_recovery');
    expect(await doctor(...where)).toMatchObject({ exit: 0, checks: { writes: 'ok' } });
  });

  test('a key lives the same life there', async () => {
    const created = await shell.json(['key', 'create', '--name', 'pg', '--scope', 'a:b', ...where]);
    const id = textAt(created, 'key', 'id');
    const input = textAt(created, 'plaintext');
    expect(await shell.run(['verify', '--scope', 'a:b', ...where], { input })).toMatchObject({
      exit: 0,
    });
    expect(await shell.run(['key', 'revoke', id, '--yes', ...where])).toMatchObject({ exit: 0 });
    expect(await shell.run(['verify', ...where], { input })).toMatchObject({ exit: 1 });
    expect(await shell.json(['usage', '--key', id, ...where])).toMatchObject({
      items: [{ outcomes: { valid: 1, revoked: 1 } }],
    });
    expect(await shell.run(['events', 'verify', ...where])).toMatchObject({ exit: 0 });
  });
});
