import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('a body that is not what its schema says', () => {
  test('the fix names the nearest field, or all of them', async () => {
    const near = await world.ask('POST', '/v1/keys', { body: { name: 'x', scope: [] } });
    expect(near.json.errors).toEqual([
      {
        pointer: '/scope',
        message: 'is not a field of this request.',
        fix: 'Did you mean "scopes"?',
      },
    ]);
    const far = await world.ask('POST', '/v1/keys/revoke-this', {});
    expect(far.status).toBe(405);
    const none = await world.ask('POST', '/v1/keys/find', { body: { plaintext: 'x', zzzzzzz: 1 } });
    expect(none.json.errors[0].fix).toBe('Known are: plaintext.');
  });

  test('a nested field is named by its pointer, and no answer grows with its request', async () => {
    const body = { name: 'x', restrictions: { adresses: ['10.0.0.0/8'], 'a/b~c': 1 } };
    const nested = await world.ask('POST', '/v1/keys', { body });
    expect(nested.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/restrictions/adresses',
      '/restrictions/a~1b~0c',
    ]);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, 1]));
    const crowd = await world.ask('POST', '/v1/keys', { body: { name: 'x', ...many } });
    expect(crowd.json.errors.length).toBeGreaterThan(5);
    expect(crowd.json.errors.length).toBeLessThan(21);
    const long = await world.ask('POST', '/v1/keys', {
      body: { name: 'x', ['y'.repeat(9_000)]: 1 },
    });
    expect(long.text.length).toBeLessThan(2_000);
  });

  test('a wrong type or a missing field is named with what is wanted', async () => {
    const got = await world.ask('POST', '/v1/keys', {
      body: {
        scopes: 'reports:read',
        environment: 'prod',
        expiresAt: 5,
        restrictions: { methods: [1] },
      },
    });
    expect(got.status).toBe(400);
    const faults = new Map(
      got.json.errors.map((one: { pointer: string; fix: string }) => [one.pointer, one.fix]),
    );
    expect(Object.fromEntries(faults)).toEqual({
      '/name': 'Add a string.',
      '/scopes': 'Send a list of strings.',
      '/environment': 'Send one of "live", "test".',
      '/expiresAt': 'Send an RFC 3339 time, a date, a duration like "90d", or null.',
      '/restrictions/methods/0': 'Send a string.',
    });
    expect(got.text).not.toContain('prod');
  });

  test('where null may stand for an object, what is wrong within it is said, and no more', async () => {
    const faultsOf = async (brownouts: unknown) =>
      (await world.ask('POST', '/v1/policies', { body: { name: 'wrong', brownouts } })).json.errors;
    const wanted = 'a number, above 0, at most 100';
    expect(await faultsOf({ after: '7d', for: '5m', share: [0] })).toEqual([
      { pointer: '/brownouts/share/0', message: `is not ${wanted}.`, fix: `Send ${wanted}.` },
    ]);
    expect(await faultsOf({ after: '7d', for: '5m', share: [50], shares: [1] })).toEqual([
      {
        pointer: '/brownouts/shares',
        message: 'is not a field of this request.',
        fix: 'Did you mean "share"?',
      },
    ]);
    expect(await faultsOf({ after: '7d', for: '5m', shares: [50] })).toEqual([
      {
        pointer: '/brownouts/share',
        message: 'is missing.',
        fix: `Add a list, each item ${wanted}.`,
      },
      {
        pointer: '/brownouts/shares',
        message: 'is not a field of this request.',
        fix: 'Did you mean "share"?',
      },
    ]);
    expect(await faultsOf(5)).toEqual([
      {
        pointer: '/brownouts',
        message: 'is not an object or null.',
        fix: 'Send an object or null.',
      },
    ]);
    const approval = { approvers: 9 };
    const { json } = await world.ask('POST', '/v1/policies', { body: { name: 'wrong', approval } });
    expect(json.errors).toEqual([
      {
        pointer: '/approval/approvers',
        message: 'is not an integer, at least 0, at most 5.',
        fix: 'Send an integer, at least 0, at most 5.',
      },
    ]);
  });
});
