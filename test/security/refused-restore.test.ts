import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { type Made, RestoreShell } from '../cli/restore-shell.js';

// A restore that has replaced nothing undoes nothing: what it was about to end again is forgotten.

let shell: RestoreShell;
beforeEach(() => {
  shell = new RestoreShell();
});
afterEach(() => shell.remove());

const DONE = { exit: 0 };
const IN_USE = { exit: 3 };

const hasRecord = () => existsSync(shell.path('keyturn.db-restored'));

/** Enabled in the file that is there, and in a backup of it: nothing is lost with that. */
async function expectHarmless({ id, plaintext }: Made): Promise<void> {
  expect(await shell.run(['key', 'enable', id])).toMatchObject(DONE);
  expect(await shell.run(['backup', 'after.db'])).toMatchObject(DONE);
  const restored = await shell.run(['restore', 'after.db', '--yes']);
  expect(restored).toMatchObject(DONE);
  expect(restored.stderr).not.toMatch(/Ended again|quarantine/);
  expect(await shell.verify({ id, plaintext })).toMatchObject(DONE);
  expect(hasRecord()).toBe(false);
}

/** Reads the database as it is now until the test ends: no file can take its place meanwhile. */
async function readOn(): Promise<() => void> {
  const { DatabaseSync } = await loadDriver();
  const reader = new DatabaseSync(shell.path('keyturn.db'));
  let isOpen = true;
  const letGo = () => {
    if (!isOpen) return;
    isOpen = false;
    reader.exec('rollback'); // Closing alone waits for its statement to be collected.
    reader.close();
  };
  onTestFinished(letGo);
  reader.exec('begin');
  reader.prepare('select count(*) from keys').get();
  return letGo;
}

test('security 25: a restore that a server in use refuses ends no key later', async () => {
  const key = await shell.make('kept');
  expect(await shell.run(['backup', 'before.db'])).toMatchObject(DONE);
  expect(await shell.run(['key', 'disable', key.id])).toMatchObject(DONE);
  const server = await shell.serve();
  expect(await shell.run(['restore', 'before.db', '--yes'])).toMatchObject(IN_USE);
  expect(hasRecord()).toBe(false);
  await server.stop();
  await expectHarmless(key);
});

test('security 25: a restore that a reader holds up to its end ends no key later', async () => {
  const key = await shell.make('kept');
  expect(await shell.run(['backup', 'before.db'])).toMatchObject(DONE);
  const letGo = await readOn();
  expect(await shell.run(['key', 'disable', key.id])).toMatchObject(DONE);
  expect(await shell.run(['restore', 'before.db', '--yes'])).toMatchObject(IN_USE);
  expect(hasRecord()).toBe(false);
  letGo();
  await expectHarmless(key);
});

test('security 25: a restore that is killed before it replaced anything ends no key later', async () => {
  const key = await shell.make('kept');
  expect(await shell.run(['backup', 'before.db'])).toMatchObject(DONE);
  const letGo = await readOn();
  expect(await shell.run(['key', 'disable', key.id])).toMatchObject(DONE);
  const restoring = shell.start(['restore', 'before.db', '--yes']);
  while (!hasRecord() && restoring.child.exitCode === null) await sleep(1);
  restoring.child.kill('SIGKILL');
  await restoring.ended;
  expect(hasRecord()).toBe(true);
  letGo();
  await expectHarmless(key);
});
