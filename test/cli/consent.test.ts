import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/program.js';
import { type Made, RestoreShell } from './restore-shell.js';

// What cannot be undone is said, and done for who types "yes" alone.

const ENTER = '\r';
const CTRL_D = '\x04';

let shell: RestoreShell;
let revoked: Made;
beforeEach(async () => {
  shell = new RestoreShell();
  revoked = await shell.make('revoked');
  await shell.run(['backup', 'kept.db']);
  await shell.revoke(revoked);
});
afterEach(() => shell.remove());

/** Runs a command on a terminal, on which this is typed once it asks. */
async function typing(answer: string, ...argv: readonly string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const stdout = new PassThrough();
  const said = Promise.all([text(stdout), text(stderr)]);
  stderr.on('data', (part: Buffer) => {
    if (String(part).includes('Type "yes" to go on: ')) stdin.write(answer);
  });
  process.chdir(shell.folder);
  const streams = { stdin, stdout, stderr };
  const exit = await runCommandLine({ argv, streams, env: {}, folder: shell.folder });
  stdout.end();
  stderr.end();
  return { exit, said: (await said).join('') };
}

const bytes = () => readFileSync(shell.path('keyturn.db'));

describe('a restore', () => {
  test.each(['no', 'y', '', 'yes please'])(
    'that is answered with "%s" changes nothing',
    async (word) => {
      const before = bytes();
      const { exit, said } = await typing(`${word}${ENTER}`, 'restore', 'kept.db');
      expect(said).toMatch(/These changes of \S+ would be lost:\s+1 change, .*key\.revoked 1/);
      expect(said).toContain('Nothing was changed.');
      expect(exit).toBe(1);
      expect(bytes().equals(before)).toBe(true);
      expect(await shell.verify(revoked)).toMatchObject({ exit: 1 });
    },
  );

  test('that nobody answers changes nothing', async () => {
    const before = bytes();
    expect(await typing(CTRL_D, 'restore', 'kept.db')).toMatchObject({ exit: 1 });
    expect(bytes().equals(before)).toBe(true);
  });

  test('is done for who types yes', async () => {
    const { exit, said } = await typing(`yes${ENTER}`, 'restore', 'kept.db');
    expect(said).toContain('The backup is in place.');
    expect(exit).toBe(0);
    expect(await shell.verify(revoked)).toMatchObject({ exit: 3 }); // In quarantine.
  });
});

test('a move that is refused leaves the source as it is', async () => {
  const args = ['move', '--from', 'sqlite:./keyturn.db', '--to', 'sqlite:./new.db'];
  const refused = await typing(`no${ENTER}`, ...args);
  expect(refused.said).toMatch(/rows of \S+ are copied to/);
  expect(refused.exit).toBe(1);
  await shell.make('more');
  expect(await typing(`yes${ENTER}`, ...args)).toMatchObject({ exit: 0 });
});

test.each([
  [['restore', 'kept.db']],
  [['move', '--from', 'sqlite:./keyturn.db', '--to', 'sqlite:./new.db']],
])('without a terminal %j says what to look at first, and does nothing', async (args) => {
  const before = bytes();
  const ran = await shell.run(args);
  expect(ran.exit).toBe(2);
  expect(ran.stderr).toContain('there is no terminal to ask on');
  expect(ran.stderr).toContain(`Next: keyturn ${args.join(' ')} --dry-run`);
  expect(bytes().equals(before)).toBe(true);
});
