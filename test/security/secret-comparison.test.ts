import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const START = 'key_live_';
const BODY_LENGTH = 32;

/** Ways to compare a secret that stop at the first character that differs. */
const comparisons = [
  'given === stored.digest',
  'stored.digest !== given',
  'plaintext == given',
  'given != plaintext',
  'given === sessionToken',
  "given === stored['commitment']",
  'stored?.credential === given',
  'secret.reveal() === given',
  'digestOf(given) === stored.hash',
  'given.localeCompare(plaintext) === 0',
  'Buffer.from(given).equals(digest)',
];

/** What looks like one, and tells nothing of a secret. */
const harmless = [
  'plaintext === undefined',
  'null !== stored.digest',
  "token === ''",
  "typeof plaintext === 'string'",
  'plaintext.length === 43',
  'loading.get(digest) === promise',
  "key.state === 'revoked'",
  'isSameDigest(stored.digest, digest)',
];

const rooms = ['keys', 'audit', 'store/memory', 'lifecycle', 'verify', 'http', 'guards', 'cli'];

describe('the linter', () => {
  let faults: ReadonlyMap<string, number>;
  beforeAll(async () => {
    faults = await faultsByFile(
      new Map([
        ...[...comparisons, ...harmless].map((text) => [fileOf(text), text] as const),
        ...rooms.map((room) => [`${room}/compared.ts`, 'given === digest'] as const),
        ['keys/compared.test.ts', 'given === digest'],
      ]),
    );
  });

  test.each(comparisons)('security 1: refuses %s', (comparison) => {
    expect(faults.get(fileOf(comparison))).toBe(1);
  });

  test.each(harmless)('security 1: lets %s pass', (expression) => {
    expect(faults.get(fileOf(expression))).toBeUndefined();
  });

  test('security 1: refuses a comparison in every room; tests may compare', () => {
    for (const room of rooms) expect(faults.get(`${room}/compared.ts`), room).toBe(1);
    expect(faults.get('keys/compared.test.ts')).toBeUndefined();
  });
});

function fileOf(expression: string): string {
  return `verify/file-${[...comparisons, ...harmless].indexOf(expression)}.ts`;
}

/** How many compared secrets the repository's own settings find in each file below `src`. */
async function faultsByFile(files: ReadonlyMap<string, string>): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-lint-'));
  try {
    for (const name of ['biome.json', '.gitignore', 'scripts/lint']) {
      cpSync(join(root, name), join(folder, name), { recursive: true });
    }
    for (const [file, expression] of files) {
      mkdirSync(join(folder, 'src', file, '..'), { recursive: true });
      writeFileSync(join(folder, 'src', file), `export const isSo = ${expression};\n`);
    }
    const said = await linted(folder);
    expect(said, 'all were read').toContain(`Checked ${files.size} files`);
    const faults = new Map<string, number>();
    for (const [, file = ''] of said.matchAll(/^src\/(\S+?):\S+ plugin \W+How long this takes/gm)) {
      faults.set(file, (faults.get(file) ?? 0) + 1);
    }
    return faults;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function linted(folder: string): Promise<string> {
  const biome = join(root, 'node_modules/.bin/biome');
  const args = ['lint', '--colors=off', '--max-diagnostics=none', 'src'];
  return new Promise((resolve) => {
    execFile(biome, args, { cwd: folder }, (_ended, stdout, stderr) =>
      resolve(`${stdout}\n${stderr}`),
    );
  });
}

describe.each(dataKinds)('a secret on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterAll(() => fleet.close());

  test('security 1: is known by all of it; how much of it is right changes nothing', async () => {
    const instance = fleet.at(0);
    instance.store.isDeaf = true; // What is heard late would empty the cache once more.
    const made = await instance.issue();
    const cost = async (plaintext: string) => {
      instance.store.forgetCalls();
      const verdict = await instance.verify({ plaintext });
      return { verdict, calls: instance.store.callCount('findByDigest') };
    };
    const warm = { verdict: { valid: true, key: { id: made.key.id } }, calls: 0 };
    expect(await cost(made.plaintext)).toMatchObject({ ...warm, calls: 1 });
    for (let right = 0; right < BODY_LENGTH; right += 1) {
      const near = nearMiss(made.plaintext, right);
      const refused = { valid: false, code: 'unknown' };
      expect(await cost(near), `${right} right`).toEqual({ verdict: refused, calls: 1 });
      expect(await cost(near), 'again').toEqual({ verdict: refused, calls: 0 });
      expect(await instance.keyturn.keys.find({ plaintext: near })).toBeNull();
      expect(await cost(made.plaintext)).toMatchObject(warm);
    }
    const { plaintext } = made;
    const found = await instance.keyturn.keys.find({ plaintext });
    expect(found).toMatchObject({ key: { id: made.key.id } });
  });

  test('security 1: of a set-up link is known by all of it, and only once', async () => {
    const { setup } = fleet.at(0).keyturn;
    const { token } = await setup.createToken();
    const other = (at: number) => (token.at(at) === 'A' ? 'B' : 'A');
    for (const near of [
      '',
      other(0) + token.slice(1),
      token.slice(0, 20) + other(20) + token.slice(21),
      token.slice(0, -1) + other(-1),
      token.slice(0, -1),
      `${token}=`,
      `${token} `,
      token.toLowerCase(),
      Buffer.from(token, 'base64url').toString('base64'),
    ]) {
      await expect(setup.redeem(near)).rejects.toMatchObject({ code: 'setup_refused' });
    }
    expect(await setup.redeem(token)).toMatchObject({ key: { name: 'root', scopes: ['*'] } });
    await expect(setup.redeem(token)).rejects.toMatchObject({ code: 'setup_refused' });
  });
});

/** A whole key that begins as this one does, and goes on otherwise after so many characters. */
function nearMiss(plaintext: string, rightCount: number): string {
  const body = plaintext.slice(START.length, START.length + BODY_LENGTH);
  const bytes = Uint8Array.from(body, (character) => ALPHABET.indexOf(character));
  bytes[rightCount] = ((bytes[rightCount] ?? 0) + 1) % ALPHABET.length;
  const near = mint({ prefix: 'key', environment: 'live' }, { bytes: () => bytes }).reveal();
  expect(near.slice(0, START.length + rightCount)).toBe(
    plaintext.slice(0, START.length + rightCount),
  );
  return near;
}
