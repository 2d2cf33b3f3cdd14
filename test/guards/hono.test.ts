import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mountKeyturn, requireKey } from '../../src/guards/hono.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { jsonOf } from './hosts.js';
import { retiringKeyturn } from './retiring.js';
import { untyped } from './untyped.js';

describe('a guarded route of Hono', () => {
  test('has the key in its context, and knows its type', async () => {
    const keyturn = await startKeyturn();
    const headers = { 'x-api-key': await plaintextOf(keyturn, { scopes: ['reports:read'] }) };
    const app = new Hono().get('/reports', requireKey(keyturn, { scopes: ['reports:read'] }), (c) =>
      c.json({ owner: c.var.apiKey.owner, name: c.get('apiKey').name }),
    );
    const answer = await app.request('/reports', { headers });
    expect(await jsonOf(answer)).toEqual({ owner: 'acme', name: 'Acme CI' });
    expect((await app.request('/reports')).status).toBe(401);
  });

  test('leaves the types of a route, and of other middleware, as Hono makes them', async () => {
    const keyturn = await startKeyturn();
    const headers = { 'x-api-key': await plaintextOf(keyturn) };
    const app = new Hono<{ Variables: { tenant: string } }>();
    app.use(async (c, next) => {
      c.set('tenant', 'one');
      await next();
    });
    app.get('/reports/:id', requireKey(keyturn), (c) => {
      const id: string = c.req.param('id'); // Does not compile where the guard widens it.
      return c.json({ id, tenant: c.var.tenant, owner: c.var.apiKey.owner });
    });
    const answer = await app.request('/reports/7', { headers });
    expect(await jsonOf(answer)).toEqual({ id: '7', tenant: 'one', owner: 'acme' });
  });

  test('asks for the scopes of this request, by its parameters', async () => {
    const keyturn = await startKeyturn();
    const headers = { 'x-api-key': await plaintextOf(keyturn, { scopes: ['reports-7:read'] }) };
    const guard = requireKey(keyturn, { scopes: (c) => [`reports-${c.req.param('id')}:read`] });
    const app = new Hono().get('/reports/:id', guard, (c) => c.json({}));
    expect((await app.request('/reports/7', { headers })).status).toBe(200);
    expect((await app.request('/reports/8', { headers })).status).toBe(403);
  });

  test('lets a signed-in user through without a key', async () => {
    const keyturn = await startKeyturn();
    const guard = requireKey(keyturn, { unless: (c) => c.req.header('cookie') === 'session=good' });
    const app = new Hono().get('/reports', guard, (c) => c.json({ key: c.var.apiKey?.id ?? null }));
    const ask = (cookie: string) => app.request('/reports', { headers: { cookie } });
    expect(await jsonOf(await ask('session=good'))).toEqual({ key: null });
    expect((await ask('session=bad')).status).toBe(401);
  });

  test('knows an address only where it is told one', async () => {
    const keyturn = await startKeyturn();
    const restrictions = { addresses: ['203.0.113.0/24'] };
    const headers = { 'x-api-key': await plaintextOf(keyturn, { restrictions }) };
    const asked = async (options: Parameters<typeof requireKey>[1]) => {
      const app = new Hono().get('/reports', requireKey(keyturn, { ...options }), (c) =>
        c.json({}),
      );
      return (await app.request('/reports', { headers })).status;
    };
    expect(await asked({})).toBe(403);
    expect(await asked({ address: () => undefined })).toBe(403);
    expect(await asked({ address: () => '198.51.100.1' })).toBe(403);
    expect(await asked({ address: () => '203.0.113.7' })).toBe(200);
  });

  test('tells the consumer that its secret is retiring, whatever the handler answers', async () => {
    const { keyturn, plaintext, close } = await retiringKeyturn();
    onTestFinished(close);
    const app = new Hono();
    app.use(requireKey(keyturn));
    app.get('/json', (c) => c.json({}));
    app.get('/raw', () => Response.redirect('https://api.example/elsewhere', 303));
    for (const path of ['/json', '/raw', '/none']) {
      const answer = await app.request(path, { headers: { 'x-api-key': plaintext } });
      expect(answer.headers.get('api-key-status')).toBe('retiring');
    }
  });

  test('answers a refusal with what other middleware adds to answers', async () => {
    const keyturn = await startKeyturn();
    const app = new Hono();
    app.use(cors(), async (c, next) => {
      c.header('x-served-by', 'one');
      await next();
    });
    app.get('/reports', requireKey(keyturn), (c) => c.json({}));
    const refused = await app.request('/reports');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('x-served-by')).toBe('one');
  });

  test('passes to onError where its keyspace is not there', async () => {
    const keyturn = await startKeyturn();
    const faults: unknown[] = [];
    const app = new Hono().get('/', requireKey(keyturn, { keyspace: 'nope' }), (c) => c.json({}));
    app.onError((fault, c) => {
      faults.push(fault);
      return c.body(null, 500);
    });
    expect((await app.request('/')).status).toBe(500);
    expect(faults).toEqual([expect.objectContaining({ code: 'not_found' })]);
  });
});

describe('Keyturn mounted in Hono', () => {
  test('answers the management API below its base path', async () => {
    const keyturn = await startKeyturn({ basePath: '/keyturn' });
    const root = { keyspace: 'keyturn', owner: null, scopes: ['*'] };
    const headers = {
      authorization: `Api-Key ${await plaintextOf(keyturn, root)}`,
      'content-type': 'application/json',
    };
    const app = new Hono();
    app.all('/keyturn/*', mountKeyturn(keyturn));
    const body = JSON.stringify({ name: 'CI', owner: 'acme' });
    const made = await app.request('/keyturn/v1/keys', { method: 'POST', headers, body });
    expect(made.status).toBe(201);
    const read = await app.request('/keyturn/v1/keys?owner=acme', { headers });
    expect(await jsonOf(read)).toMatchObject({ items: [{ name: 'CI' }] });
    expect((await app.request('/v1/keys', { headers })).status).toBe(404);
  });

  test('takes no option that it has not', async () => {
    const keyturn = await startKeyturn();
    expect(() => mountKeyturn(keyturn, untyped({ adress: () => '127.0.0.1' }))).toThrow(
      '/adress: is not an option of mountKeyturn. Did you mean "address"?',
    );
  });
});
