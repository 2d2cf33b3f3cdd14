import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Shell, textAt } from '../cli/command-line.js';
import { createDatabase, postgresOrSkip, type TestDatabase } from '../setup/postgres.js';
import { programOrSkip } from '../setup/programs.js';

// PostgreSQL's own programs back it up and put it back, by the commands that Keyturn names.

const run = promisify(execFile);
const CLIENT = 'postgresql-client';

let shell: Shell;
let database: TestDatabase;
beforeEach(async (ctx) => {
  postgresOrSkip(ctx);
  for (const program of ['pg_dump', 'pg_restore']) programOrSkip(ctx, program, CLIENT);
  shell = new Shell();
  database = await createDatabase();
  await shell.run(['migrate', ...at()]);
});
afterEach(async () => {
  await shell?.remove();
  await database?.drop();
});

const at = () => ['--database', database.url];
const remembering = (file: string) => [...at(), '--epoch-file', shell.path(file)];

interface Made {
  readonly id: string;
  readonly plaintext: string;
}

async function make(name: string, where: readonly string[]): Promise<Made> {
  const made = await shell.json(['key', 'create', '--name', name, ...where]);
  return { id: textAt(made, 'key', 'id'), plaintext: textAt(made, 'plaintext') };
}

/** Runs the command that `keyturn backup` and `keyturn restore` answer with. */
async function byItsOwnProgram(what: 'backup' | 'restore', file: string): Promise<void> {
  const named = await shell.run([what, shell.path(file), '--json', ...at()]);
  expect(named.exit).toBe(4);
  const { password } = new URL(database.url); // It is in no command that is shown.
  const env = { ...process.env, PGPASSWORD: decodeURIComponent(password) };
  await run('sh', ['-c', textAt(named.json(), 'command')], { env });
}

const ACCEPTED = { exit: 0 };
const REFUSED = { exit: 1 };
const UNAVAILABLE = { exit: 3 };

describe('a PostgreSQL that pg_restore has put back', () => {
  test('security 25: is in quarantine for who remembers the last change, until it is released', async () => {
    const where = remembering('epoch');
    const verify = ({ plaintext }: Made) => shell.run(['verify', ...where], { input: plaintext });
    const [revoked, kept] = [await make('revoked', where), await make('kept', where)];
    await byItsOwnProgram('backup', 'kept.dump');
    await shell.run(['key', 'revoke', revoked.id, '--yes', ...where]);
    expect(await verify(revoked)).toMatchObject(REFUSED);
    await byItsOwnProgram('restore', 'kept.dump');
    for (const key of [revoked, kept]) expect(await verify(key)).toMatchObject(UNAVAILABLE);
    const doctor = await shell.run(['doctor', ...where]);
    expect(doctor.exit).toBe(3);
    expect(doctor.stdout).toMatch(/^fail {2}mode .*In quarantine.*keyturn quarantine show/m);
    // It stands in the database: who remembers nothing is kept out as well.
    const input = revoked.plaintext;
    expect(await shell.run(['verify', ...at()], { input })).toMatchObject(UNAVAILABLE);
    expect(await shell.run(['key', 'revoke', revoked.id, '--yes', ...where])).toMatchObject({
      exit: 0,
    });
    const release = ['quarantine', 'release', '--reason', 'seen', ...where];
    expect(await shell.run(release)).toMatchObject({ exit: 1 });
    expect(await shell.run([...release, '--accept-loss'])).toMatchObject({ exit: 0 });
    expect(await verify(revoked)).toMatchObject(REFUSED);
    expect(await verify(kept)).toMatchObject(ACCEPTED);
    // Another instance's own memory is of the data before; the release counts for it, too.
    expect(await shell.run(['doctor', ...where])).toMatchObject({ exit: 0 });
  });

  test('security 25: what was ended in the data from before is ended first, where that is named', async () => {
    const where = remembering('epoch');
    const [revoked, kept] = [await make('revoked', where), await make('kept', where)];
    await byItsOwnProgram('backup', 'kept.dump');
    await shell.run(['key', 'revoke', revoked.id, '--yes', ...where]);
    const before = await createDatabase();
    try {
      const newer = database;
      await byItsOwnProgram('backup', 'newer.dump');
      database = before;
      await byItsOwnProgram('restore', 'newer.dump');
      database = newer;
      await byItsOwnProgram('restore', 'kept.dump');
      const release = ['quarantine', 'release', '--reason', 'seen', '--before', before.url];
      const verify = ({ plaintext }: Made) => shell.run(['verify', ...where], { input: plaintext });
      expect(await verify(kept)).toMatchObject(UNAVAILABLE);
      expect(await shell.json([...release, ...where])).toMatchObject({ reapplied: [revoked.id] });
      expect(await verify(revoked)).toMatchObject(REFUSED);
      expect(await verify(kept)).toMatchObject(ACCEPTED);
    } finally {
      await before.drop();
    }
  });

  test('security 25: is noticed by nobody where nothing is remembered, and that is said before', async () => {
    const restore = ['restore', shell.path('kept.dump')];
    const unseen = await shell.run([...restore, ...at()]);
    expect(unseen.stderr).toContain('revoked since the dump is accepted again');
    const doctor = await shell.run(['doctor', ...at()]);
    expect(doctor.stdout).toMatch(/^warn {2}epoch .*would not be noticed.*KEYTURN_EPOCH_FILE/m);
    const seen = await shell.run([...restore, ...remembering('epoch')]);
    expect(seen.stderr).toContain(`The next start sees by ${shell.path('epoch')}`);
    expect(seen.stderr).not.toContain('accepted again');
  });

  test('security 25: under a running server, is believed by nobody', async () => {
    const where = remembering('of-the-command-line');
    const server = await shell.serve(remembering('of-the-server'));
    const revoked = await make('revoked', where);
    const check = async (path: string) => {
      const headers = { 'x-api-key': revoked.plaintext };
      return (await fetch(`${server.url}${path}`, { headers })).status;
    };
    await expect.poll(() => check('/v1/authorize')).toBe(200);
    await byItsOwnProgram('backup', 'kept.dump');
    // Another process makes the change; the server has only heard of it.
    await shell.run(['key', 'revoke', revoked.id, '--yes', ...where]);
    await expect.poll(() => check('/v1/authorize')).toBe(401);
    await remembered('of-the-server', 'of-the-command-line');
    await byItsOwnProgram('restore', 'kept.dump');
    await expect.poll(() => check('/readyz'), { timeout: 5_000 }).toBe(503);
    expect(await check('/v1/authorize')).toBe(503);
  });
});

/** Waits until one has heard of all that the other knows. */
async function remembered(file: string, other: string): Promise<void> {
  const last = (name: string) => lastIn(shell.path(name));
  await expect.poll(() => last(file), { timeout: 5_000 }).toBe(last(other));
}

function lastIn(path: string): number {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return Math.max(...lines.map((line): number => JSON.parse(line).sequence));
}
