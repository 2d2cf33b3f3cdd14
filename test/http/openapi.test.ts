import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/http/routes.js';
import { openWorld, type World } from './world.js';

/** Of JSON Schema 2020-12, those that we use. */
const WORDS = new Set([
  'exclusiveMinimum',
  'maximum',
  '$ref',
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
  'description',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
]);

let world: World;
let document: ReturnType<typeof JSON.parse>;
beforeAll(async () => {
  world = await openWorld({ publicUrl: 'https://keys.example' });
  document = (await world.ask('GET', '/openapi.json', { key: undefined })).json;
});
afterAll(() => world.close());

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: ReturnType<typeof JSON.parse>;
}

function operations(): readonly Operation[] {
  return Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

describe('the OpenAPI document', () => {
  test('is OpenAPI 3.1, at the public address', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Keyturn', version: '1' });
    expect(document.servers).toEqual([{ url: 'https://keys.example' }]);
  });

  test('has every row of the table, and nothing else', () => {
    const rows = routes.flatMap(({ method, path }) =>
      method === 'ANY' ? [`get ${path}`, `post ${path}`] : [`${method.toLowerCase()} ${path}`],
    );
    expect(
      operations()
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    ).toEqual(rows.toSorted());
  });

  test('names each operation once', () => {
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z][A-Za-z]+$/);
  });

  test('declares every parameter of a path, and no other', () => {
    for (const { path, operation } of operations()) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const inPath = operation.parameters.filter((one: { in: string }) => one.in === 'path');
      expect(inPath.map(({ name }: { name: string }) => name)).toEqual(wanted);
      for (const one of inPath) expect(one.required).toBe(true);
      const keys = operation.parameters.map(
        (one: { in: string; name: string }) => `${one.in} ${one.name}`,
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  test('says for each operation who may call, and what comes back', () => {
    for (const { method, path, operation } of operations()) {
      const route = routes.find(
        (row) => row.path === path && (row.method === 'ANY' || row.method.toLowerCase() === method),
      );
      expect(operation.security.length > 0).toBe(route?.access !== 'public');
      for (const scheme of operation.security.flatMap(Object.keys)) {
        expect(document.components.securitySchemes).toHaveProperty(scheme);
      }
      const statuses = [
        ...Object.keys(route?.answers ?? {}),
        ...(route?.problems ?? []).map(String),
      ];
      expect(new Set(Object.keys(operation.responses))).toEqual(new Set([...statuses, 'default']));
      for (const response of Object.values<{ description: string }>(operation.responses)) {
        expect(response.description.length).toBeGreaterThan(5);
      }
      const takesBody = route?.method === 'POST' || route?.method === 'PATCH';
      expect(operation.requestBody !== undefined).toBe(takesBody);
    }
  });

  test('has a definition behind every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(references.length).toBeGreaterThan(20);
    for (const reference of new Set(references)) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1] ?? 'none';
      expect(document.components.schemas).toHaveProperty(name);
    }
  });

  test('closes every object of a request', () => {
    const bodies = operations()
      .map(({ operation }) => operation.requestBody)
      .filter(Boolean);
    for (const body of bodies) closes(body.content['application/json'].schema);
  });

  test('writes its schemas in the words of JSON Schema 2020-12', () => {
    for (const schema of Object.values(document.components.schemas)) walk(schema);
    for (const { operation } of operations()) {
      for (const { schema } of operation.parameters) walk(schema);
      for (const response of Object.values(operation.responses)) walkAnswer(response);
    }
  });
});

/** The metadata is open: it is the issuer's own. */
function closes(schema: ReturnType<typeof JSON.parse>, name = ''): void {
  // What is in these two is the issuer's own, and a kind's own form.
  if (schema.type === 'object' && name !== 'metadata' && name !== 'settings')
    expect(schema.additionalProperties).toBe(false);
  for (const [inner, value] of Object.entries(schema.properties ?? {})) closes(value, inner);
}

function walkAnswer({ content = {} }: ReturnType<typeof JSON.parse>): void {
  for (const { schema } of Object.values<{ schema: unknown }>(content)) walk(schema);
}

function walk(schema: ReturnType<typeof JSON.parse>): void {
  for (const word of Object.keys(schema)) expect(WORDS).toContain(word);
  for (const inner of Object.values(schema.properties ?? {})) walk(inner);
  for (const inner of schema.anyOf ?? []) walk(inner);
  if (schema.items !== undefined) walk(schema.items);
  for (const name of schema.required ?? []) expect(schema.properties).toHaveProperty(name);
}
