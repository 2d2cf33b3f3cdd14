import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const body = { id: 'acme', name: 'Acme' };
  await world.ask('POST', '/v1/owners', { body });
});
afterAll(() => world.close());

describe('a repeated call', () => {
  test.each([
    ['/v1/keyspaces', { name: 'other', prefix: 'oth' }],
    ['/v1/owners', { id: 'globex', name: 'Globex' }],
    ['/v1/owners/acme/erase', undefined],
    ['/v1/keys/import', { rows: [{ id: '1', name: 'a', sha256: 'a'.repeat(64) }] }],
  ])('of %s says that it is one, and answers as the first', async (path, body) => {
    const headers = { 'idempotency-key': path };
    const ask = () => world.ask('POST', path, { body, headers });
    const first = await ask();
    expect(first.status).toBeLessThan(300);
    expect(first.json).not.toHaveProperty('replayed');
    for (const _again of [1, 2]) {
      const { status, json } = await ask();
      expect([status, json]).toEqual([first.status, { ...first.json, replayed: true }]);
    }
  });
});
