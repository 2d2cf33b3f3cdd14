import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Wave by wave, with the same key all the time. */
async function emergency(key: string, place: Readonly<Record<string, string>>) {
  const waves: string[][] = [];
  const secrets: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const said = { ...place, compromised: true, reason: 'a stolen laptop', limit: 2 };
    const body = { ...said, ...(cursor === undefined ? {} : { cursor }) };
    const { status, json } = await world.ask('POST', '/v1/rotations', { key, body });
    expect(status).toBe(201);
    waves.push(json.items.map((item: { readonly key: string }) => item.key));
    secrets.push(...json.items.map((one: { readonly plaintext: string }) => one.plaintext));
    cursor = json.nextCursor;
  }
  return { waves, secrets };
}

test('an emergency over the keys of the management keyspace ends what it is called with last', async () => {
  const [first, second, third] = [
    await world.manager(['keys:read']),
    await world.manager(['keys:read']),
    await world.manager(['keys:read']),
  ];
  const own = await world.manager(['*']); // The newest one is the first in a list.
  const { waves, secrets } = await emergency(own.plaintext, { keyspace: 'keyturn' });
  expect(waves.at(-1)).toContain(own.id);
  const all = [first.id, second.id, third.id, own.id];
  expect(waves.flat()).toEqual(expect.arrayContaining(all));
  expect(new Set(waves.flat()).size).toBe(waves.flat().length);
  for (const { plaintext: key } of [first, second, third, own]) {
    expect((await world.ask('GET', '/v1/keys', { key })).status).toBe(401);
  }
  for (const key of secrets) expect((await world.ask('GET', '/v1/keys', { key })).status).toBe(200);
});

test('and leaves it as it is where it is none of those that are meant', async () => {
  const own = await world.manager(['*']);
  for (let index = 0; index < 3; index += 1) await world.newKey({ owner: 'acme', tags: ['lost'] });
  const byOwner = await emergency(own.plaintext, { owner: 'acme' });
  const byTag = await emergency(own.plaintext, { tag: 'lost' });
  expect(byOwner.waves.flat()).toHaveLength(3);
  expect(byTag.waves.flat()).not.toContain(own.id);
  expect((await world.ask('GET', '/v1/keys', { key: own.plaintext })).status).toBe(200);
});
