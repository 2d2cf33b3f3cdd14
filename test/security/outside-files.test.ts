import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../src/deliver/destination.js';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import { ConfigInvalidError } from '../../src/errors.js';
import { digestOf } from '../../src/keys/digest.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { systemFiles } from '../../src/outside/files.js';
import { systemProcesses } from '../../src/outside/processes.js';
import { A_DELIVERY, A_KEY } from '../setup/a-delivery.js';
import { someSecret } from '../setup/destination-contract.js';
import { compileProgram, type Program } from '../setup/processes.js';
import { scaled } from '../setup/scale.js';
import { expectNothingOf } from './canaries.js';

const TRIES = scaled(500);
const OUTER = 'API_KEY=outer\n';
const INNER = 'API_KEY=inner\n';

let swapper: Program;
beforeAll(() => {
  swapper = compileProgram('test/security/swapper-program.ts');
});
afterAll(() => swapper.remove());

let base: string;
let root: string;
let outer: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'keyturn-roots-'));
  [root, outer] = [join(base, 'root'), join(base, 'outer')];
  await mkdir(join(root, 'app'), { recursive: true });
  await mkdir(outer);
  await writeFile(join(root, 'app/.env'), INNER);
  await writeFile(join(outer, '.env'), OUTER);
});
afterEach(() => rm(base, { recursive: true, force: true }));

function dotenvAt(path: string): Destination {
  const outside = { files: systemFiles([root]), processes: systemProcesses(), commands: {} };
  return dotenvFile.open({ path, variable: 'API_KEY' }, outside, A_KEY);
}

async function everythingIn(folder: string): Promise<string> {
  const names = await readdir(folder);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return [...names, ...texts].join('\n');
}

describe('a file destination', () => {
  test.each([
    { what: 'its folder', swapped: 'app', to: '', reached: 'written' },
    { what: 'the file itself', swapped: 'app/.env', to: '.env', reached: 'found' },
  ])(
    'security 22: reads and writes nothing outside while $what is swapped for a symbolic link',
    async ({ swapped, to, reached }) => {
      const racer = swapper.start(join(root, swapped), join(outer, to));
      await racer.next();
      const destination = dotenvAt(join(root, 'app/.env'));
      const secrets: string[] = [];
      const readings = new Set<string>();
      // It got through at times, and was held up at others.
      const isProved = () => readings.has(reached) && readings.has('failed');
      for (let count = 0; count < TRIES || !isProved(); count += 1) {
        const before = await destination.read();
        const secret = someSecret();
        const written = await destination.write(new Plaintext(secret), before, A_DELIVERY);
        readings.add(before.kind).add(written.kind);
        secrets.push(secret);
        expect(before).not.toHaveProperty('fingerprint', digestOf('outer'));
      }
      await racer.kill();
      const left = await everythingIn(outer);
      expect(left).toBe(`.env\n${OUTER}`);
      expectNothingOf(secrets, left);
    },
  );

  test.each([
    ['a symbolic link', () => symlink(join(outer, '.env'), join(root, 'it'))],
    ['a hard link', () => link(join(outer, '.env'), join(root, 'it'))],
    ['a folder', () => mkdir(join(root, 'it'))],
    ['a named pipe', async () => void execFileSync('mkfifo', [join(root, 'it')])],
  ])('security 22: that is %s is refused', async (_, make) => {
    await make();
    const destination = dotenvAt(join(root, 'it'));
    const expected = { kind: 'failed', class: 'destination_auth' };
    expect(await destination.preflight()).toMatchObject(expected);
    expect(await destination.read()).toMatchObject(expected);
    const absent = { kind: 'absent' } as const;
    expect(await destination.write(new Plaintext('x'), absent, A_DELIVERY)).toMatchObject(expected);
    expect(await everythingIn(outer)).toBe(`.env\n${OUTER}`);
  });

  test('security 22: whose folder is a symbolic link is refused, also one to a place inside', async () => {
    await symlink(outer, join(root, 'out'));
    await symlink(join(root, 'app'), join(root, 'in'));
    for (const name of ['out', 'in']) {
      const said = await dotenvAt(join(root, name, '.env')).preflight();
      expect(said).toMatchObject({ kind: 'failed', class: 'destination_auth' });
    }
  });

  test('security 22: outside the roots, or by a path that is not plain, is none', () => {
    const paths = [
      join(outer, '.env'),
      `${root}/../outer/.env`,
      `${root}x/.env`,
      `${root}/app/../.env`,
      `${root}//app/.env`,
      `${root}/app/`,
      root,
      'app/.env',
      '',
      '/proc/self/environ',
      `${root}/app/.env\0x`,
    ];
    for (const path of paths) expect(() => dotenvAt(path)).toThrow(ConfigInvalidError);
  });
});
