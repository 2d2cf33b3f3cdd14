import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MAX_PATH_SEGMENTS, matchesPath, pathOf } from '../../src/keys/path.js';
import { createTestKeyturn } from '../../src/testing.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { scaled, seed } from '../setup/scale.js';
import { serve } from './served.js';

const UNPROCESSABLE = { code: 'unprocessable' };
const DEPTH = 10_000;
const LONG = 10_000; // Segments of a path.
/** Names that mean something to JavaScript. */
const ODD_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__'];
const CLEAN = Object.getOwnPropertyNames(Object.prototype);

function expectCleanPrototype(): void {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(CLEAN);
  expect(Reflect.get({}, 'isAdmin')).toBeUndefined();
}

afterEach(expectCleanPrototype);

/** Objects in objects: what called itself for each of them would overflow. */
function nested(depth: number): Record<string, never> {
  let value = {};
  for (let level = 1; level < depth; level += 1) value = { a: value };
  return value;
}

describe.each(dataKinds)('hostile data on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterEach(() => fleet.close());

  test('security 47: is no metadata where it names a prototype or is too deep', async () => {
    const { keys } = fleet.at(0).keyturn;
    const { key } = await fleet.at(0).issue();
    for (const metadata of [
      JSON.parse('{"__proto__":{"isAdmin":true}}'),
      JSON.parse('{"a":[{"b":{"__proto__":{"isAdmin":true}}}]}'),
      nested(DEPTH),
      { a: [nested(DEPTH)] },
    ]) {
      await expect(keys.create({ name: 'hostile', metadata })).rejects.toMatchObject(UNPROCESSABLE);
      await expect(keys.update(key.id, { metadata })).rejects.toMatchObject(UNPROCESSABLE);
    }
    expect((await keys.list()).items).toMatchObject([{ id: key.id, metadata: {}, version: 1 }]);
  });

  test('security 47: is text wherever text may stand', async () => {
    const { keyturn } = fleet.at(0);
    for (const name of ODD_NAMES) {
      const owner = await keyturn.owners.create({ id: name, name });
      const input = { name, owner: name, tags: [`t:${name}`], metadata: { [`${name}x`]: name } };
      const how = { idempotencyKey: name };
      const made = await keyturn.keys.create(input, how);
      if (!('plaintext' in made)) throw new Error('It was made before.');
      expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true, key: input });
      expect(await keyturn.keys.create(input, how)).toEqual({ key: made.key, replayed: true });
      expect((await keyturn.keys.list({ owner: name, tag: `t:${name}` })).items).toEqual([
        made.key,
      ]);
      expect(await keyturn.owners.get(name)).toEqual(owner);
      for (const call of [
        () => keyturn.keys.get(name),
        () => keyturn.keyspaces.get(name),
        () => keyturn.keys.create({ name, keyspace: name }),
        async () => keyturn.verify({ plaintext: name, keyspace: name }),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'not_found' });
      }
      expect(await keyturn.verify({ plaintext: name })).toMatchObject({ valid: false });
    }
    expect((await keyturn.owners.list()).items).toHaveLength(ODD_NAMES.length);
    expect(await keyturn.events.verify()).toMatchObject([{ ok: true }, { ok: true }]);
  });
});

describe('a hostile request', () => {
  let fleet: Fleet;
  beforeEach(async () => {
    const [memory] = dataKinds;
    if (memory === undefined) throw new Error('There is no store in memory.');
    fleet = await startFleet({ create: memory.create, roles: ['server'] });
  });
  afterEach(() => fleet.close());

  test('security 47: may name a prototype anywhere, and finds nothing there', async () => {
    const { ask, raw, root } = await serve(fleet.at(0).keyturn);
    const { plaintext: key } = await fleet.at(0).issue();
    for (const name of ODD_NAMES) {
      for (const path of ['keys', 'keyspaces', 'owners']) {
        expect((await ask('GET', `/v1/${path}/${name}`)).status).toBe(404);
        expect((await ask('GET', `/v1/${path}?${name}=x`)).status).toBe(400);
      }
      expect((await ask('GET', `/v1/keys?keyspace=${name}`)).status).toBe(404);
      expect((await ask('GET', `/v1/authorize?keyspace=${name}`, { key })).status).toBe(404);
      expect((await ask('GET', `/v1/authorize?${name}=x`, { key })).status).toBe(400);
      const body = { plaintext: key, keyspace: name };
      expect((await ask('POST', '/v1/keys/verify', { body })).json.valid).not.toBe(true);
      const answer = await raw('GET /v1/self HTTP/1.1', 'Host: h', `${name}: ${root}`, '', '');
      expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    }
  });

  test('security 47: leaves every prototype clean, whatever its body is', async () => {
    const { ask } = await serve(fleet.at(0).keyturn);
    const { json } = await ask('POST', '/v1/keys', { body: { name: 'target' } });
    const path = `/v1/keys/${json.key.id}`;
    const check = fc.asyncProperty(hostileJson(), fc.boolean(), async (document, isWhole) => {
      const body = isWhole ? document : `{"metadata":${document}}`;
      const { status, json: key } = await ask('PATCH', path, { body });
      expect([200, 400, 422]).toContain(status);
      const read = JSON.stringify(JSON.parse(body)); // Of two fields of one name the last counts.
      if (read.includes('"__proto__":')) expect(status).toBe(400);
      if (status === 200 && !isWhole) expect(key.metadata).toEqual(JSON.parse(document));
      expectCleanPrototype();
    });
    await fc.assert(check, { seed: seed(), numRuns: scaled(200) });
  });
});

/** JSON with names that mean something, as text: an object here would lose the one that matters. */
function hostileJson(): fc.Arbitrary<string> {
  const names = [...ODD_NAMES, 'a', 'name', 'metadata', 'isAdmin'].map((name) => `"${name}"`);
  const { object } = fc.letrec<{ object: string; value: string }>((tie) => ({
    object: fc
      .array(fc.tuple(fc.constantFrom(...names, '"\\u005f_proto__"'), tie('value')), {
        maxLength: 3,
      })
      .map((fields) => `{${fields.map((field) => field.join(':')).join(',')}}`),
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('null', 'true', '1', '"x"', '[]'),
      tie('object'),
      fc.array(tie('value'), { maxLength: 2 }).map((items) => `[${items.join(',')}]`),
    ),
  }));
  return object;
}

describe('a path pattern', () => {
  test('security 47: that could be matched in many ways cannot be given to a key', async () => {
    const keyturn = await createTestKeyturn();
    onTestFinished(() => keyturn.close());
    const tooLong = `/${Array.from({ length: MAX_PATH_SEGMENTS + 1 }, () => '*').join('/')}`;
    for (const path of ['/**/**/**/x', '/**/x', '/**/**', '/a**', '/*a*/x', tooLong]) {
      const made = keyturn.keys.create({ name: 'x', restrictions: { paths: ['/good', path] } });
      await expect(made).rejects.toMatchObject({
        ...UNPROCESSABLE,
        errors: [{ pointer: '/restrictions/paths/1' }],
      });
    }
  });

  test('security 47: is matched in as many steps as it has segments, however long the path', () => {
    const stars = Array.from({ length: MAX_PATH_SEGMENTS - 1 }, () => '*').join('/');
    const same = Array.from({ length: LONG }, () => 'a');
    for (const pattern of [`/${stars}/**`, `/${stars}/x`, `/${stars}/`, '/**', '/a/*', '/']) {
      let stepCount = 0;
      const counting = new Proxy(same, {
        get(target, name) {
          stepCount += 1;
          return Reflect.get(target, name);
        },
      });
      matchesPath(pattern, counting);
      expect(stepCount).toBeLessThanOrEqual(MAX_PATH_SEGMENTS + 1);
    }
  });

  test('security 47: meets a path that was read once, each segment for itself', () => {
    const decode = vi.spyOn(globalThis, 'decodeURIComponent');
    onTestFinished(() => decode.mockRestore());
    for (const path of ['/a'.repeat(LONG), `/${'a'.repeat(LONG)}`, '/%61'.repeat(LONG)]) {
      decode.mockClear();
      pathOf(path);
      const readLength = decode.mock.calls.reduce((sum, [text]) => sum + text.length + 1, 0);
      expect(readLength).toBe(path.length);
    }
  });

  test('security 47: of a key holds a long path off, and lets one in', async () => {
    const keyturn = await createTestKeyturn();
    onTestFinished(() => keyturn.close());
    const paths = Array.from({ length: 99 }, (_none, index) => `/a/*/*/*/*/*/*/*/${index}`);
    const restrictions = { paths: [...paths, '/b/**'] };
    const { plaintext } = await keyturn.keys.create({ name: 'x', restrictions });
    const check = (path: string) => keyturn.verify({ plaintext, path });
    expect(await check('/a'.repeat(LONG))).toMatchObject({ code: 'path_denied' });
    expect(await check(`/a${'/%2e%2e'.repeat(LONG)}`)).toMatchObject({ code: 'path_denied' });
    expect(await check(`/b${'/a'.repeat(LONG)}`)).toMatchObject({ valid: true });
  });
});
