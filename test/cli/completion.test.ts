import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NOUNS } from '../../src/cli/nouns.js';
import { programOrSkip } from '../setup/programs.js';
import { Shell } from './command-line.js';

/** What is typed before Tab is pressed, and what is offered then: all of it, or at least this. */
const TYPED: readonly (readonly [string, readonly string[], 'all' | 'some'])[] = [
  ['keyturn ', NOUNS.map(({ name }) => name), 'all'],
  ['keyturn ke', ['key', 'keyspace'], 'all'],
  ['keyturn key re', ['revoke'], 'all'],
  ['keyturn key create --sc', ['--scope'], 'all'],
  ['keyturn key create --env ', ['live', 'test'], 'all'],
  ['keyturn key import --from ', ['drf', 'jsonl', 'csv', 'better-auth', 'unkey'], 'all'],
  ['keyturn key create --name create --env l', ['live'], 'all'],
  ['keyturn key create --name ', [], 'all'], // Nobody can guess it.
  ['keyturn --json key revoke --ye', ['--yes'], 'all'],
  ['keyturn key revoke --js', ['--json'], 'all'],
  ['keyturn completion ', ['bash', 'zsh', 'fish'], 'all'],
  ['keyturn restore mon', ['monday.db'], 'some'],
  ['keyturn key create --out mon', ['monday.db'], 'some'],
  ['keyturn nonsense ', [], 'some'],
];

let shell: Shell;
beforeAll(async () => {
  shell = new Shell();
  writeFileSync(shell.path('monday.db'), '');
  for (const name of ['bash', 'zsh', 'fish']) {
    const { stdout } = await shell.process(['completion', name]);
    writeFileSync(shell.path(`keyturn.${name}`), stdout);
  }
});
afterAll(() => shell.remove());

function offered(program: string, args: readonly string[]): readonly string[] {
  const options = {
    cwd: shell.folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  } as const;
  const text = execFileSync(program, args, options);
  return text.split('\n').filter((line) => line !== '');
}

function expectOffer(found: readonly string[], [, wanted, how]: (typeof TYPED)[number]): void {
  if (how === 'all') expect(found.toSorted()).toEqual(wanted.toSorted());
  else expect(found).toEqual(expect.arrayContaining([...wanted]));
}

describe('bash', () => {
  const ask = (typed: string) => {
    const words = typed.split(' ');
    const array = words.map((word) => `'${word}'`).join(' ');
    const set = `COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}`;
    return `source keyturn.bash; ${set}; _keyturn; for one in "\${COMPREPLY[@]}"; do echo "$one"; done`;
  };

  test.for(TYPED)('offers what may follow "%s"', (row, ctx) => {
    const bash = programOrSkip(ctx, 'bash', 'bash');
    expectOffer(offered(bash, ['--norc', '-c', ask(row[0])]), row);
  });

  test('knows --env=live as well, which it hands over as three words', (ctx) => {
    const bash = programOrSkip(ctx, 'bash', 'bash');
    expect(offered(bash, ['--norc', '-c', ask('keyturn key create --env = l')])).toEqual(['live']);
    expect(offered(bash, ['--norc', '-c', ask('keyturn key create --env =')])).toEqual([
      'live',
      'test',
    ]);
  });
});

describe('zsh', () => {
  // Its completion system needs a terminal; what it would be handed is enough.
  const STAND_INS = `
    compdef() { : }
    compset() { PREFIX=\${PREFIX#*=} }
    shown() { [[ $1 == $PREFIX* ]] && print -r -- $1 }
    _describe() { local one; for one in \${(P)@[-1]}; do shown \${one%%:*}; done }
    compadd() { local one; for one in \${@:#--}; do shown $one; done }
    _files() { local one; for one in *; do shown $one; done }
  `;
  const ask = (typed: string) => {
    const words = typed.split(' ');
    const array = words.map((word) => `'${word}'`).join(' ');
    const set = `words=(${array}); CURRENT=${words.length}; PREFIX='${words.at(-1)}'`;
    return `${STAND_INS}; source ./keyturn.zsh; ${set}; _keyturn; true`;
  };

  test.for(TYPED)('offers what may follow "%s"', (row, ctx) => {
    const zsh = programOrSkip(ctx, 'zsh', 'zsh');
    expectOffer(offered(zsh, ['-f', '-c', ask(row[0])]), row);
  });

  test('knows --env=live as well', (ctx) => {
    const zsh = programOrSkip(ctx, 'zsh', 'zsh');
    expect(offered(zsh, ['-f', '-c', ask('keyturn key create --env=l')])).toEqual(['live']);
  });
});

describe('fish', () => {
  test.for(TYPED)('offers what may follow "%s"', (row, ctx) => {
    const fish = programOrSkip(ctx, 'fish', 'fish');
    const ask = `source keyturn.fish; complete -C '${row[0]}'`;
    const lines = offered(fish, ['--no-config', '-c', ask]);
    expectOffer(
      lines.map((line) => line.split('\t')[0] ?? ''),
      row,
    );
  });
});

describe('keyturn completion', () => {
  test('gives the same script as a JSON document', async () => {
    const { stdout } = await shell.process(['completion', 'fish']);
    const { json } = await shell.process(['completion', 'fish', '--json']);
    expect(json()).toEqual({
      shell: 'fish',
      script: expect.stringContaining(stdout.trim()),
    });
  });

  test('refuses a shell that it does not know, and names those that it does', async () => {
    const { exit, stderr } = await shell.run(['completion', 'tcsh']);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/bash, zsh, fish[\s\S]*Next: keyturn completion --help/);
    expect((await shell.run(['completion'])).exit).toBe(2);
  });
});
