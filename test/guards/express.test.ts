import express5 from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { requireKey } from '../../src/guards/express.js';
import { createKeyturn } from '../../src/index.js';
import { type Options, plaintextOf, startHost, startKeyturn } from './guarded-host.js';
import { expresses, listen } from './hosts.js';
import { retiringKeyturn } from './retiring.js';

test('a guard leaves the types of a route as Express makes them of its path', async () => {
  const keyturn = await startKeyturn();
  const app = express5();
  app.get('/t/:id', requireKey(keyturn), (req, res) => {
    const id: string = req.params.id; // Does not compile where the guard widens it.
    res.json({ id, owner: req.apiKey.owner });
  });
  const host = await listen(app);
  onTestFinished(() => host.close());
  const headers = { 'x-api-key': await plaintextOf(keyturn) };
  expect(await (await fetch(`${host.url}/t/a-1`, { headers })).json()).toEqual({
    id: 'a-1',
    owner: 'acme',
  });
});

describe.each(expresses)('a guarded route in $name', ({ express }) => {
  test('admits a valid key and puts it on the request', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['reports:read'] });
    const host = await startHost(express, keyturn, { scopes: ['reports:read'] });
    for (const headers of [
      { authorization: `Api-Key ${plaintext}` },
      { authorization: `bearer ${plaintext}` },
      { 'x-api-key': plaintext },
    ]) {
      const answer = await host.ask(headers);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toEqual({ owner: 'acme' });
      expect(answer.headers.get('api-key-status')).toBeNull();
    }
    expect(host.admitted).toHaveLength(3);
    expect(host.admitted[0]).toMatchObject({
      name: 'Acme CI',
      owner: 'acme',
      scopes: ['reports:read'],
    });
  });

  test('refuses a request without a key, and says how to send one', async () => {
    const keyturn = await startKeyturn();
    const host = await startHost(express, keyturn);
    const answer = await host.ask();
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Api-Key realm="default"/);
    expect(await answer.json()).toMatchObject({ status: 401, code: 'missing' });
    expect(host.admitted).toEqual([]);
  });

  test('refuses a damaged key, naming the likely mistake', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const host = await startHost(express, keyturn);
    const answer = await host.ask({ 'x-api-key': plaintext.slice(0, -1) });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'malformed' });
  });

  test('refuses two credentials, and one that was sent twice', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const host = await startHost(express, keyturn);
    const own = `X-API-Key: ${plaintext}`;
    const authorization = `Authorization: Api-Key ${plaintext}`;
    for (const headers of [
      [own, own],
      [own, authorization],
      [authorization, authorization],
      [own, `X-API-Key: other`],
      [`X-API-Key: ${plaintext}, ${plaintext}`],
    ]) {
      const answer = await host.raw('GET /reports/7 HTTP/1.1', 'Host: a', ...headers);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"ambiguous"');
    }
    expect(host.admitted).toEqual([]);
  });

  test("admits a key beside a user's own Bearer token", async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const host = await startHost(express, keyturn);
    const own = { authorization: 'Bearer eyJhbGciOiJFUzI1NiJ9.e30.c2ln' };
    expect((await host.ask({ ...own, 'x-api-key': plaintext })).status).toBe(200);
    expect(await (await host.ask(own)).json()).toMatchObject({ code: 'missing' });
  });

  test('refuses a key without the scope that the route needs', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['reports:list'] });
    const host = await startHost(express, keyturn, { scopes: ['reports:read'] });
    const answer = await host.ask({ 'x-api-key': plaintext });
    expect(answer.status).toBe(403);
    const problem = await answer.json();
    expect(problem).toMatchObject({ code: 'insufficient_scope', scopes: ['reports:read'] });
    expect(host.admitted).toEqual([]);
  });

  test('asks for the scopes of this request where they are a function of it', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['reports-7:read'] });
    const scopes: Options['scopes'] = (req) => [`reports-${req.params['id']}:read`];
    const host = await startHost(express, keyturn, { scopes });
    expect((await host.ask({ 'x-api-key': plaintext }, '7')).status).toBe(200);
    expect((await host.ask({ 'x-api-key': plaintext }, '8')).status).toBe(403);
  });

  test("answers another keyspace's key with the bytes of an unknown one", async () => {
    const keyturn = await startKeyturn();
    await keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
    const foreign = await plaintextOf(keyturn, { keyspace: 'other' });
    const elsewhere = await startKeyturn();
    await elsewhere.keyspaces.create({ name: 'other', prefix: 'other' });
    const unknown = await plaintextOf(elsewhere, { keyspace: 'other' });
    const host = await startHost(express, keyturn);
    const [first, second] = await Promise.all(
      [foreign, unknown].map(async (plaintext) => {
        const bytes = await host.raw(
          'GET /reports/7 HTTP/1.1',
          'Host: a',
          `X-API-Key: ${plaintext}`,
        );
        return bytes.replace(/\r\n(?:Date|request-id): [^\r]*/g, '');
      }),
    );
    expect(first).toMatch(/^HTTP\/1\.1 401 /);
    expect(first).toContain('"code":"unknown"');
    expect(second).toBe(first);
  });

  test('admits the keys of the keyspace and environment that are asked for', async () => {
    const keyturn = await startKeyturn();
    await keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
    const live = await plaintextOf(keyturn, { keyspace: 'other' });
    const trial = await plaintextOf(keyturn, { keyspace: 'other', environment: 'test' });
    const host = await startHost(express, keyturn, { keyspace: 'other', environment: 'live' });
    expect((await host.ask({ 'x-api-key': live })).status).toBe(200);
    const refusal = await (await host.ask({ 'x-api-key': trial })).json();
    expect(refusal).toMatchObject({ status: 403, code: 'wrong_environment' });
  });

  test('refuses where the restrictions of the key say so', async () => {
    const keyturn = await startKeyturn();
    const host = await startHost(express, keyturn);
    for (const [restrictions, code] of [
      [{ addresses: ['203.0.113.0/24'] }, 'address_denied'],
      [{ origins: ['https://app.example'] }, 'origin_denied'],
      [{ methods: ['POST'] }, 'method_denied'],
      [{ paths: ['/invoices/**'] }, 'path_denied'],
    ] as const) {
      const plaintext = await plaintextOf(keyturn, { restrictions });
      const answer = await host.ask({ 'x-api-key': plaintext, origin: 'https://other.example' });
      expect(await answer.json()).toMatchObject({ status: 403, code });
    }
    const restrictions = {
      addresses: ['127.0.0.0/8'],
      origins: ['https://app.example'],
      methods: ['GET'],
      paths: ['/reports/*'],
    };
    const plaintext = await plaintextOf(keyturn, { restrictions });
    const answer = await host.ask({ 'x-api-key': plaintext, origin: 'https://app.example' });
    expect(answer.status).toBe(200);
  });

  test('decides paths on what was asked for, not on what a router made of it', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { restrictions: { paths: ['/api/reports/*'] } });
    const app = express();
    const router = express.Router();
    router.get('/reports/:id', requireKey(keyturn), (_req, res) => void res.json({}));
    app.use('/api', router);
    app.use('/internal', router);
    const host = await listen(app);
    onTestFinished(() => host.close());
    const headers = { 'x-api-key': plaintext };
    expect((await fetch(`${host.url}/api/reports/7`, { headers })).status).toBe(200);
    expect((await fetch(`${host.url}/internal/reports/7`, { headers })).status).toBe(403);
  });

  test('refuses a revoked key at once', async () => {
    const keyturn = await startKeyturn();
    const { key, plaintext } = await keyturn.keys.create({ name: 'Acme CI' });
    const host = await startHost(express, keyturn);
    expect((await host.ask({ 'x-api-key': plaintext })).status).toBe(200);
    await keyturn.keys.revoke(key.id);
    const refusal = await (await host.ask({ 'x-api-key': plaintext })).json();
    expect(refusal).toMatchObject({ status: 401, code: 'revoked' });
  });

  test('tells the consumer that its secret is retiring', async () => {
    const { keyturn, plaintext, close } = await retiringKeyturn();
    onTestFinished(close);
    const host = await startHost(express, keyturn);
    const answer = await host.ask({ 'x-api-key': plaintext });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('api-key-status')).toBe('retiring');
  });

  test('answers 503 with Retry-After while the truth cannot be had', async () => {
    const keyturn = await createKeyturn({ database: 'sqlite:/nonexistent/folder/keyturn.db' });
    onTestFinished(() => keyturn.close());
    const good = await plaintextOf(await startKeyturn());
    const host = await startHost(express, keyturn);
    const answer = await host.ask({ 'x-api-key': good });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({ code: 'unavailable' });
    expect(host.admitted).toEqual([]);
  });

  test('goes on without a promise while the key is in the warm cache', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    await keyturn.verify({ plaintext });
    const guard = requireKey(keyturn, { scopes: [] });
    const app = express();
    app.get('/', (req, res) => {
      let wentOn = false;
      guard(req, res, () => {
        wentOn = true;
      });
      res.json({ wentOn });
    });
    const host = await listen(app);
    onTestFinished(() => host.close());
    const answer = await fetch(host.url, { headers: { 'x-api-key': plaintext } });
    expect(await answer.json()).toEqual({ wentOn: true });
  });
});
