import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('a yes or no in a query', () => {
  test.each([
    ['/v1/rotations', 'open'],
    ['/v1/keys', 'pastPolicy'],
  ])('of %s is %s=true or false, and nothing else', async (path, name) => {
    for (const value of ['true', 'false']) {
      const { status, json } = await world.ask('GET', `${path}?${name}=${value}`);
      expect({ status, isPage: Array.isArray(json.items) }).toEqual({ status: 200, isPage: true });
    }
    for (const value of ['yes', '1', 'True', '']) {
      const { status, json } = await world.ask('GET', `${path}?${name}=${value}`);
      expect({ status, pointer: json.errors?.[0]?.pointer }).toEqual({
        status: 400,
        pointer: `/${name}`,
      });
    }
  });

  test('finds no key that is past its policy where none says how old is too old', async () => {
    const made = await world.ask('POST', '/v1/keys', { body: { name: 'Acme CI' } });
    expect(made.json.key.pastPolicySince).toBeNull();
    const { json } = await world.ask('GET', '/v1/keys?pastPolicy=true');
    expect(json).toEqual({ items: [], nextCursor: null });
  });
});
