import { readFileSync } from 'node:fs';
import { IsObject } from 'typebox/type';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { leastBody } from './own-statuses.js';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const columns = columnNames();
const withBody = routes.filter(({ takesBody }) => takesBody);

describe('security 14: fields that no schema names', () => {
  test('the columns are read from the schema of the database', () => {
    expect(columns).toEqual(expect.arrayContaining(['digest', 'maker_id', 'makerId', 'state']));
    expect(columns.length).toBeGreaterThan(60);
  });

  test.each(withBody)('$method $path refuses every column it does not take', async (route) => {
    const least = leastBody[`${route.method} ${route.path}`] ?? {};
    for (const column of columns.filter((name) => !fieldsOf(route).includes(name))) {
      const got = await askHandler(route, { ...least, [column]: 'sent-value' });
      expect(got.status, column).toBe(400);
      const { errors } = JSON.parse(got.text);
      const fault = errors.find(({ pointer }: { pointer: string }) => pointer === `/${column}`);
      expect(fault).toMatchObject({ message: 'is not a field of this request.' });
      expect(got.text).not.toContain('sent-value');
    }
  });

  test.each(routes.filter(({ method }) => method === 'GET'))(
    '$method $path refuses a query it does not know',
    async (route) => {
      const path = route.path.replace(/\{\w+\}/, 'unknown');
      const got = await world.ask('GET', `${path}?digest=sent-value`);
      expect(got.status).toBe(400);
      expect(got.json.errors[0].pointer).toBe('/digest');
      expect(got.text).not.toContain('sent-value');
    },
  );

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
});

function fieldsOf({ body }: Route): readonly string[] {
  return IsObject(body) ? Object.keys(body.properties) : [];
}

/** By the other door: there are thousands of them. */
async function askHandler(route: Route, body: object) {
  const path = route.path.replace(/\{\w+\}/, 'nobody');
  const request = new Request(`http://keyturn.test${path}`, {
    method: route.method,
    headers: { 'x-api-key': world.root, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const response = await world.keyturn.handler(request, { address: '127.0.0.1' });
  return { status: response.status, text: await response.text() };
}

/** Every column of every table, as the database and as the API would write it. */
function columnNames(): readonly string[] {
  const source = readFileSync(new URL('../../src/store/schema.ts', import.meta.url), 'utf8');
  const tables = source.slice(source.indexOf('interface SchemaTable'));
  const columns = [...tables.matchAll(/^ {2}([a-z_]+): /gm)].map((match) => match[1] ?? '');
  const camel = columns.map((name) =>
    name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
  );
  return [...new Set([...columns, ...camel])];
}
