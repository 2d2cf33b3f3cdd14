import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

// Gives a command a terminal (util-linux).
const TERMINAL = 'script';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

/** Runs a line of the system's shell, in which `keyturn` is the command line. */
async function inShell(line: string): Promise<string> {
  const { PATH = '', HOME = '' } = process.env;
  const define = `keyturn() { '${process.execPath}' '${inject('commandLine')}' "$@"; }`;
  const child = spawn('bash', ['-c', `set -o pipefail; ${define}; ${line}`], {
    cwd: shell.folder,
    env: { PATH, HOME },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  await once(child, 'close');
  return said;
}

describe('the command line as a process', () => {
  test('pipes, and ends with the code of what happened', async () => {
    const said = await inShell(
      [
        'keyturn --version',
        'keyturn key create --name piped --scope a:b 2>/dev/null >piped.key',
        'keyturn verify --scope a:b <piped.key >/dev/null; echo "valid: $?"',
        'keyturn verify --scope a:c <piped.key >/dev/null 2>&1; echo "refused: $?"',
        'keyturn verify --nonsense <piped.key >/dev/null 2>&1; echo "usage: $?"',
        'KEYTURN_DATABASE=postgres://u@127.0.0.1:1/d keyturn verify <piped.key >/dev/null 2>&1; echo "away: $?"',
      ].join('\n'),
    );
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(said).toBe(`${version}\nvalid: 0\nrefused: 1\nusage: 2\naway: 3\n`);
  });

  test('a reader that goes away is no fault of a list', async () => {
    const said = await inShell('keyturn key list --all --json | true; echo "list: $?"');
    expect(said).toBe('list: 0\n');
  });

  test('a plaintext that nobody could read is told of, with what to do', async () => {
    const said = await inShell('keyturn key create --name lost | exec 0<&-; echo "create: $?"');
    expect(said).toContain('nobody has it');
    expect(said).toMatch(/Next: keyturn key revoke key_\w+ --yes\ncreate: 1\n$/);
  });

  test('a full disk leaves no half of a plaintext unmentioned', async () => {
    const said = await inShell('keyturn key create --name full >/dev/full; echo "create: $?"');
    expect(said).toContain('nobody has it');
    expect(said).toMatch(/create: 1\n$/);
  });

  /** Writes no byte to any file, as on a full disk; pipes and sockets go on. */
  const withoutRoom = (command: string) => `(ulimit -f 0; ${command})`;

  test('a file that has no room for a plaintext leaves its key named, to be revoked', async () => {
    const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
    await shell.run([...root, '--out', 'root.key']);
    const { url, stop } = await shell.serve();
    const create = `keyturn key create --name full --out full.key --server ${url} --key-file root.key`;
    const said = await inShell(`${withoutRoom(create)}; echo "create: $?"`);
    const [, id] = /^keyturn: Created (key_\w+) /.exec(said) ?? [];
    expect(said).toContain('nobody has it');
    const where = `--server ${url} --key-file root.key`;
    expect(said).toContain(`Next: keyturn key revoke ${id} --yes ${where}\ncreate: 1\n`);
    expect(existsSync(shell.path('full.key'))).toBe(false);
    const inJson = await inShell(`${withoutRoom(`${create} --json`)} 2>/dev/null`);
    const lost = textAt(JSON.parse(inJson), 'key', 'id');
    expect(await shell.json(['key', 'show', lost])).toMatchObject({ name: 'full' });
    expect(inJson).not.toContain('plaintext');
    await stop();
  });

  test('a file that has no room for the set-up link stops the server, saying so', async () => {
    const serve = 'keyturn serve --port 0 --database memory: --setup-file setup.txt';
    const said = await inShell(`${withoutRoom(serve)}; echo "serve: $?"`);
    expect(said).toContain('setup.txt');
    expect(said).toContain('cannot be written');
    expect(said).toMatch(/serve: 2\n$/);
    expect(readdirSync(shell.folder).filter((name) => name.startsWith('setup'))).toEqual([]);
  });
});

describe('the command line on a terminal', () => {
  /** Runs a command on a terminal of its own; `typed` is typed once `prompt` is shown. */
  async function onTerminal(
    args: string,
    typed: string,
    env: Readonly<Record<string, string>> = {},
  ) {
    const { PATH = '', HOME = '' } = process.env;
    const command = `'${process.execPath}' '${inject('commandLine')}' ${args}; echo "exit: $?"`;
    const child = spawn(
      TERMINAL,
      ['--quiet', '--echo', 'never', '--command', command, '/dev/null'],
      {
        cwd: shell.folder,
        env: { PATH, HOME, TERM: 'xterm', SHELL: '/bin/bash', ...env },
      },
    );
    let shown = '';
    let isTyped = typed === '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      if (isTyped || !/go on: |not shown\): /.test(shown)) return;
      isTyped = true;
      child.stdin.write(typed);
    });
    await once(child, 'close');
    return shown;
  }

  async function newKey(): Promise<{ id: string; plaintext: string }> {
    const created = await shell.json(['key', 'create', '--name', 'on a terminal']);
    return { id: textAt(created, 'key', 'id'), plaintext: textAt(created, 'plaintext') };
  }

  test('asks before it revokes, and does nothing unless the answer is yes', async () => {
    const { id } = await newKey();
    const kept = await onTerminal(`key revoke ${id}`, 'no\n');
    expect(kept).toContain('is for ever');
    expect(kept).toContain('Nothing was changed.');
    expect(kept).toContain('exit: 1');
    expect(await shell.json(['key', 'show', id])).toMatchObject({ state: 'active' });
    const cancelled = await onTerminal(`key revoke ${id}`, '\u0003');
    expect(cancelled).toContain('exit: 1');
    const revoked = await onTerminal(`key revoke ${id}`, 'yes\n');
    expect(revoked).toContain('exit: 0');
    expect(await shell.json(['key', 'show', id])).toMatchObject({ state: 'revoked' });
  });

  test('asks for a key without showing it', async () => {
    const { plaintext } = await newKey();
    const shown = await onTerminal('verify', `${plaintext}\n`);
    expect(shown).toContain('valid');
    expect(shown).toContain('exit: 0');
    expect(shown).not.toContain(plaintext.slice(12, 24));
  });

  test.each([
    ['Ctrl+C', '\u0003'],
    ['Ctrl+D', '\u0004'],
    ['the Enter key alone', '\n'],
  ])('does nothing with a key when %s is pressed instead', async (_name, pressed) => {
    for (const command of ['verify', 'key find --secret']) {
      const shown = await onTerminal(command, pressed);
      expect(shown).toContain('No key was given: nothing was done.');
      expect(shown).not.toContain('refused');
      expect(shown).toContain('exit: 2');
    }
  });

  test('colours only there, and not when told not to', async () => {
    expect(await onTerminal('key list', '')).toContain('\u001b[1m');
    expect(await onTerminal('key list', '', { NO_COLOR: '1' })).not.toContain('\u001b[1m');
    expect((await shell.process(['key', 'list'])).stdout).not.toContain('\u001b');
  });
});
