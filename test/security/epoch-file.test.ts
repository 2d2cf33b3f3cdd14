import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Shell, textAt } from '../cli/command-line.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

const EPOCH = 'keyturn.db-epoch';

interface Made {
  readonly id: string;
  readonly plaintext: string;
}

async function make(name: string): Promise<Made> {
  const made = await shell.json(['key', 'create', '--name', name]);
  return { id: textAt(made, 'key', 'id'), plaintext: textAt(made, 'plaintext') };
}

const verify = ({ plaintext }: Made) => shell.run(['verify'], { input: plaintext });
const release = (...more: readonly string[]) =>
  shell.run(['quarantine', 'release', '--reason', 'looked at it', ...more]);

function copy(from: string, to: string): void {
  for (const end of ['', '-wal', '-shm']) {
    rmSync(shell.path(`${to}${end}`), { force: true });
    if (existsSync(shell.path(`${from}${end}`))) {
      copyFileSync(shell.path(`${from}${end}`), shell.path(`${to}${end}`));
    }
  }
}

/** A database from before a key was revoked. */
async function putBack(): Promise<Made> {
  const revoked = await make('revoked');
  copy('keyturn.db', 'copied.db');
  expect(await shell.run(['key', 'revoke', revoked.id, '--yes'])).toMatchObject({ exit: 0 });
  copy('copied.db', 'keyturn.db');
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
    expect(await verify(revoked)).toMatchObject({ exit: 3 });
    const show = await shell.run(['quarantine', 'show']);
    expect(show.stdout).toContain('keyturn.db-epoch, which remembers the last change, is damaged');
    expect(await shell.run(['key', 'revoke', revoked.id, '--yes'])).toMatchObject({ exit: 0 });
    expect(await release()).toMatchObject({ exit: 0 });
    expect(await verify(revoked)).toMatchObject({ exit: 1 });
    expect((await shell.run(['doctor'])).stdout).toMatch(/^ok {4}epoch /m);
    // It remembers again.
    copy('copied.db', 'keyturn.db');
    expect(await verify(revoked)).toMatchObject({ exit: 3 });
  });

  function damaged(size: number): Buffer {
    const text = readFileSync(shell.path(EPOCH), 'utf8');
    return Buffer.from(text.replaceAll('"sequence"', '"seqUence"').slice(0, size));
  }

  test('security 25: asks for --accept-loss where the data from before may not be all', async () => {
    const revoked = await make('revoked');
    copy('keyturn.db', 'copied.db');
    await shell.run(['key', 'revoke', revoked.id, '--yes']);
    copy('keyturn.db', 'before.db');
    copy('copied.db', 'keyturn.db');
    writeFileSync(shell.path(EPOCH), Buffer.alloc(400));
    expect(await verify(revoked)).toMatchObject({ exit: 3 });
    const before = ['--before', 'before.db'];
    const refused = await release(...before);
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('--accept-loss') });
    expect(await release(...before, '--accept-loss')).toMatchObject({ exit: 0 });
    expect(await verify(revoked)).toMatchObject({ exit: 1 });
  });

  test('is none where a process was killed while it wrote its line', async () => {
    const kept = await make('kept');
    for (const torn of ['\n', '\n{"data', '\n{"database":"x","seq\0\0\0', '\n\0\0\0\0']) {
      appendFileSync(shell.path(EPOCH), torn);
      expect(await verify(kept)).toMatchObject({ exit: 0 });
      expect((await shell.run(['doctor'])).stdout).toMatch(/^ok {4}epoch /m);
      await make('after'); // What comes next is remembered behind it.
    }
    expect(await verify(kept)).toMatchObject({ exit: 0 });
  });
});

describe('a database that was put back and went on', () => {
  test('security 25: lacks the change that was seen, though it has as many', async () => {
    const revoked = await putBack();
    renameSync(shell.path(EPOCH), shell.path('seen'));
    await make('in its place');
    renameSync(shell.path('seen'), shell.path(EPOCH));
    expect(await verify(revoked)).toMatchObject({ exit: 3 });
  });
});
