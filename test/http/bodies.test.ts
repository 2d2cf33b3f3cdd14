import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonIn, openWorld, statusOf, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const paths = ['/v1/keys', '/v1/keys/verify'] as const; // Through the router, and before it.

describe.each(paths)('the body of POST %s', (path) => {
  test.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/json; charset=utf-16'],
    ['application/jsonp'],
    [''],
  ])('is refused as %j', async (type) => {
    const got = await world.ask('POST', path, { body: '{}', headers: { 'content-type': type } });
    expect(got.status).toBe(415);
    expect(got.json).toMatchObject({ code: 'invalid_request', title: 'Not JSON' });
  });

  test.each([['application/json; charset=utf-8'], ['Application/JSON;charset="UTF-8"']])(
    'is read as %j',
    async (type) => {
      const got = await world.ask('POST', path, { body: '{}', headers: { 'content-type': type } });
      expect(got.json.errors.map(({ message }: { message: string }) => message)).toEqual([
        'is missing.',
      ]);
    },
  );

  test.each([
    ['nothing', ''],
    ['half a document', '{"name":'],
    ['a secret outside of JSON', 'key_live_54TJixcaALhtUabpJgqC3RKAFKy7Ounm3Gqy27'],
    ['two documents', '{}{}'],
    ['a byte-order mark', '\ufeff{}'],
  ])('is refused where it is %s, and is not repeated', async (_what, body) => {
    const headers = { 'content-type': 'application/json' };
    const got = await world.ask('POST', path, { body, headers });
    expect(got.status).toBe(400);
    expect(got.json.errors).toEqual([
      { pointer: '', message: 'The body is not JSON.', fix: 'Send one JSON object.' },
    ]);
    expect(got.text).not.toContain('key_live');
  });

  test.each([['[]'], ['"text"'], ['7'], ['null']])('is refused where it is %s', async (body) => {
    const got = await world.ask('POST', path, { body });
    expect(got.status).toBe(400);
    expect(got.json.code).toBe('invalid_request');
  });

  test('is refused where it is not UTF-8', async () => {
    const bytes = Buffer.from('7b226e616d65223a22ff227d', 'hex').toString('latin1');
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: h',
      `X-API-Key: ${world.root}`,
      'Content-Type: application/json',
      `Content-Length: ${bytes.length}`,
    ];
    const got = await world.raw(...head, '', bytes);
    expect(statusOf(got)).toBe(400);
    expect(jsonIn(got).errors[0].message).toBe('The body is not UTF-8.');
  });

  test('is refused beyond 64 KiB, with a length and without', async () => {
    const fits = await world.ask('POST', path, { body: `{"x":"${'y'.repeat(65_000)}"}` });
    expect(fits.status).toBe(400);
    const declared = await world.ask('POST', path, { body: 'x'.repeat(65_537) });
    expect(declared.status).toBe(413);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const chunked = await world.raw(
      `POST ${path} HTTP/1.1`,
      'Host: h',
      `X-API-Key: ${world.root}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      '',
      `${chunk.repeat(5)}0`,
    );
    expect(statusOf(chunked)).toBe(413);
  });

  test('security 47: is refused 10 000 deep, and its brackets in strings do not count', async () => {
    const depth = 10_000;
    const deep = `{"metadata":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const got = await world.ask('POST', path, { body: deep });
    expect(got.status).toBe(400);
    expect(got.json.errors[0].message).toBe('The body is nested deeper than 32.');
    const quoted = JSON.stringify({ unknown: `${'[{'.repeat(100)}"\\` });
    const shallow = await world.ask('POST', path, { body: quoted });
    expect(shallow.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toContain(
      '/unknown',
    );
  });

  test.each([
    ['written out', '{"__proto__":{"isAdmin":true}}'],
    ['escaped', '{"\\u005f\\u005fproto__":{"isAdmin":true}}'],
    ['below', '{"metadata":{"a":[{"__proto__":{}}]}}'],
  ])('security 47: is refused with __proto__ %s', async (_where, body) => {
    const got = await world.ask('POST', path, { body });
    expect(got.status).toBe(400);
    expect(got.json.errors[0].pointer).toMatch(/__proto__$/);
    expect(got.json.errors[0].message).toBe('is not a name that is accepted.');
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
  });

  test.each([
    ['one of the route', '{"plaintext":"a","plaintext":"b"}', '/plaintext'],
    ['apart and spaced', '{"a" :1,"b":{"a":2},"c":[{"a":3}],"a"\n:4}', '/a'],
    ['escaped once', '{"name":"a","n\\u0061me":"b"}', '/name'],
    ['below', '{"metadata":{"x/y":[[],{"a":":","b":"{,\\\\","a":1}]}}', '/metadata/x~1y/1/a'],
    ['a number', '{"1":0,"x":",","1":0}', '/1'],
    ['a long one', `{"${'n'.repeat(99)}":1,"${'n'.repeat(99)}":1}`, `/${'n'.repeat(64)}…`],
  ])('security 47: is refused where a field is named twice: %s', async (_which, body, pointer) => {
    const got = await world.ask('POST', path, { body });
    expect(got.status).toBe(400);
    expect(got.json.errors).toEqual([
      {
        pointer,
        message: 'is said twice, so nobody can tell which one counts.',
        fix: 'Leave one of them.',
      },
    ]);
  });

  test('is read where only its strings name a field twice', async () => {
    const text = ':"a":1,\\"a":2:{[\\\\';
    const body = JSON.stringify({ x: { y: text, z: [text, { y: text }] }, y: `"${text}` });
    const got = await world.ask('POST', path, { body });
    const pointers = got.json.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/x', '/y']));
  });
});

describe('rows of an import', () => {
  test('security 47: are all refused where one names a field twice', async () => {
    const sha256 = 'a'.repeat(64);
    const body = `{"rows":[{"id":"1"},{"id":"2","owner":"a","owner":"b","sha256":"${sha256}"}]}`;
    const got = await world.ask('POST', '/v1/keys/import', { body });
    expect(got.status).toBe(400);
    expect(got.json.errors[0].pointer).toBe('/rows/1/owner');
  });

  test('security 47: cost no other row when they say __proto__', async () => {
    const sha256 = 'a'.repeat(63);
    const rows = [
      `{"id":"1","metadata":{"__proto__":{"isAdmin":true}},"sha256":"${sha256}1"}`,
      `{"id":"2","sha256":"${sha256}2"}`,
      `{"id":"3","\\u005f_proto__":{"sha256":"${sha256}3"}}`,
      `{"id":"4","tags":[{"__proto__":1}],"sha256":"${sha256}4"}`,
    ];
    const headers = { 'idempotency-key': 'hostile rows' };
    const body = `{"rows":[${rows}]}`;
    const got = await world.ask('POST', '/v1/keys/import', { body, headers });
    expect(got.status).toBe(200);
    const outcomes = got.json.rows.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes).toEqual(['refused', 'created', 'refused', 'refused']);
    expect(got.json.rows[0].reason).toBe('"metadata" has a field named "__proto__".');
    expect(got.json.rows[2].reason).toBe('"__proto__" is not a field of a row.');
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
    const again = await world.ask('POST', '/v1/keys/import', { body, headers });
    expect(again.json).toMatchObject({ replayed: true, rows: got.json.rows });
  });

  test('security 47: beside them the name is refused as everywhere', async () => {
    const body = '{"rows":[{"id":"1"}],"__proto__":{"dryRun":true}}';
    const got = await world.ask('POST', '/v1/keys/import', { body });
    expect(got.status).toBe(400);
    expect(got.json.errors[0].pointer).toBe('/__proto__');
  });
});

describe('a body that may be left out', () => {
  test('is as good as an empty object, whatever the type says', async () => {
    const { id } = await world.newKey();
    expect((await world.ask('POST', `/v1/keys/${id}/disable`)).status).toBe(200);
    expect((await world.ask('POST', `/v1/keys/${id}/enable`, { body: {} })).status).toBe(200);
  });

  test('is still read where it is there', async () => {
    const { id } = await world.newKey();
    const got = await world.ask('POST', `/v1/keys/${id}/revoke`, { body: { reason: 'left' } });
    expect(got.json.key).toMatchObject({ state: 'revoked', stateReason: 'left' });
  });

  test('metadata with a number that is none is told what to do about it', async () => {
    const body = '{"name":"x","metadata":{"rate":1e999}}';
    const got = await world.ask('POST', '/v1/keys', { body });
    expect(got.status).toBe(422);
    expect(got.json.errors).toEqual([
      {
        pointer: '/metadata',
        message: 'has a non-finite number.',
        fix: 'Send a number below 1.8e308, or write it as a string.',
      },
    ]);
  });

  test('security 47: metadata keeps odd names as data', async () => {
    const metadata = { constructor: { prototype: 1 }, toString: 'x', ü: [null, true, 1.5] };
    const body = { name: 'odd', metadata };
    const made = await world.ask('POST', '/v1/keys', { body });
    expect(made.status).toBe(201);
    expect(made.json.key.metadata).toEqual(metadata);
    expect((await world.ask('GET', `/v1/keys/${made.json.key.id}`)).json.metadata).toEqual(
      metadata,
    );
  });
});
