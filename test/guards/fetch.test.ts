import { describe, expect, onTestFinished, test } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import { createKeyturn } from '../../src/index.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { jsonOf } from './hosts.js';
import { retiringKeyturn } from './retiring.js';
import { untyped } from './untyped.js';

const REPORTS = 'https://api.example/reports';

function requestWith(headers: Record<string, string> = {}, url = REPORTS): Request {
  return new Request(url, { headers });
}

describe('a guarded fetch handler', () => {
  test('is called with the key of an admitted request, and with what the host knows', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['reports:read'] });
    const { guarded } = requireKey(keyturn, { scopes: ['reports:read'] });
    const handler = guarded((request, key, peer?: { address: string; region: string }) =>
      Response.json({ url: request.url, owner: key.owner, region: peer?.region }),
    );
    const peer = { address: '203.0.113.7', region: 'eu' };
    const answer = await handler(requestWith({ 'x-api-key': plaintext }), peer);
    expect(answer.status).toBe(200);
    expect(await jsonOf(answer)).toEqual({ url: REPORTS, owner: 'acme', region: 'eu' });
  });

  test('is not called for a request that is refused', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['reports:list'] });
    let callCount = 0;
    const handler = requireKey(keyturn, { scopes: ['reports:read'] }).guarded(() => {
      callCount += 1;
      return new Response();
    });
    const missing = await handler(requestWith());
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toMatch(/^Api-Key realm="default"/);
    expect(missing.headers.get('content-type')).toBe('application/problem+json');
    expect(await jsonOf(missing)).toMatchObject({ code: 'missing' });
    for (const [headers, code] of [
      [{ 'x-api-key': plaintext }, 'insufficient_scope'],
      [{ 'x-api-key': plaintext.slice(0, -1) }, 'malformed'],
      [{ 'x-api-key': `${plaintext}, ${plaintext}` }, 'ambiguous'],
      [{ 'x-api-key': plaintext, authorization: `Api-Key ${plaintext}` }, 'ambiguous'],
    ] as const) {
      expect(await jsonOf(await handler(requestWith(headers)))).toMatchObject({ code });
    }
    expect(callCount).toBe(0);
  });

  test('decides on the method, path, origin and address of the request', async () => {
    const keyturn = await startKeyturn();
    const restrictions = {
      addresses: ['203.0.113.0/24'],
      origins: ['https://app.example'],
      methods: ['GET'],
      paths: ['/reports/*'],
    };
    const plaintext = await plaintextOf(keyturn, { restrictions });
    const handler = requireKey(keyturn).guarded(() => new Response());
    const good = { 'x-api-key': plaintext, origin: 'https://app.example' };
    const peer = { address: '203.0.113.7' };
    const url = `${REPORTS}/7?full=true`;
    expect((await handler(requestWith(good, url), peer)).status).toBe(200);
    for (const [request, from, code] of [
      [requestWith(good, url), { address: '198.51.100.1' }, 'address_denied'],
      [requestWith({ ...good, origin: 'null' }, url), peer, 'origin_denied'],
      [new Request(url, { headers: good, method: 'POST' }), peer, 'method_denied'],
      [requestWith(good, `${REPORTS}/7/8`), peer, 'path_denied'],
    ] as const) {
      expect(await jsonOf(await handler(request, from))).toMatchObject({ status: 403, code });
    }
  });

  test("answers another keyspace's key with the bytes of an unknown one", async () => {
    const [keyturn, elsewhere] = [await startKeyturn(), await startKeyturn()];
    const foreign = await Promise.all(
      [keyturn, elsewhere].map(async (one) => {
        await one.keyspaces.create({ name: 'other', prefix: 'other' });
        return plaintextOf(one, { keyspace: 'other' });
      }),
    );
    const handler = requireKey(keyturn).guarded(() => new Response());
    const [first, second] = await Promise.all(
      foreign.map(async (plaintext) => {
        const answer = await handler(requestWith({ 'x-api-key': plaintext }));
        const headers = [...answer.headers].filter(([name]) => name !== 'request-id');
        return { status: answer.status, headers, body: await answer.text() };
      }),
    );
    expect(first).toMatchObject({ status: 401, body: expect.stringContaining('"unknown"') });
    expect(second).toEqual(first);
  });

  test('keeps the answer as it is, and says that the secret is retiring', async () => {
    const { keyturn, plaintext, close } = await retiringKeyturn();
    onTestFinished(close);
    const handler = requireKey(keyturn).guarded(() =>
      // Its headers cannot be changed.
      Response.redirect('https://api.example/elsewhere', 303),
    );
    const answer = await handler(requestWith({ 'x-api-key': plaintext }));
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('https://api.example/elsewhere');
    expect(answer.headers.get('api-key-status')).toBe('retiring');
  });

  test('answers 503 where its keyspace is not there, and says nothing of it', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const handler = requireKey(keyturn, { keyspace: 'nope' }).guarded(() => new Response());
    for (const headers of [{ 'x-api-key': plaintext }, {}]) {
      const answer = await handler(requestWith(headers));
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      const text = await answer.text();
      expect(text).toContain('"code":"unavailable"');
      expect(text).not.toMatch(/keyspace|nope|not_found/);
    }
  });

  test('rejects with the fault of a hook, whatever it is', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const allow = async () => (await keyturn.keys.get('key_none')).state === 'active';
    const admission = requireKey(keyturn, { allow })(requestWith({ 'x-api-key': plaintext }));
    await expect(admission).rejects.toMatchObject({ code: 'not_found' });
  });

  test('answers 503 with Retry-After while the truth cannot be had', async () => {
    const keyturn = await createKeyturn({ database: 'sqlite:/nonexistent/folder/keyturn.db' });
    onTestFinished(() => keyturn.close());
    const plaintext = await plaintextOf(await startKeyturn());
    const answer = await requireKey(keyturn).guarded(() => new Response())(
      requestWith({ 'x-api-key': plaintext }),
    );
    expect(answer.status).toBe(503);
    expect(answer.headers.has('retry-after')).toBe(true);
  });
});

describe('a fetch guard by itself', () => {
  test('answers the key, and the headers for the answer', async () => {
    const { keyturn, plaintext, close } = await retiringKeyturn();
    onTestFinished(close);
    const admission = await requireKey(keyturn)(requestWith({ 'x-api-key': plaintext }));
    expect(admission).toMatchObject({
      admitted: true,
      key: { name: 'Acme CI' },
      headers: { 'api-key-status': 'retiring' },
    });
  });

  test('answers the refusal to send', async () => {
    const admission = await requireKey(await startKeyturn())(requestWith());
    if (admission.admitted) throw new Error('Admitted without a key.');
    expect(admission.response.status).toBe(401);
  });

  test('lets a signed-in user through without a key', async () => {
    const keyturn = await startKeyturn();
    const guard = requireKey(keyturn, {
      unless: async (request) => request.headers.get('cookie') === 'session=good',
    });
    const admission = await guard(requestWith({ cookie: 'session=good' }));
    expect(admission).toEqual({ admitted: true, key: undefined, headers: {} });
    expect(await guard(requestWith({ cookie: 'session=bad' }))).toMatchObject({ admitted: false });
  });

  test('leaves the last word to the application', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const ask = (allow: unknown) =>
      requireKey(keyturn, { allow: untyped(allow) })(requestWith({ 'x-api-key': plaintext }));
    expect(await ask(async () => true)).toMatchObject({ admitted: true });
    expect(await ask(() => false)).toMatchObject({ admitted: false });
    expect(await ask(() => 'yes')).toMatchObject({ admitted: false });
    await expect(ask(() => Promise.reject(new Error('down')))).rejects.toThrow('down');
  });
});
