import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Made, RestoreShell } from '../cli/restore-shell.js';

let shell: RestoreShell;
beforeEach(() => {
  shell = new RestoreShell();
});
afterEach(() => shell.remove());

const EPOCH = 'keyturn.db-epoch';

/** A database from before a key was revoked. */
async function putBack(): Promise<Made> {
  const revoked = await shell.make('revoked');
  shell.copy('keyturn.db', 'copied.db');
  expect(await shell.run(['key', 'revoke', revoked.id, '--yes'])).toMatchObject({ exit: 0 });
  shell.copy('copied.db', 'keyturn.db');
  return revoked;
}

describe('an epoch file that cannot be written', () => {
  const asked = ['--epoch-file', './nodir/epoch'];
  const says = expect.stringMatching(/nodir\/epoch.*cannot be written.*--epoch-file/);

  test('security 25: lets no change be made, and the doctor says so', async () => {
    const made = await shell.run(['key', 'create', '--name', 'a', ...asked]);
    expect(made).toMatchObject({ exit: 2, stdout: '', stderr: says });
    expect((await shell.run(['key', 'list', '--json'])).json()).toMatchObject({ items: [] });
    const doctor = await shell.run(['doctor', ...asked]);
    expect(doctor).toMatchObject({ exit: 2 });
    expect(doctor.stdout).toMatch(/^fail {2}epoch .*nodir\/epoch.*--epoch-file/m);
  });

  test('security 25: is as bad behind a link that leads nowhere', async () => {
    await shell.run(['migrate']);
    symlinkSync(shell.path('nodir/epoch'), shell.path('epoch'));
    const linked = ['--epoch-file', './epoch'];
    const made = await shell.run(['key', 'create', '--name', 'a', ...linked]);
    expect(made).toMatchObject({ exit: 2, stdout: '' });
    expect((await shell.run(['doctor', ...linked])).stdout).toMatch(/^fail {2}epoch /m);
  });

  test('security 25: lets no server start', async () => {
    const ran = await shell.process(['serve', '--port', '0', ...asked]);
    expect(ran).toMatchObject({ exit: 2, stderr: says });
  });

  test('security 25: the doctor makes none', async () => {
    await shell.run(['migrate']);
    const doctor = await shell.run(['doctor', '--epoch-file', './new']);
    expect(doctor.stdout).toMatch(/^ok {4}epoch /m);
    expect(existsSync(shell.path('new'))).toBe(false);
  });
});

describe('an epoch file that is damaged', () => {
  test.each([
    ['zeros', (size: number) => Buffer.alloc(size)],
    ['other bytes', (size: number) => Buffer.alloc(size, 'ÿ\u0007{"q\n')],
    ['lines with one letter changed', (size: number) => damaged(size)],
  ])('security 25: by %s is not taken for none', async (_what, bytes) => {
    const revoked = await putBack();
    const { length } = readFileSync(shell.path(EPOCH));
    writeFileSync(shell.path(EPOCH), bytes(length));
    const doctor = await shell.run(['doctor']);
    expect(doctor.stdout).toMatch(/^fail {2}epoch .*keyturn\.db-epoch is damaged.*quarantine/m);
    expect(await shell.verify(revoked)).toMatchObject({ exit: 3 });
    const show = await shell.run(['quarantine', 'show']);
    expect(show.stdout).toContain('keyturn.db-epoch, which remembers the last change, is damaged');
    expect(await shell.run(['key', 'revoke', revoked.id, '--yes'])).toMatchObject({ exit: 0 });
    expect(await shell.release('--accept-loss')).toMatchObject({ exit: 0 });
    expect(await shell.verify(revoked)).toMatchObject({ exit: 1 });
    expect((await shell.run(['doctor'])).stdout).toMatch(/^ok {4}epoch /m);
    // It remembers again.
    shell.copy('copied.db', 'keyturn.db');
    expect(await shell.verify(revoked)).toMatchObject({ exit: 3 });
  });

  function damaged(size: number): Buffer {
    const text = readFileSync(shell.path(EPOCH), 'utf8');
    return Buffer.from(text.replaceAll('"sequence"', '"seqUence"').slice(0, size));
  }

  test('security 25: asks for --accept-loss where the data from before may not be all', async () => {
    const revoked = await shell.make('revoked');
    shell.copy('keyturn.db', 'copied.db');
    await shell.run(['key', 'revoke', revoked.id, '--yes']);
    shell.copy('keyturn.db', 'before.db');
    shell.copy('copied.db', 'keyturn.db');
    writeFileSync(shell.path(EPOCH), Buffer.alloc(400));
    expect(await shell.verify(revoked)).toMatchObject({ exit: 3 });
    const before = ['--before', 'before.db'];
    const refused = await shell.release(...before);
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('--accept-loss') });
    expect(await shell.release(...before, '--accept-loss')).toMatchObject({ exit: 0 });
    expect(await shell.verify(revoked)).toMatchObject({ exit: 1 });
  });

  test('is none where a process was killed while it wrote its line', async () => {
    const kept = await shell.make('kept');
    for (const torn of ['\n', '\n{"data', '\n{"database":"x","seq\0\0\0', '\n\0\0\0\0']) {
      appendFileSync(shell.path(EPOCH), torn);
      expect(await shell.verify(kept)).toMatchObject({ exit: 0 });
      expect((await shell.run(['doctor'])).stdout).toMatch(/^ok {4}epoch /m);
      await shell.make('after'); // What comes next is remembered behind it.
    }
    expect(await shell.verify(kept)).toMatchObject({ exit: 0 });
  });
});

describe('a database that was put back and went on', () => {
  test('security 25: lacks the change that was seen, though it has as many', async () => {
    const revoked = await putBack();
    renameSync(shell.path(EPOCH), shell.path('seen'));
    await shell.make('in its place');
    renameSync(shell.path('seen'), shell.path(EPOCH));
    expect(await shell.verify(revoked)).toMatchObject({ exit: 3 });
  });
});
