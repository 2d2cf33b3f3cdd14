import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonIn, openWorld, statusOf, type World } from './world.js';

let world: World;
let key: string;
beforeAll(async () => {
  world = await openWorld();
  key = (await world.newKey()).plaintext;
});
afterAll(() => world.close());

const targets = ['/v1/authorize', '/v1/self'] as const; // Before the router, and through it.

describe.each(targets)('a credential sent to %s', (target) => {
  const ask = (...headers: readonly string[]) =>
    world.raw(`GET ${target} HTTP/1.1`, 'Host: h', ...headers);

  test('is accepted in each form and in any case of the scheme', async () => {
    for (const header of [
      `X-API-Key: ${key}`,
      `x-api-key:   ${key}  `,
      `Authorization: Bearer ${key}`,
      `AUTHORIZATION: bearer ${key}`,
      `Authorization: Api-Key ${key}`,
      `Authorization: API-KEY   ${key}`,
    ]) {
      expect(statusOf(await ask(header)), header).toBe(200);
    }
  });

  test("a user's own Bearer token may stand beside one", async () => {
    const token = 'Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln';
    expect(statusOf(await ask(token, `X-API-Key: ${key}`))).toBe(200);
    const alone = await ask(token);
    expect(statusOf(alone)).toBe(401);
    expect(jsonIn(alone).code).toBe('missing');
  });

  test('a damaged one is told apart by its likely mistake', async () => {
    const details = new Set<string>();
    for (const text of [
      '',
      `"${key}"`,
      key.slice(0, -5),
      'key_live_',
      'x'.repeat(513),
      '$API_KEY',
    ]) {
      const got = await ask(`X-API-Key: ${text}`);
      expect(statusOf(got)).toBe(401);
      details.add(jsonIn(got).detail);
      expect(got).not.toContain(key.slice(9, 40));
    }
    expect(details.size).toBeGreaterThan(4);
  });

  test('one that is longer than all headers may be is refused before it is read', async () => {
    const got = await ask(`X-API-Key: ${'x'.repeat(20_000)}`);
    expect(statusOf(got)).toBe(431);
    expect(jsonIn(got)).toMatchObject({ status: 431, code: 'invalid_request' });
    expect(got).toMatch(/\r\nrequest-id: [A-Za-z0-9-]+\r\n/);
    expect(got).toMatch(/\r\nconnection: close\r\n/);
  });
});

describe('what is no HTTP', () => {
  test('is refused as such', async () => {
    const got = await world.raw('nonsense');
    expect(statusOf(got)).toBe(400);
    expect(jsonIn(got).code).toBe('invalid_request');
  });

  test('two lengths, or a length and chunks, are refused', async () => {
    const head = ['POST /v1/keys/verify HTTP/1.1', 'Host: h', `X-API-Key: ${world.root}`];
    const lengths = ['Content-Length: 2', 'Content-Length: 3'];
    expect(statusOf(await world.raw(...head, ...lengths, '', '{}'))).toBe(400);
    const smuggled = ['Content-Length: 2', 'Transfer-Encoding: chunked'];
    expect(statusOf(await world.raw(...head, ...smuggled, '', '0'))).toBe(400);
  });

  test('a host that can be none is refused', async () => {
    const got = await world.raw('GET /healthz HTTP/1.1', 'Host: a b/c');
    expect(statusOf(got)).toBe(400);
  });
});
