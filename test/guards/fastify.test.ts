import { type FastifyInstance, fastify } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mountKeyturn, requireKey } from '../../src/guards/fastify.js';
import type { Keyturn } from '../../src/public.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { type Host, hostOf, jsonOf } from './hosts.js';
import { retiringKeyturn } from './retiring.js';

async function listening(build: (app: FastifyInstance) => unknown): Promise<Host> {
  const app = fastify();
  onTestFinished(() => app.close());
  await build(app);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return hostOf(app.server);
}

async function rootKeyOf(keyturn: Keyturn): Promise<string> {
  const root = { keyspace: 'keyturn', name: 'root', scopes: ['*'] };
  return (await keyturn.keys.create(root)).plaintext;
}

describe('a guarded route of Fastify', () => {
  test('has the key on its request', async () => {
    const keyturn = await startKeyturn();
    const headers = { 'x-api-key': await plaintextOf(keyturn, { scopes: ['reports:read'] }) };
    const onRequest = requireKey(keyturn, { scopes: ['reports:read'] });
    const { url } = await listening((app) =>
      app.get('/reports', { onRequest }, async ({ apiKey }) => ({ owner: apiKey.owner })),
    );
    expect(await jsonOf(await fetch(`${url}/reports`, { headers }))).toEqual({ owner: 'acme' });
    expect((await fetch(`${url}/reports`)).status).toBe(401);
  });

  test('is guarded with all of its scope by one hook', async () => {
    const keyturn = await startKeyturn();
    const { url } = await listening((app) => {
      app.get('/open', async () => ({}));
      app.register((scope, _options, done) => {
        scope.addHook('onRequest', requireKey(keyturn));
        scope.get('/reports', async () => ({}));
        done();
      });
    });
    expect((await fetch(`${url}/open`)).status).toBe(200);
    expect((await fetch(`${url}/reports`)).status).toBe(401);
  });

  test('leaves the types of a route as Fastify makes them of its parameters', async () => {
    const keyturn = await startKeyturn();
    const headers = { 'x-api-key': await plaintextOf(keyturn) };
    const { url } = await listening((app) =>
      app.get<{ Params: { id: string } }>(
        '/reports/:id',
        { onRequest: requireKey(keyturn), preHandler: [requireKey(keyturn)] },
        async ({ params, apiKey }) => {
          const id: string = params.id; // Does not compile where the guard widens it.
          return { id, owner: apiKey.owner };
        },
      ),
    );
    const answer = await fetch(`${url}/reports/7`, { headers });
    expect(await jsonOf(answer)).toEqual({ id: '7', owner: 'acme' });
  });

  test('asks for the scopes of this request, by its parameters', async () => {
    const keyturn = await startKeyturn();
    const headers = { 'x-api-key': await plaintextOf(keyturn, { scopes: ['reports-7:read'] }) };
    const preHandler = requireKey(keyturn, {
      scopes: ({ originalUrl }) => [`reports-${originalUrl.split('/').at(-1)}:read`],
    });
    const { url } = await listening((app) =>
      app.get<{ Params: { id: string } }>('/reports/:id', { preHandler }, async () => ({})),
    );
    expect((await fetch(`${url}/reports/7`, { headers })).status).toBe(200);
    expect((await fetch(`${url}/reports/8`, { headers })).status).toBe(403);
  });

  test('lets a signed-in user through without a key', async () => {
    const keyturn = await startKeyturn();
    const onRequest = requireKey(keyturn, {
      unless: ({ headers }) => headers.cookie === 'session=good',
    });
    const { url } = await listening((app) =>
      app.get('/reports', { onRequest }, async ({ apiKey }) => ({ hasKey: apiKey !== undefined })),
    );
    const ask = (cookie: string) => fetch(`${url}/reports`, { headers: { cookie } });
    expect(await jsonOf(await ask('session=good'))).toEqual({ hasKey: false });
    expect((await ask('session=bad')).status).toBe(401);
  });

  test('tells the consumer that its secret is retiring', async () => {
    const { keyturn, plaintext, close } = await retiringKeyturn();
    onTestFinished(close);
    const { url } = await listening((app) =>
      app.get('/reports', { onRequest: requireKey(keyturn) }, async () => ({})),
    );
    const answer = await fetch(`${url}/reports`, { headers: { 'x-api-key': plaintext } });
    expect(answer.headers.get('api-key-status')).toBe('retiring');
  });

  test('passes to the error handler where its keyspace is not there', async () => {
    const keyturn = await startKeyturn();
    const faults: unknown[] = [];
    const onRequest = requireKey(keyturn, { keyspace: 'nope' });
    const { url } = await listening((app) => {
      app.setErrorHandler((fault, _request, reply) => {
        faults.push(fault);
        return reply.code(500).send();
      });
      app.get('/reports', { onRequest }, async () => ({}));
    });
    expect((await fetch(`${url}/reports`)).status).toBe(500);
    expect(faults).toEqual([expect.objectContaining({ code: 'not_found' })]);
  });

  test('answers a refusal with what other plugins add to answers', async () => {
    const keyturn = await startKeyturn();
    const { url } = await listening((app) => {
      app.addHook('onRequest', async (_request, reply) => {
        reply.header('access-control-allow-origin', '*');
      });
      app.get('/reports', { onRequest: requireKey(keyturn) }, async () => ({}));
    });
    const refused = await fetch(`${url}/reports`);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
  });
});

describe('Keyturn mounted in Fastify', () => {
  test('answers the management API below its prefix, and leads its links there', async () => {
    const keyturn = await startKeyturn();
    const { url } = await listening((app) =>
      app.register(mountKeyturn(keyturn), { prefix: '/keyturn' }),
    );
    const authorization = `Api-Key ${await rootKeyOf(keyturn)}`;
    const made = await fetch(`${url}/keyturn/v1/keys`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Zoë’s key', owner: 'acme' }),
    });
    expect(made.status).toBe(201);
    const { key } = await jsonOf(made);
    expect(key.name).toBe('Zoë’s key');
    const read = await fetch(`${url}/keyturn/v1/keys?owner=acme`, { headers: { authorization } });
    expect(await jsonOf(read)).toMatchObject({ items: [{ id: key.id }] });
    expect((await fetch(`${url}/keyturn/healthz`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/v1/keys`, { headers: { authorization } })).status).toBe(404);
    const { type } = await jsonOf(await fetch(`${url}/keyturn/v1/keys`));
    expect(type).toBe('/keyturn/docs/codes/missing');
    expect((await fetch(url + type)).status).toBe(200);
  });

  test('is found in a plugin within a plugin, and at the root', async () => {
    const keyturn = await startKeyturn();
    const nested = await listening((app) =>
      app.register(
        (api, _options, done) => {
          api.register(mountKeyturn(keyturn), { prefix: '/keyturn' });
          done();
        },
        { prefix: '/api' },
      ),
    );
    expect((await fetch(`${nested.url}/api/keyturn/healthz`)).status).toBe(200);
    const other = await startKeyturn();
    const atRoot = await listening((app) => app.register(mountKeyturn(other)));
    expect((await fetch(`${atRoot.url}/healthz`)).status).toBe(200);
  });

  test('cannot be mounted where a request would have a say in its links', async () => {
    const keyturn = await startKeyturn();
    const app = fastify();
    onTestFinished(() => app.close());
    app.register(mountKeyturn(keyturn), { prefix: '/:tenant/keyturn' });
    await expect(app.ready()).rejects.toMatchObject({ code: 'config_invalid' });
  });

  test('streams a body in, and refuses one that is too large while it is still coming', async () => {
    const keyturn = await startKeyturn();
    const { rawWithBody } = await listening((app) =>
      app.register(mountKeyturn(keyturn), { prefix: '/keyturn' }),
    );
    const head = [
      'POST /keyturn/v1/keys HTTP/1.1',
      'Host: a',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      `X-API-Key: ${await rootKeyOf(keyturn)}`,
    ];
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
    expect(await rawWithBody(head, `${chunk('{"name":"CI"}')}${chunk('')}`)).toMatch(
      /^HTTP\/1\.1 201 /,
    );
    const endless = chunk('x'.repeat(60_000)).repeat(2);
    expect(await rawWithBody(head, endless)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('leaves the body parsers of the host alone', async () => {
    const keyturn = await startKeyturn();
    const { url } = await listening((app) => {
      app.register(mountKeyturn(keyturn), { prefix: '/keyturn' });
      app.post('/echo', async ({ body }) => body);
    });
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    };
    expect(await jsonOf(await fetch(`${url}/echo`, init))).toEqual({ a: 1 });
  });
});
