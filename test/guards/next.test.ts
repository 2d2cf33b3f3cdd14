import { describe, expect, onTestFinished, test } from 'vitest';
import { mountKeyturn, requireKey, sharedKeyturn } from '../../src/guards/next.js';
import { createKeyturn } from '../../src/index.js';
import type { Keyturn } from '../../src/public.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { jsonOf } from './hosts.js';
import { retiringKeyturn } from './retiring.js';
import { untyped } from './untyped.js';

const REPORTS = 'https://api.example/reports/7';

/** A request as Next.js has it: with more than a `Request`. */
class RouteRequest extends Request {
  readonly nextUrl = new URL(this.url);
}

function requestWith(headers: Record<string, string> = {}): RouteRequest {
  return new RouteRequest(REPORTS, { headers });
}

describe('a guarded route handler of Next.js', () => {
  test('is called with the request, the key and the parameters', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['reports:read'] });
    const { guarded } = requireKey(async () => keyturn, { scopes: ['reports:read'] });
    const GET = guarded(
      async (request: RouteRequest, key, { params }: { params: Promise<{ id: string }> }) =>
        Response.json({ at: request.nextUrl.pathname, owner: key.owner, ...(await params) }),
    );
    const context = { params: Promise.resolve({ id: '7' }) };
    const answer = await GET(requestWith({ 'x-api-key': plaintext }), context);
    expect(await jsonOf(answer)).toEqual({ at: '/reports/7', owner: 'acme', id: '7' });
    expect((await GET(requestWith(), context)).status).toBe(401);
  });

  test('is guarded without anything being made before the first request', async () => {
    let madeCount = 0;
    const keyturn = await startKeyturn();
    const make = () => {
      madeCount += 1;
      return keyturn;
    };
    const GET = requireKey(make).guarded(() => new Response());
    const { POST } = mountKeyturn(make);
    expect(madeCount).toBe(0);
    await GET(requestWith(), undefined);
    await GET(requestWith(), undefined);
    expect(madeCount).toBe(1);
    await POST(new Request('https://api.example/v1/keys', { method: 'POST' }));
    expect(madeCount).toBe(2);
  });

  test('reads the request before anything is made, so that a build can stop it', async () => {
    let isMade = false;
    const make = () => {
      isMade = true;
      return startKeyturn();
    };
    const GET = requireKey(make).guarded(() => new Response());
    const rendered = new Proxy(requestWith(), {
      get() {
        throw new Error('dynamic');
      },
    });
    await expect(GET(rendered, undefined)).rejects.toThrow('dynamic');
    expect(isMade).toBe(false);
  });

  test('lets a signed-in user through without a key', async () => {
    const keyturn = await startKeyturn();
    const guard = requireKey(keyturn, {
      unless: async (request: RouteRequest) => request.headers.get('cookie') === 'session=good',
    });
    const GET = guard.guarded((_request, key) => Response.json({ key: key?.id ?? null }));
    expect(await jsonOf(await GET(requestWith({ cookie: 'session=good' }), undefined))).toEqual({
      key: null,
    });
    expect((await GET(requestWith({ cookie: 'session=bad' }), undefined)).status).toBe(401);
  });

  test('knows an address only where it is told one', async () => {
    const keyturn = await startKeyturn();
    const restrictions = { addresses: ['203.0.113.0/24'] };
    const headers = { 'x-api-key': await plaintextOf(keyturn, { restrictions }) };
    const forged = { ...headers, 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7' };
    const GET = requireKey(keyturn).guarded(() => new Response());
    expect((await GET(requestWith(forged), undefined)).status).toBe(403);
    const told = requireKey(keyturn, { address: () => '203.0.113.7' });
    expect((await told.guarded(() => new Response())(requestWith(headers), undefined)).status).toBe(
      200,
    );
  });

  test('tells the consumer that its secret is retiring', async () => {
    const { keyturn, plaintext, close } = await retiringKeyturn();
    onTestFinished(close);
    const GET = requireKey(keyturn).guarded(() => Response.redirect(REPORTS, 303));
    const answer = await GET(requestWith({ 'x-api-key': plaintext }), undefined);
    expect(answer.headers.get('api-key-status')).toBe('retiring');
  });

  test('answers 503 where its keyspace is not there', async () => {
    const keyturn = await startKeyturn();
    const GET = requireKey(keyturn, { keyspace: 'nope' }).guarded(() => new Response());
    expect((await GET(requestWith(), undefined)).status).toBe(503);
  });

  test('refuses everyone where no Keyturn comes of it', async () => {
    for (const source of [() => undefined, async () => ({})]) {
      const GET = requireKey(untyped(source)).guarded(() => new Response());
      await expect(GET(requestWith(), undefined)).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
  });
});

test('Keyturn mounted in Next.js answers every method below its base path', async () => {
  const keyturn = await startKeyturn({ basePath: '/keyturn' });
  const root = { keyspace: 'keyturn', owner: null, scopes: ['*'] };
  const headers = {
    authorization: `Api-Key ${await plaintextOf(keyturn, root)}`,
    'content-type': 'application/json',
  };
  const methods = mountKeyturn(async () => keyturn);
  const ask = (method: keyof typeof methods, path: string, body?: object) => {
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    return methods[method](new Request(`https://api.example/keyturn${path}`, init));
  };
  const { key } = await jsonOf(await ask('POST', '/v1/keys', { name: 'CI' }));
  expect((await ask('GET', `/v1/keys/${key.id}`)).status).toBe(200);
  expect((await ask('HEAD', '/healthz')).status).toBe(200);
  expect((await ask('PATCH', `/v1/keys/${key.id}`, { name: 'Build' })).status).toBe(200);
  expect((await ask('OPTIONS', '/v1/keys')).status).toBe(204);
  expect((await ask('PUT', `/v1/keys/${key.id}`, {})).status).toBe(405);
  expect((await ask('DELETE', `/v1/keys/${key.id}`)).status).toBe(409);
});

describe('a shared Keyturn', () => {
  /** A module's own, as each load of it would make one. */
  const load = (make: () => Promise<Keyturn>, name: string) => sharedKeyturn(make, name);

  test('outlives the module that made it: a reload opens nothing and loses nothing', async () => {
    const first = load(() => startKeyturn(), 'reloaded');
    const keyturn = await first();
    const plaintext = await plaintextOf(keyturn);
    const again = load(() => Promise.reject(new Error('made twice')), 'reloaded');
    expect(await again()).toBe(keyturn);
    expect(await (await again()).verify({ plaintext })).toMatchObject({ valid: true });
    expect(await load(() => startKeyturn(), 'another')()).not.toBe(keyturn);
  });

  test('is made once for requests that come together', async () => {
    let madeCount = 0;
    const shared = load(async () => {
      madeCount += 1;
      return startKeyturn();
    }, 'together');
    const [one, other] = await Promise.all([shared(), shared()]);
    expect(one).toBe(other);
    expect(madeCount).toBe(1);
  });

  test('is made again once it was closed, as by an application that is started anew', async () => {
    const shared = load(() => startKeyturn(), 'closed');
    const first = await shared();
    await first.close();
    const second = await shared();
    expect(second).not.toBe(first);
    const plaintext = await plaintextOf(second);
    expect(await second.verify({ plaintext })).toMatchObject({ valid: true });
    await first.close(); // Once more: the second one stays.
    expect(await shared()).toBe(second);
  });

  test('is made again where it could not be', async () => {
    let isBroken = true;
    const shared = load(
      () => (isBroken ? createKeyturn(untyped({ database: 'mysql:' })) : startKeyturn()),
      'broken',
    );
    await expect(shared()).rejects.toMatchObject({ code: 'config_invalid' });
    isBroken = false;
    await expect(shared()).resolves.toHaveProperty('keys');
  });
});
