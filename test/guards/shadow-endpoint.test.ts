import { describe, expect, test } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import { oldCheck } from './compared.js';
import { startKeyturn } from './guarded-host.js';

describe('a guard in shadow that asks by HTTP', () => {
  test('sends the old check the headers that are named, and what was asked of whom', async () => {
    const keyturn = await startKeyturn({ trustedHops: 1 });
    const old = await oldCheck();
    const endpoint = { url: old.url, method: 'POST', headers: ['X-Token', 'Cookie'] } as const;
    const { guarded } = requireKey(keyturn, { shadow: { ask: endpoint } });
    const request = new Request('https://api.example/reports/7?full=1', {
      method: 'PUT',
      headers: {
        'x-token': 't',
        cookie: 'a=b',
        authorization: 'secret',
        'x-forwarded-for': '203.0.113.7',
      },
    });
    await guarded(() => new Response())(request, { address: '127.0.0.1' });
    const [got] = old.requests;
    expect(got?.method).toBe('POST');
    expect(got?.headers).toMatchObject({
      'x-token': 't',
      cookie: 'a=b',
      'x-forwarded-method': 'PUT',
      'x-forwarded-uri': '/reports/7?full=1',
      'x-forwarded-for': '203.0.113.7',
    });
    expect(got?.headers).not.toHaveProperty('authorization');
  });

  test('sends it every header that a check may look at, and no claim of a client', async () => {
    const keyturn = await startKeyturn();
    const old = await oldCheck();
    const { guarded } = requireKey(keyturn, { shadow: { ask: { url: old.url } } });
    const sent = { 'x-token': 't', cookie: 'a=b', authorization: 'secret', 'user-agent': 'job/1' };
    const claims = { 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7', forwarded: 'a' };
    const body = { 'content-type': 'text/plain', 'if-none-match': '"a"', range: 'bytes=0-1' };
    const request = new Request('https://api.example/reports', {
      headers: { ...sent, ...claims, ...body },
    });
    await guarded(() => new Response())(request, { address: '127.0.0.1' });
    const [got] = old.requests;
    expect(got?.headers).toMatchObject({ ...sent, 'x-forwarded-for': '127.0.0.1' });
    for (const name of ['x-real-ip', 'forwarded', ...Object.keys(body)]) {
      expect(got?.headers).not.toHaveProperty(name);
    }
  });

  test('lets a client pass that has its key in a header of its own', async () => {
    const keyturn = await startKeyturn();
    await keyturn.keyspaces.update('default', { credentials: { headers: ['X-Token'] } });
    const old = await oldCheck((headers) => headers['x-token'] === 'old-key');
    const { guarded } = requireKey(keyturn, { shadow: { ask: { url: old.url } } });
    const request = new Request('https://api.example/', { headers: { 'x-token': 'old-key' } });
    expect((await guarded(() => new Response('in'))(request)).status).toBe(200);
  });
});
