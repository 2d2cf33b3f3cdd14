import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const NONE = [['a b'], ['reports:read', ''], ['READ'], ['reports:'], ['**'], ['a:b:c:d:e:f:g:h:i']];

describe('a scope that no key could hold', () => {
  test.each(NONE)('is the fault of who asks for it: %j', async (...scopes) => {
    const pointer = `/scopes/${scopes.length - 1}`;
    for (const granted of ['*', 'reports:read']) {
      const { plaintext } = await world.newKey({ scopes: [granted] });
      for (const one of [plaintext, 'key_live_nobody']) {
        const body = { plaintext: one, scopes };
        const got = await world.ask('POST', '/v1/keys/verify', { body });
        expect(got.status).toBe(400);
        expect(got.json).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
      }
    }
  });

  test.each(NONE.flat().filter((scope) => scope !== 'reports:read'))(
    'is the fault of the gateway that names it: %j',
    async (scope) => {
      for (const granted of ['*', 'reports:read']) {
        const { plaintext: key } = await world.newKey({ scopes: [granted] });
        const query = new URLSearchParams({ scopes: `reports:read,${scope}` });
        const got = await world.ask('GET', `/v1/authorize?${query}`, { key });
        // With a space, it is two scopes that could be.
        expect(got.status).toBe(scope === 'a b' ? (granted === '*' ? 200 : 403) : 400);
        if (got.status === 400) expect(got.json).toMatchObject({ code: 'invalid_request' });
      }
    },
  );
});
