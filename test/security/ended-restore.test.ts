import { copyFileSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { type Made, RestoreShell } from '../cli/restore-shell.js';

// What a restore has to end again is known until its quarantine is released: whatever ends it
// half-way, however often it is run, and whoever wrote the file before it.

let shell: RestoreShell;
beforeEach(() => {
  shell = new RestoreShell();
});
afterEach(() => shell.remove());

const restore = (file = 'kept.db') => shell.run(['restore', file, '--yes']);
const show = async () => (await shell.run(['quarantine', 'show'])).stdout;

const DONE = { exit: 0 };
const REFUSED = { exit: 1 };

/** A backup, and keys that were revoked since. */
async function revokedSince(count: number): Promise<readonly Made[]> {
  const keys: Made[] = [];
  for (let index = 0; index < count; index += 1) keys.push(await shell.make(`key ${index}`));
  expect(await shell.run(['backup', 'kept.db'])).toMatchObject(DONE);
  for (const key of keys) expect(await shell.revoke(key)).toMatchObject(DONE);
  return keys;
}

/** Behind every Keyturn. */
function putBack(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(shell.path(`keyturn.db${end}`), { force: true });
  copyFileSync(shell.path(file), shell.path('keyturn.db'));
}

/** Kills a restore as soon as the backup is in place. */
async function killRestore(): Promise<void> {
  const file = shell.path('keyturn.db');
  const { ino } = statSync(file);
  const restoring = shell.start(['restore', 'kept.db', '--yes']);
  while (statSync(file).ino === ino) await sleep(1);
  restoring.child.kill('SIGKILL');
  await restoring.ended;
}

/**
 * Runs a restore that waits, after its plan and before the exchange, while something is ended: it
 * finds the file locked, and stands still as soon as a file that it makes is there.
 */
async function restoreWhile(made: string, end: () => Promise<unknown>): Promise<void> {
  const { DatabaseSync } = await loadDriver();
  const writer = new DatabaseSync(shell.path('keyturn.db'));
  writer.exec('begin immediate');
  const { child, ended, stderr } = shell.start(['restore', 'kept.db', '--yes']);
  while (!existsSync(shell.path(made)) && child.exitCode === null) await sleep(1);
  child.kill('SIGSTOP');
  writer.exec('rollback');
  writer.close();
  await end();
  child.kill('SIGCONT');
  expect(await ended, stderr()).toBe(0);
}

test.each([
  ['lacks something already', 1, 'keyturn.db-restored'],
  ['lacked nothing yet', 0, 'keyturn.db-restore'],
])('security 25: what ends while a backup that %s is put back is ended again', async (...row) => {
  const [, count, made] = row;
  const [late, kept] = [await shell.make('revoked meanwhile'), await shell.make('kept')];
  const before = await revokedSince(count);
  await restoreWhile(made, async () => expect(await shell.revoke(late)).toMatchObject(DONE));
  expect(await show()).toContain(`since, or in part: ${count + 1}. They are ended here, too.`);
  expect(await shell.release()).toMatchObject(DONE);
  for (const key of [...before, late]) expect(await shell.verify(key)).toMatchObject(REFUSED);
  expect(await shell.verify(kept)).toMatchObject(DONE);
});

test('security 25: a restore that is killed leaves behind what has to be ended', async () => {
  const keys = await revokedSince(12);
  await killRestore();
  const said = await show();
  expect(said).toContain('Keys known to have ended since, or in part: 12.');
  expect(said).toMatch(/It lacks these changes of \S+\.before-restore-/);
  expect(await shell.release()).toMatchObject(DONE);
  for (const key of keys) expect(await shell.verify(key)).toMatchObject(REFUSED);
});

test('security 25: a restore that is killed and run again ends all of it', async () => {
  const keys = await revokedSince(12);
  await killRestore();
  expect(await restore()).toMatchObject(DONE);
  expect(await show()).toContain('since, or in part: 12. They are ended here, too.');
  expect(await shell.release()).toMatchObject(DONE);
  for (const key of keys) expect(await shell.verify(key)).toMatchObject(REFUSED);
});

test('security 25: a restore that is killed is noticed, also where nothing was remembered yet', async () => {
  const keys = await revokedSince(1);
  rmSync(shell.path('keyturn.db-epoch')); // A version before it wrote none.
  await killRestore();
  for (const key of keys) expect(await shell.verify(key)).toMatchObject({ exit: 3 });
  expect(await shell.release()).toMatchObject(DONE);
  for (const key of keys) expect(await shell.verify(key)).toMatchObject(REFUSED);
});

test('security 25: what a newer version has ended stays ended in a backup of before', async () => {
  const [revoked = { id: '', plaintext: '' }] = await revokedSince(1);
  const kept = await shell.make('later');
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(shell.path('keyturn.db'));
  database.exec('insert into keyturn_schema values (1000, 1000, 0)');
  database.close();
  expect(await restore()).toMatchObject(DONE);
  expect(await show()).toContain('since, or in part: 1. They are ended here, too.');
  expect(await shell.release()).toMatchObject(DONE);
  expect(await shell.verify(revoked)).toMatchObject(REFUSED);
  expect(await shell.verify(kept)).toMatchObject(REFUSED); // It was made since.
});

test('security 25: where nobody can know what had ended, a release has to say so', async () => {
  const [revoked = { id: '', plaintext: '' }] = await revokedSince(1);
  writeFileSync(shell.path('keyturn.db'), 'no database at all');
  expect(await restore()).toMatchObject(DONE);
  expect(await show()).toContain('could not be read');
  expect(await shell.release()).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('--accept-loss'),
  });
  expect(await shell.verify(revoked)).toMatchObject({ exit: 3 });
  expect(await shell.revoke(revoked)).toMatchObject(DONE);
  expect(await shell.release('--accept-loss')).toMatchObject(DONE);
  expect(await shell.verify(revoked)).toMatchObject(REFUSED);
});

test('security 25: data that ends before the last change that was seen is not all', async () => {
  const [first, second] = [await shell.make('first'), await shell.make('second')];
  expect(await shell.run(['backup', 'oldest.db'])).toMatchObject(DONE);
  await shell.revoke(first);
  expect(await shell.run(['backup', 'older.db'])).toMatchObject(DONE);
  await shell.revoke(second);
  putBack('oldest.db');
  expect(await shell.verify(first)).toMatchObject({ exit: 3 });
  expect(await shell.release('--before', 'older.db')).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('was seen: more may have ended'),
  });
  await shell.revoke(second);
  expect(await shell.release('--before', 'older.db', '--accept-loss')).toMatchObject(DONE);
  expect(await shell.verify(first)).toMatchObject(REFUSED);
  expect(await shell.verify(second)).toMatchObject(REFUSED);
  // What a release has accepted is not shown of the next one.
  putBack('oldest.db');
  expect(await show()).toContain('Nobody knows what had ended');
});

test('a backup in the place of a database that was moved would be a second one of it', async () => {
  await shell.make('kept');
  await shell.run(['backup', 'kept.db']);
  const move = ['move', '--from', 'sqlite:./keyturn.db', '--to', 'sqlite:./new.db', '--yes'];
  expect(await shell.run(move)).toMatchObject(DONE);
  expect(await restore()).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('was moved to'),
  });
  expect(await shell.run(['restore', 'kept.db', '--dry-run'])).toMatchObject(REFUSED);
  const doctor = await shell.run(['doctor']);
  expect(doctor.stdout).toMatch(/^warn {2}writes .*takes none now/m);
  const cancel = await shell.run(['move', '--from', 'sqlite:./keyturn.db', '--cancel']);
  expect(cancel.stderr).toContain('so it cannot take changes again');
  const unasked = await shell.run(move.slice(0, -1));
  expect(unasked.stderr).toContain(
    'Next: keyturn move --from sqlite:./keyturn.db --to sqlite:./new.db --dry-run',
  );
  expect((await restore('none.db')).stderr).toContain('Next: keyturn restore --help');
  const from = await shell.run([
    'move',
    '--from',
    'sqlite:./no.db',
    '--to',
    'sqlite:./b.db',
    '--yes',
  ]);
  expect(from.stderr).toContain('There is nothing of Keyturn at --from. Check its address.');
});
