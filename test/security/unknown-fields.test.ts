import { readFileSync } from 'node:fs';
import { IsObject } from 'typebox/type';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { leastBody } from '../http/own-statuses.js';
import { personIn, type SignedInPerson } from '../http/people.js';
import { openWorld, type World } from '../http/world.js';

type Schema = Route['body'];

let world: World;
let person: SignedInPerson;
beforeAll(async () => {
  world = await openWorld();
  person = await personIn(world);
});
afterAll(() => world.close());

const columns = columnNames();
const withBody = routes.filter(({ takesBody }) => takesBody);
/** What Keyturn alone decides, in the words of the API. */
const decided = [
  ...['state', 'stateReason', 'stateChangedAt', 'stateChangedBy', 'digest', 'hint', 'scheme'],
  ...['makerId', 'keyId', 'keyspaceId', 'version', 'createdAt', 'updatedAt', 'lastUsedAt'],
  ...['isManagement', 'erasedAt', 'actorId', 'actorKind', 'hash', 'sequence', 'salt', 'value'],
];

test('security 14: the columns are read from the schema of the database', () => {
  expect(columns).toEqual(expect.arrayContaining([...decided, 'maker_id', 'is_management']));
  expect(columns.length).toBeGreaterThan(90);
});

test.each(routes)('security 14: $method $path takes nothing that Keyturn decides', (route) => {
  const { query } = route;
  const taken = [...objectsIn(route.body), { path: [], fields: fieldsOf(query) }].flatMap(
    ({ fields }) => fields,
  );
  // A list is narrowed by state; nothing is set by it.
  const narrowing = route.method === 'GET' ? ['state'] : [];
  const names = decided.filter((name) => !narrowing.includes(name));
  expect(taken.filter((name) => names.includes(name))).toEqual([]);
});

test.each(withBody)(
  'security 14: $method $path refuses every column, wherever a body has names',
  async (route) => {
    const least = leastBody[`${route.method} ${route.path}`] ?? {};
    for (const { path, fields } of objectsIn(route.body)) {
      for (const column of columns.filter((name) => !fields.includes(name))) {
        const body = { ...least, ...nested(path, { [column]: 'sent-value' }) };
        const got = await ask(route, { body });
        const pointer = `/${[...path, column].join('/')}`;
        expect(got.status, pointer).toBe(400);
        const { errors } = JSON.parse(got.text);
        const fault = errors.find((one: { pointer: string }) => one.pointer === pointer);
        expect(fault).toMatchObject({ message: 'is not a field of this request.' });
        expect(got.text).not.toContain('sent-value');
      }
    }
  },
);

/** Asked by who follows a link or comes back from a provider: what stands behind its `?` is read by none of them. */
const openToAll = routes.filter(
  ({ query }) => Reflect.get(query, 'additionalProperties') !== false,
);
const closedOnes = routes.filter((route) => !openToAll.includes(route));

test('security 14: what takes any query is a page, or where a provider leads back to', () => {
  expect(openToAll.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/sign-in/{provider}/callback',
    'GET /admin',
    'GET /admin/{page}',
    'GET /admin/{page}/{thing}',
    'GET /admin/{page}/{thing}/{part}',
  ]);
});

test.each(closedOnes)(
  'security 14: $method $path refuses every column in its query',
  async (route) => {
    const known = fieldsOf(route.query);
    for (const column of columns.filter((name) => !known.includes(name))) {
      const got = await ask(route, { search: `?${column}=sent-value` });
      expect(got.status, column).toBe(400);
      expect(JSON.parse(got.text).errors[0].pointer).toBe(`/${column}`);
      expect(got.text).not.toContain('sent-value');
    }
  },
);

/** Every object of a body that has names of its own, and where it is. */
function objectsIn(
  schema: Schema,
  path: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly fields: readonly string[] }[] {
  // Metadata is whatever its issuer wants, and is only ever data.
  if (!IsObject(schema) || Reflect.get(schema, 'additionalProperties') === true) return [];
  const inner = Object.entries(schema.properties).flatMap(([name, property]) =>
    objectsIn(property, [...path, name]),
  );
  return [{ path, fields: Object.keys(schema.properties) }, ...inner];
}

function fieldsOf(schema: Schema): readonly string[] {
  return objectsIn(schema)[0]?.fields ?? [];
}

function nested(path: readonly string[], value: object): object {
  return path.reduceRight<object>((inner, name) => ({ [name]: inner }), value);
}

/** As who may, by the door without sockets: there are thousands of them. */
async function ask(route: Route, sent: { readonly body?: object; readonly search?: string }) {
  const path = route.path.replace(/\{\w+\}/, 'nobody') + (sent.search ?? '');
  const least = leastBody[`${route.method} ${route.path}`] ?? {};
  const request = new Request(`http://keyturn.test${path}`, {
    method: route.method === 'ANY' ? 'GET' : route.method,
    headers: { ...callerOf(route), 'content-type': 'application/json' },
    ...(route.takesBody && { body: JSON.stringify(sent.body ?? least) }),
  });
  const response = await world.keyturn.handler(request, { address: '127.0.0.1' });
  return { status: response.status, text: await response.text() };
}

/** The root key; or a person, where the route is for people alone. */
function callerOf({ access }: Route): Readonly<Record<string, string>> {
  if (access !== 'session') return { 'x-api-key': world.root };
  return { cookie: `keyturn_session=${person.token}`, origin: 'http://keyturn.test' };
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
