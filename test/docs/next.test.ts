import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { scaled } from '../setup/scale.js';
import { installNext } from './next-folder.js';
import { readPage, root } from './page.js';
import { findPlace, type Place } from './place.js';
import { Shell } from './shell.js';

// A build takes a core for half a minute: `npm test` has Next.js read its configuration, and runs the
// routes without it (examples.test.ts); the long run builds and starts the application.

const BUILD_MS = 300_000; // On a machine that has other work.
const START_MS = 60_000;
const USES = 5;

/** What Next.js says of a configuration, and how reading it ended. */
function read(folder: string): { readonly status: number | null; readonly said: string } {
  const program = `require('next/dist/server/config')
    .default('phase-production-build', process.argv[1], { silent: false })
    .then(({ serverExternalPackages }) => console.log('external', serverExternalPackages))
    .catch((fault) => { console.error(fault.message); process.exit(1); })`;
  const args = ['--input-type=commonjs', '--eval', program, '--', folder];
  const ran = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { status: ran.status, said: `${ran.stdout}${ran.stderr}` };
}

test('Next.js takes the configuration of examples/next, and leaves keyturn out of its bundles', () => {
  const { status, said } = read(join(root, 'examples/next'));
  expect(said).toContain("external [ 'keyturn' ]");
  expect(said).not.toMatch(/invalid|unrecognized|warn/i);
  expect(status).toBe(0);
});

test('Next.js takes the configuration of the page, which has a standalone output find SQLite', () => {
  const block = readPage('docs/guides/nextjs.md').blocks.find(
    ({ words }) => words[0] === 'next.config.mjs',
  );
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-next-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'next.config.mjs'), block?.text ?? '');
  const { status, said } = read(folder);
  expect(said).toContain("external [ 'keyturn' ]");
  expect(said).not.toMatch(/invalid|unrecognized|warn/i);
  expect(status).toBe(0);
  const [, included = ''] = /'(node_modules\/.*)\/\*\*\/\*'/.exec(block?.text ?? '') ?? [];
  const files = readdirSync(join(root, included), { recursive: true }).map(String);
  expect(files.filter((file) => file.endsWith('.node'))).not.toEqual([]); // What is copied is enough.
});

test.each([
  ['basePath: 42', 'basePath is not a string'],
  ["serverExternalPackages: 'keyturn'", 'serverExternalPackages'],
  ["serverExternalPackage: ['keyturn']", 'serverExternalPackage'],
])('Next.js says what is wrong with the configuration %s', (wrong, said) => {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-next-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'next.config.mjs'), `export default { ${wrong} };\n`);
  expect(read(folder).said).toContain(said);
});

describe.each(scaled(1) > 1 ? ['examples/next'] : [])('%s, built by Next.js', () => {
  let place: Place;
  let shell: Shell;
  beforeAll(async () => {
    place = await findPlace({ isClone: false, hasPostgres: false });
    shell = new Shell(place);
    installNext(place.folder);
    await say('export NEXT_TELEMETRY_DISABLED=1');
  }, START_MS);
  afterAll(async () => {
    shell.close();
    await place.leave();
  });

  const say = async (command: string) => {
    const { exitCode, output } = await shell.run(command);
    expect(exitCode, output).toBe(0);
    return output;
  };
  const build = () => say('node node_modules/next/dist/bin/next build');
  const databaseFiles = () => readdirSync(place.folder).filter((name) => name.includes('.db'));
  const usesOf = async (id: string) => {
    const { items } = JSON.parse(await say(`keyturn usage --key ${id} --json`));
    return items.reduce((sum: number, { total }: { total: number }) => sum + total, 0);
  };

  test('opens no database', { timeout: BUILD_MS }, async () => {
    expect(await build()).toContain('/reports');
    expect(databaseFiles()).toEqual([]);
    expect(existsSync(join(place.folder, '.next/BUILD_ID'))).toBe(true);
  });

  test('beside a server that holds the file, loses nothing', { timeout: BUILD_MS }, async () => {
    const server = await shell.start('exec keyturn serve');
    await expect.poll(server.output, { timeout: START_MS }).toContain('is ready');
    const made = JSON.parse(await say('keyturn key create --name CI --json'));
    const headers = { 'x-api-key': made.plaintext };
    const address = `http://127.0.0.1:${place.serverPort}/v1/authorize`;
    const ask = async () => (await fetch(address, { headers })).status;
    for (let use = 0; use < USES; use += 1) expect(await ask()).toBe(200);
    await build();
    for (let use = 0; use < USES; use += 1) expect(await ask()).toBe(200);
    await server.stop();
    expect(await usesOf(made.key.id)).toBe(2 * USES);
  });

  test('admits with a key, until it ends without losing a count', async () => {
    const create = 'keyturn key create --name CI --owner acme --scope reports:read --json';
    const { key, plaintext } = JSON.parse(await say(create));
    const start = 'exec node node_modules/next/dist/bin/next start --hostname 127.0.0.1';
    const port = place.serverPort;
    const next = await shell.start(`NEXT_MANUAL_SIG_HANDLE=true ${start} --port ${port}`);
    await expect.poll(next.output, { timeout: START_MS }).toContain('Ready in');
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      return [answer.status, await answer.json()];
    };
    expect(await ask('/reports')).toMatchObject([401, { code: 'missing' }]);
    expect(await ask('/reports', { 'x-api-key': `${plaintext}x` })).toMatchObject([401, {}]);
    expect(await ask('/notes', { cookie: 'session=kim' })).toEqual([200, { for: 'kim' }]);
    expect(await ask('/keyturn/healthz')).toEqual([200, { alive: true }]);
    for (let use = 0; use < USES; use += 1) {
      expect(await ask('/reports', { 'x-api-key': plaintext })).toEqual([200, { owner: 'acme' }]);
    }
    await next.stop(); // In the second in which nothing of the last checks is written yet.
    expect(await usesOf(key.id)).toBe(USES);
  });
});
