import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { postgresOrSkip } from '../setup/postgres.js';
import { root } from './page.js';
import { findPlace, type Place } from './place.js';
import { type Running, Shell } from './shell.js';

const EXAMPLES = [
  'express/server.js',
  'fastify/server.js',
  'hono/server.js',
  'nestjs/server.cts',
  'nestjs/server.mts',
  'next',
  'fetch/server.js',
  'commonjs/server.cjs',
];
/** They have a route for who is signed in, or has a key. */
const COMBINED = [
  'fastify/server.js',
  'hono/server.js',
  'nestjs/server.cts',
  'nestjs/server.mts',
  'next',
];
/** What a guard does is the same on either database: a module, routes of Next.js, and CommonJS. */
const ON_POSTGRES = ['express/server.js', 'next', 'commonjs/server.cjs'];
const BOUND_MS = 5_000; // The default of a keyspace's staleness.

describe.each(['sqlite', 'postgres'] as const)('on %s', (kind) => {
  let reader: Reader | undefined;
  let running: Running | undefined;
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  afterAll(async () => {
    reader?.shell.close();
    await reader?.place.leave();
  });

  const examples = kind === 'postgres' ? ON_POSTGRES : EXAMPLES;
  test.for(examples)('examples/%s admits with a key, until it is revoked', async (name, ctx) => {
    if (kind === 'postgres') postgresOrSkip(ctx);
    reader ??= await startReader(kind);
    const { say } = reader;
    const port = reader.place.serverPort;
    const program = runnable(reader.place.folder, name);
    running = await reader.shell.start(`PORT=${port} exec node ${program}`);
    await expect.poll(() => running?.output(), { timeout: 20_000 }).toContain('Listening:');
    let checkCount = 0;
    const ask = (key?: string) => {
      checkCount += key === undefined ? 0 : 1;
      return fetch(`http://127.0.0.1:${port}/reports`, {
        headers: key === undefined ? {} : { 'x-api-key': key },
      });
    };

    expect((await ask()).status).toBe(401);
    const make = 'keyturn key create --name CI --owner acme --scope reports:read --json';
    const { key, plaintext } = JSON.parse(await say(make));
    const admitted = await ask(plaintext);
    expect(admitted.status).toBe(200);
    expect(await admitted.json()).toEqual({ owner: 'acme' });
    if (COMBINED.includes(name)) {
      await expectCombined(port, plaintext);
      checkCount += 1;
    }

    await say(`keyturn key revoke ${key.id} --yes`); // In another process.
    await expect.poll(async () => (await ask(plaintext)).status, { timeout: BOUND_MS }).toBe(401);
    expect(await (await ask(plaintext)).json()).toMatchObject({ code: 'revoked' });
    // No scope is no right.
    const none = JSON.parse(await say('keyturn key create --name CI --json'));
    expect((await ask(none.plaintext)).status).toBe(403);

    await running.stop(); // In the second in which nothing of the last checks is written yet.
    const used = (id: string) => say(`keyturn usage --key ${id} --json`);
    const rows = [key.id, none.key.id].map(async (id) => JSON.parse(await used(id)).items);
    const counted = (await Promise.all(rows)).flat().reduce((sum, { total }) => sum + total, 0);
    expect(counted).toBe(checkCount);
  });
});

async function expectCombined(port: string, plaintext: string): Promise<void> {
  const ask = async (headers: Record<string, string>) => {
    const answer = await fetch(`http://127.0.0.1:${port}/notes`, { headers });
    return answer.ok ? answer.json() : answer.status;
  };
  expect(await ask({ cookie: 'session=kim' })).toEqual({ for: 'kim' });
  expect(await ask({ 'x-api-key': plaintext })).toEqual({ for: 'acme' });
  expect(await ask({ cookie: 'session=eve' })).toBe(401);
}

/** The program that an example is: compiled, or as Next.js would serve its routes. */
function runnable(folder: string, name: string): string {
  if (name === 'next') return `'${join(root, 'test/docs/serve-routes.js')}' examples/next`;
  if (!/\.[cm]ts$/.test(name)) return `examples/${name}`;
  const source = join(folder, 'examples', name);
  const { config } = ts.readConfigFile(join(source, '../tsconfig.json'), ts.sys.readFile);
  const { compilerOptions } = config;
  const options = ts.convertCompilerOptionsFromJson(compilerOptions, folder).options;
  const { outputText } = ts.transpileModule(readFileSync(source, 'utf8'), {
    compilerOptions: options,
    fileName: source,
  });
  const program = source.replace(/ts$/, 'js');
  writeFileSync(program, outputText);
  return program;
}

interface Reader {
  readonly place: Place;
  readonly shell: Shell;
  readonly say: (command: string) => Promise<string>;
}

/** Somebody in a clone, with a database of the kind. */
async function startReader(kind: 'sqlite' | 'postgres'): Promise<Reader> {
  const place = await findPlace({ isClone: true, hasPostgres: kind === 'postgres' });
  const shell = new Shell(place);
  const say = async (command: string) => {
    const { exitCode, output } = await shell.run(command);
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${output}`);
    return output;
  };
  if (place.databaseUrl !== undefined) {
    await say(`export KEYTURN_DATABASE='${place.databaseUrl}'`);
    await say('keyturn migrate');
  }
  return { place, shell, say };
}
