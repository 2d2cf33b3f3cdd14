import { describe, expect, onTestFinished, test } from 'vitest';
import { InvalidRequestError } from '../../src/errors.js';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import { untyped } from '../guards/untyped.js';
import { faultOf } from './misuse.js';

/** What a check is told beside a good key, and the field that it gets wrong. */
const misuses: readonly {
  readonly name: string;
  readonly told: object;
  readonly pointer: string;
  readonly fix: string;
}[] = [
  {
    name: 'scopes that are misspelt',
    told: { scope: ['reports:write'] },
    pointer: '/scope',
    fix: 'Did you mean "scopes"?',
  },
  {
    name: 'scopes as a set',
    told: { scopes: new Set(['reports:write']) },
    pointer: '/scopes',
    fix: 'Send a list of scopes.',
  },
  {
    name: 'scopes as an object',
    told: { scopes: {} },
    pointer: '/scopes',
    fix: 'Send a list of scopes.',
  },
  {
    name: 'scopes as a text',
    told: { scopes: 'reports:write' },
    pointer: '/scopes',
    fix: 'Send a list of scopes.',
  },
  {
    name: 'scopes that are null',
    told: { scopes: null },
    pointer: '/scopes',
    fix: 'Send a list of scopes.',
  },
  {
    name: 'a scope that is none',
    told: { scopes: ['reports:read', 'a b'] },
    pointer: '/scopes/1',
    fix: 'Send a scope like "reports:read".',
  },
  {
    name: 'an empty scope',
    told: { scopes: [''] },
    pointer: '/scopes/0',
    fix: 'Send a scope like "reports:read".',
  },
  {
    name: 'a list of a hole',
    told: { scopes: [undefined] },
    pointer: '/scopes/0',
    fix: 'Add a scope like "reports:read".',
  },
  {
    name: 'a scope in a list of its own',
    told: { scopes: [['reports:read']] },
    pointer: '/scopes/0',
    fix: 'Send a scope like "reports:read".',
  },
  {
    name: 'an environment that is none',
    told: { environment: 'prod' },
    pointer: '/environment',
    fix: 'Send one of "live", "test".',
  },
  {
    name: 'an environment that is no text',
    told: { environment: 5 },
    pointer: '/environment',
    fix: 'Send one of "live", "test".',
  },
  {
    name: 'a keyspace that is no text',
    told: { keyspace: 5 },
    pointer: '/keyspace',
    fix: 'Send a string.',
  },
  {
    name: 'a keyspace that is null',
    told: { keyspace: null },
    pointer: '/keyspace',
    fix: 'Send a string.',
  },
  {
    name: 'an address in a list',
    told: { address: ['203.0.113.7'] },
    pointer: '/address',
    fix: 'Send a string.',
  },
  {
    name: 'a method that is null',
    told: { method: null },
    pointer: '/method',
    fix: 'Send a string.',
  },
  {
    name: 'a path as a URL',
    told: { path: new URL('http://localhost/reports') },
    pointer: '/path',
    fix: 'Send a string.',
  },
  {
    name: 'an origin that is null',
    told: { origin: null },
    pointer: '/origin',
    fix: 'Send a string.',
  },
  { name: 'a URL that is no text', told: { url: 5 }, pointer: '/url', fix: 'Send a string.' },
  {
    name: 'a cost below nothing',
    told: { cost: -1 },
    pointer: '/cost',
    fix: 'Send a whole number.',
  },
  {
    name: 'a field that no check has',
    told: { request: {} },
    pointer: '/request',
    fix: 'Known are: plaintext, headers, url, keyspace, environment, scopes, address, method, path, origin, cost, isAboutKey, userAgent, clientId.',
  },
];

const NO_HEADERS =
  "Pass a Headers, or Node's request.rawHeaders: its headers do not show what was sent twice.";

/** Where the key should be and is not. */
const keyless: readonly {
  readonly name: string;
  readonly told: (plaintext: string) => unknown;
  readonly pointer: string;
  readonly fix: string;
}[] = [
  {
    name: 'nothing',
    told: () => undefined,
    pointer: '',
    fix: 'Send an object with "plaintext", or with "headers" and "url".',
  },
  {
    name: 'the key alone',
    told: (plaintext) => plaintext,
    pointer: '',
    fix: 'Send an object with "plaintext", or with "headers" and "url".',
  },
  {
    name: 'a key and headers beside it',
    told: (plaintext) => ({ plaintext, headers: ['x-api-key', plaintext] }),
    pointer: '/headers',
    fix: 'Leave one of them out.',
  },
  {
    name: 'a request of fetch',
    told: (plaintext) => new Request('http://localhost', { headers: { 'x-api-key': plaintext } }),
    pointer: '',
    fix: 'Send an object with "plaintext", or with "headers" and "url".',
  },
  {
    name: 'neither a key nor headers',
    told: () => ({}),
    pointer: '/plaintext',
    fix: 'Add the key, or "headers" of the request that carries it.',
  },
  {
    name: 'a request in the place of its headers',
    told: (plaintext) => ({ request: new Request('http://localhost'), secret: plaintext }),
    pointer: '/plaintext',
    fix: 'Add the key, or "headers" of the request that carries it.',
  },
  {
    name: 'headers as Node joins them',
    told: (plaintext) => ({ headers: { 'x-api-key': plaintext } }),
    pointer: '/headers',
    fix: NO_HEADERS,
  },
  {
    name: 'headers that are not there',
    told: () => ({ headers: undefined }),
    pointer: '/plaintext',
    fix: 'Add the key, or "headers" of the request that carries it.',
  },
  {
    name: 'headers as a map',
    told: (plaintext) => ({ headers: new Map([['X-API-Key', plaintext]]) }),
    pointer: '/headers',
    fix: NO_HEADERS,
  },
  {
    name: 'headers as pairs',
    told: (plaintext) => ({ headers: [['x-api-key', plaintext]] }),
    pointer: '/headers',
    fix: NO_HEADERS,
  },
];

describe.each([
  { scope: 'reports:read', who: 'a key of one scope' },
  { scope: '*', who: 'a key that may do everything' },
])('a check of $who', ({ scope }) => {
  test.each(misuses)('that is told $name is a fault, and no verdict', async (misuse) => {
    const { keyturn, plaintext } = await startKeyturn(scope);
    expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
    for (const headers of [undefined, ['X-API-Key', plaintext]]) {
      const told = headers === undefined ? { plaintext } : { headers };
      const fault = await checkFault(keyturn, { ...told, ...misuse.told });
      expect(fault).toBeInstanceOf(InvalidRequestError);
      expect(fault).toMatchObject({ errors: [{ pointer: misuse.pointer, fix: misuse.fix }] });
      expect(String(fault)).not.toContain(plaintext);
    }
  });

  test.each(keyless)('that is told $name is a fault, and no verdict', async (misuse) => {
    const { keyturn, plaintext } = await startKeyturn(scope);
    const fault = await checkFault(keyturn, misuse.told(plaintext));
    expect(fault).toBeInstanceOf(InvalidRequestError);
    const { pointer, fix } = misuse;
    const named = expect.objectContaining({ pointer, fix });
    expect(fault).toHaveProperty('errors', expect.arrayContaining([named]));
    expect(String(fault)).not.toContain(plaintext);
  });
});

test('a key that is none is refused, whatever it is, and never thrown', async () => {
  const { keyturn } = await startKeyturn('reports:read');
  for (const plaintext of [undefined, null, 5, ['key'], {}]) {
    const verdict = await keyturn.verify(untyped({ plaintext }));
    expect(verdict).toEqual({ valid: false, code: 'missing' });
  }
  expect(await keyturn.verify({ plaintext: '' })).toMatchObject({ code: 'malformed' });
});

test('what a check may be told and is not is as if it were absent', async () => {
  const { keyturn, plaintext } = await startKeyturn('reports:read');
  const absent = { keyspace: undefined, environment: undefined, scopes: undefined };
  const facts = { address: undefined, method: undefined, path: undefined, origin: undefined };
  const told = { ...absent, ...facts, url: undefined, cost: undefined };
  expect(await keyturn.verify({ ...told, plaintext })).toMatchObject({ valid: true });
  const headers = new Headers({ 'x-api-key': plaintext });
  expect(await keyturn.verify({ ...told, headers })).toMatchObject({ valid: true });
  expect(await keyturn.verify({ headers: [] })).toMatchObject({ code: 'missing' });
  expect(await keyturn.verify({ plaintext, cost: 3, scopes: [] })).toMatchObject({ valid: true });
});

test('a list of scopes is read each time, since it may have been changed', async () => {
  const { keyturn, plaintext } = await startKeyturn('*');
  const scopes = ['a:b'];
  expect(await keyturn.verify({ plaintext, scopes })).toMatchObject({ valid: true });
  scopes.push('a b');
  const fault = await checkFault(keyturn, { plaintext, scopes });
  expect(fault).toMatchObject({ errors: [{ pointer: '/scopes/1' }] });
});

test('a scope that was well-formed once does not make the next one so', async () => {
  const { keyturn, plaintext } = await startKeyturn('*');
  for (let round = 0; round < 3; round += 1) {
    expect(await keyturn.verify({ plaintext, scopes: ['a:b'] })).toMatchObject({ valid: true });
    expect(await checkFault(keyturn, { plaintext, scopes: ['a:b', 'a b'] })).toMatchObject({
      errors: [{ pointer: '/scopes/1' }],
    });
  }
  for (let index = 0; index < 600; index += 1) {
    const scopes = [`reports-${index}:read`, `reports-${index}:READ`];
    expect(await checkFault(keyturn, { plaintext, scopes })).toMatchObject({
      errors: [{ pointer: '/scopes/1' }],
    });
  }
});

async function startKeyturn(scope: string): Promise<{ keyturn: TestKeyturn; plaintext: string }> {
  const keyturn = await createTestKeyturn();
  onTestFinished(() => keyturn.close());
  const { plaintext } = await keyturn.keys.create({ name: 'Acme CI', scopes: [scope] });
  return { keyturn, plaintext };
}

/** What the check throws or rejects with; undefined where it is a verdict. */
function checkFault(keyturn: TestKeyturn, told: unknown): Promise<unknown> {
  return faultOf((async () => keyturn.verify(untyped(told)))());
}
