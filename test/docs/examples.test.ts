import { afterEach, describe, expect, test } from 'vitest';
import { postgresOrSkip } from '../setup/postgres.js';
import { findPlace, type Place } from './place.js';
import { type Running, Shell } from './shell.js';

const EXAMPLES = ['express/server.js', 'fetch/server.js', 'commonjs/server.cjs'];
const BOUND_MS = 5_000; // The default of a keyspace's staleness.

let place: Place | undefined;
let shell: Shell | undefined;
let running: Running | undefined;
afterEach(async () => {
  await running?.stop();
  shell?.close();
  await place?.leave();
  running = undefined;
});

describe.each(['sqlite', 'postgres'] as const)('on %s', (kind) => {
  test.for(EXAMPLES)('examples/%s admits with a key, until it is revoked', async (name, ctx) => {
    if (kind === 'postgres') postgresOrSkip(ctx);
    const reader = await startReader(kind);
    const port = reader.place.serverPort;
    running = await reader.shell.start(`PORT=${port} exec node examples/${name}`);
    await expect.poll(() => running?.output(), { timeout: 20_000 }).toContain('Listening:');
    const ask = (key?: string) =>
      fetch(`http://127.0.0.1:${port}/reports`, {
        headers: key === undefined ? {} : { 'x-api-key': key },
      });

    expect((await ask()).status).toBe(401);
    const make = 'keyturn key create --name CI --owner acme --scope reports:read --json';
    const { key, plaintext } = JSON.parse(await reader.say(make));
    const admitted = await ask(plaintext);
    expect(admitted.status).toBe(200);
    expect(await admitted.json()).toEqual({ owner: 'acme' });

    await reader.say(`keyturn key revoke ${key.id} --yes`); // In another process.
    await expect.poll(async () => (await ask(plaintext)).status, { timeout: BOUND_MS }).toBe(401);
    expect(await (await ask(plaintext)).json()).toMatchObject({ code: 'revoked' });
    // No scope is no right.
    const none = JSON.parse(await reader.say('keyturn key create --name CI --json'));
    expect((await ask(none.plaintext)).status).toBe(403);
  });
});

/** Somebody in a clone, with a database of the kind. */
async function startReader(kind: 'sqlite' | 'postgres') {
  const found = await findPlace({ isClone: true, hasPostgres: kind === 'postgres' });
  const hand = new Shell(found);
  place = found;
  shell = hand;
  const say = async (command: string) => {
    const { exitCode, output } = await hand.run(command);
    if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${output}`);
    return output;
  };
  if (found.databaseUrl !== undefined) {
    await say(`export KEYTURN_DATABASE='${found.databaseUrl}'`);
    await say('keyturn migrate');
  }
  return { place: found, shell: hand, say };
}
