import { createHash } from 'node:crypto';
import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Running, textAt } from '../cli/command-line.js';
import { type Made, RestoreShell } from '../cli/restore-shell.js';

let shell: RestoreShell;
beforeEach(() => {
  shell = new RestoreShell();
});
afterEach(() => shell.remove());

const HOUR_MS = 3_600_000;
const ACCEPTED = { exit: 0 };
const REFUSED = { exit: 1 };
const UNAVAILABLE = { exit: 3 };

/** Many keys that nobody asks for. */
async function fill(count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, id) => {
    const sha256 = createHash('sha256').update(`${id}`).digest('hex');
    return JSON.stringify({ id, name: `filler ${id}`, sha256 });
  });
  writeFileSync(shell.path('fillers'), rows.join('\n'));
  const ran = await shell.run(['key', 'import', 'fillers', '--from', 'jsonl']);
  expect(ran).toMatchObject({ exit: 0 });
}

/** A backup that stands still while it writes its copy: tried again where it was too quick. */
async function heldBackup(file: string): Promise<Running> {
  for (;;) {
    const running = shell.start(['backup', file]);
    const { child } = running;
    const isAtIt = () => statSync(shell.path(`${file}.partial`), { throwIfNoEntry: false });
    while (child.exitCode === null && (isAtIt()?.size ?? 0) === 0) await immediate();
    child.kill('SIGSTOP');
    if (isAtIt() !== undefined && child.exitCode === null) return running;
    child.kill('SIGCONT');
    await running.ended;
    rmSync(shell.path(file), { force: true });
  }
}

describe('a backup that is put back', () => {
  test('security 25: accepts no key until it is released, and a revoked one never', async () => {
    const [revoked, kept] = [await shell.make('revoked'), await shell.make('kept')];
    expect(await shell.run(['backup', 'kept.db'])).toMatchObject(ACCEPTED);
    await shell.revoke(revoked);
    expect(await shell.verify(revoked)).toMatchObject(REFUSED);
    expect(await shell.run(['restore', 'kept.db', '--yes'])).toMatchObject({ exit: 0 });
    expect(await shell.verify(revoked)).toMatchObject(UNAVAILABLE);
    expect(await shell.verify(kept)).toMatchObject(UNAVAILABLE);
    expect(await shell.release()).toMatchObject({ exit: 0 });
    expect(await shell.verify(kept)).toMatchObject(ACCEPTED);
    expect(await shell.verify(revoked)).toMatchObject(REFUSED); // It was revoked again.
  });

  test('security 25: brings no secret back that a rotation had ended, also within its grace', async () => {
    const made = await shell.make('rotated');
    const rotated = await shell.json(['key', 'rotate', made.id, '--yes']);
    const next = { id: made.id, plaintext: textAt(rotated, 'plaintext') };
    expect(await shell.run(['backup', 'kept.db'])).toMatchObject(ACCEPTED);
    const rotation = textAt(rotated, 'rotation', 'id');
    const finish = ['rotation', 'finish', rotation, '--reason', 'moved', '--yes'];
    expect(await shell.run(finish)).toMatchObject({ exit: 0 });
    expect(await shell.verify(made)).toMatchObject(REFUSED);
    expect(await shell.run(['restore', 'kept.db', '--yes'])).toMatchObject({ exit: 0 });
    expect(await shell.release()).toMatchObject({ exit: 0 });
    expect(await shell.verify(made)).toMatchObject(REFUSED);
    expect(await shell.verify(next)).toMatchObject(ACCEPTED);
  });

  test('leaves a secret that was disabled before it as one that can be brought back', async () => {
    const made = await shell.make('rotated');
    const rotated = await shell.json(['key', 'rotate', made.id, '--yes']);
    const rotation = textAt(rotated, 'rotation', 'id');
    const finish = ['rotation', 'finish', rotation, '--reason', 'moved', '--yes'];
    expect(await shell.run(finish)).toMatchObject({ exit: 0 });
    expect(await shell.run(['backup', 'kept.db'])).toMatchObject(ACCEPTED);
    await shell.json(['key', 'update', made.id, '--name', 'renamed since']);
    expect(await shell.run(['restore', 'kept.db', '--yes'])).toMatchObject({ exit: 0 });
    expect(await shell.release()).toMatchObject({ exit: 0 });
    expect(await shell.verify(made)).toMatchObject(REFUSED);
    const undo = ['rotation', 'undo', rotation, '--reason', 'too early', '--yes'];
    expect(await shell.run(undo)).toMatchObject({ exit: 0 });
    expect(await shell.verify(made)).toMatchObject(ACCEPTED);
  });

  test('security 25: by hand, behind every Keyturn, is noticed at the next opening', async () => {
    const [revoked, kept] = [await shell.make('revoked'), await shell.make('kept')];
    shell.copy('keyturn.db', 'copied.db');
    await shell.revoke(revoked);
    shell.copy('copied.db', 'keyturn.db');
    expect(await shell.verify(revoked)).toMatchObject(UNAVAILABLE);
    expect(await shell.verify(kept)).toMatchObject(UNAVAILABLE);
    const server = await shell.serve();
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, code: 'store_quarantined' },
    ]);
    // A reason alone would let the revoked key pass again.
    expect(await shell.release()).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^keyturn: Nobody knows what had ended.*--accept-loss/),
    });
    expect(await shell.verify(revoked)).toMatchObject(UNAVAILABLE);
    // What is known to be revoked is revoked again, while no key passes.
    expect(await shell.revoke(revoked)).toMatchObject({ exit: 0 });
    expect(await shell.release('--accept-loss')).toMatchObject({ exit: 0 });
    await expect
      .poll(async () => (await fetch(`${server.url}/readyz`)).status, { timeout: 5_000 })
      .toBe(200);
    expect(await shell.verify(kept)).toMatchObject(ACCEPTED);
    expect(await shell.verify(revoked)).toMatchObject(REFUSED);
  });

  // What is in the log beside the file lies over whatever is copied to its place.
  test.each([
    ['all of it in the file', []],
    ['some of it in the log', ['--server']],
  ])('security 25: under a running server, %s, is believed by nobody', async (_what, over) => {
    const revoked = await shell.make('revoked');
    const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
    await shell.run([...root, '--out', 'root.key']);
    const server = await shell.serve();
    const remote = over.length === 0 ? [] : [...over, server.url, '--key-file', 'root.key'];
    const check = async (path: string) => {
      const headers = { 'x-api-key': revoked.plaintext };
      return (await fetch(`${server.url}${path}`, { headers })).status;
    };
    expect(await check('/v1/authorize')).toBe(200);
    expect(await shell.process(['backup', 'kept.db'])).toMatchObject(ACCEPTED);
    const revoking = await shell.process(['key', 'revoke', revoked.id, '--yes', ...remote]);
    expect(revoking).toMatchObject(ACCEPTED);
    await expect.poll(() => check('/v1/authorize')).toBe(401);
    copyFileSync(shell.path('kept.db'), shell.path('keyturn.db'));
    await expect.poll(() => check('/readyz'), { timeout: 5_000 }).toBe(503);
    expect(await check('/v1/authorize')).toBe(503);
    expect(server.stderr()).toContain('was overwritten while it was open');
  });

  test('security 25: is noticed again when it is put back again after a release', async () => {
    const revoked = await shell.make('revoked');
    shell.copy('keyturn.db', 'copied.db');
    await shell.revoke(revoked);
    shell.copy('copied.db', 'keyturn.db');
    expect(await shell.verify(revoked)).toMatchObject(UNAVAILABLE);
    await shell.revoke(revoked);
    await shell.release();
    shell.copy('copied.db', 'keyturn.db');
    expect(await shell.verify(revoked)).toMatchObject(UNAVAILABLE);
  });

  test('security 25: is noticed after a release by a clock that was ahead, and was set since', async () => {
    const revoked = await shell.make('revoked');
    expect(await shell.run(['backup', 'first.db'])).toMatchObject(ACCEPTED);
    await shell.make('another');
    const ahead = `const now = Date.now; Date.now = () => now() + ${2 * HOUR_MS};`;
    writeFileSync(shell.path('ahead.cjs'), ahead);
    const env = { NODE_OPTIONS: '--require ./ahead.cjs' };
    const release = ['quarantine', 'release', '--reason', 'looked at it'];
    for (const args of [['restore', 'first.db', '--yes'], release]) {
      expect(await shell.process(args, { env })).toMatchObject({ exit: 0 });
    }
    expect(await shell.verify(revoked)).toMatchObject(ACCEPTED);
    shell.copy('keyturn.db', 'copied.db');
    await shell.revoke(revoked);
    shell.copy('copied.db', 'keyturn.db');
    expect(await shell.verify(revoked)).toMatchObject(UNAVAILABLE);
  });

  test('security 25: revocations before, during and after the backup do not come back', async () => {
    const keys = await Promise.all(
      Array.from({ length: 12 }, (_, index) => shell.make(`key ${index}`)),
    );
    await fill(5_000); // So that the copy is not written at once.
    const server = await shell.serve();
    const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
    await shell.run([...root, '--out', 'root.key']);
    const over = ['--server', server.url, '--key-file', 'root.key'];
    const revokeOver = async (few: readonly Made[]) => {
      for (const { id } of few) {
        const ran = await shell.run(['key', 'revoke', id, '--yes', ...over]);
        expect(ran).toMatchObject({ exit: 0 });
      }
    };
    await revokeOver(keys.slice(0, 3));
    const held = await heldBackup('kept.db');
    await revokeOver(keys.slice(3, 9)); // The copy is of before them, and is not whole yet.
    held.child.kill('SIGCONT');
    expect(await held.ended, held.stderr()).toBe(0);
    await revokeOver(keys.slice(9, 11));
    expect(await shell.run(['restore', 'kept.db', '--yes'])).toMatchObject(UNAVAILABLE); // In use.
    await server.stop();
    expect(await shell.run(['restore', 'kept.db', '--yes'])).toMatchObject({ exit: 0 });
    for (const key of keys) expect(await shell.verify(key)).toMatchObject(UNAVAILABLE);
    await shell.release();
    for (const key of keys.slice(0, 11)) expect(await shell.verify(key)).toMatchObject(REFUSED);
    const [last] = keys.slice(-1);
    if (last !== undefined) expect(await shell.verify(last)).toMatchObject(ACCEPTED);
  });

  test('security 25: without what was there before, nobody knows what is lost', async () => {
    const kept = await shell.make('kept');
    await shell.run(['backup', 'kept.db']);
    for (const end of ['', '-wal', '-shm', '-epoch', '-owner']) {
      rmSync(shell.path(`keyturn.db${end}`), { force: true });
    }
    expect(await shell.run(['restore', 'kept.db', '--yes'])).toMatchObject({ exit: 0 });
    expect(await shell.verify(kept)).toMatchObject(UNAVAILABLE);
    expect(await shell.release()).toMatchObject({ exit: 1 });
    await shell.release('--accept-loss');
    expect(await shell.verify(kept)).toMatchObject(ACCEPTED);
  });

  test('security 25: that lacks nothing is in no quarantine', async () => {
    const kept = await shell.make('kept');
    await shell.run(['backup', 'kept.db']);
    const ran = await shell.run(['restore', 'kept.db', '--yes']);
    expect(ran.stderr).not.toContain('quarantine');
    expect(await shell.verify(kept)).toMatchObject(ACCEPTED);
  });
});
