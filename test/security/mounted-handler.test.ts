import { describe, expect, onTestFinished, test } from 'vitest';
import { mountKeyturn, requireKey } from '../../src/guards/express.js';
import {
  mountKeyturn as mountInFetch,
  requireKey as requireInFetch,
} from '../../src/guards/fetch.js';
import type { Keyturn } from '../../src/public.js';
import { plaintextOf, startKeyturn } from '../guards/guarded-host.js';
import { expresses, listen } from '../guards/hosts.js';
import { forms } from '../guards/path-forms.js';
import { untyped } from '../guards/untyped.js';

const hooks = [
  {
    name: 'throws',
    hook: () => {
      throw new Error('down');
    },
  },
  { name: 'rejects', hook: () => Promise.reject(new Error('down')) },
  { name: 'answers nothing', hook: () => undefined },
  { name: 'answers an object', hook: () => ({}) },
  { name: 'answers nothing, late', hook: () => new Promise((resolve) => setImmediate(resolve)) },
  { name: 'answers an object, late', hook: async () => ({ actor: {} }) },
];
const peers = [undefined, {}, { address: undefined }, { address: '127.0.0.1' }];

describe.each(expresses)('in $name', ({ express }) => {
  test('security 43: a mounted handler answers canonical paths only', async () => {
    const keyturn = await startKeyturn();
    const host = await listen(express().use('/keyturn', mountKeyturn(keyturn)));
    onTestFinished(() => host.close());
    const statusOf = async (target: string) => {
      const answer = await host.raw(`GET ${target} HTTP/1.1`, 'Host: a');
      return Number(answer.slice('HTTP/1.1 '.length).slice(0, 3));
    };
    expect(await statusOf('/keyturn/healthz')).toBe(200);
    for (const form of forms) expect([form, await statusOf(form)]).toEqual([form, 404]);
  });

  test('security 43: a mounted handler is told the address of the connection', async () => {
    const keyturn = await startKeyturn();
    const host = await listen(express().use('/keyturn', mountKeyturn(keyturn)));
    onTestFinished(() => host.close());
    const near = await rootKeyFor(keyturn, '127.0.0.0/8');
    const far = await rootKeyFor(keyturn, '203.0.113.0/24');
    const ask = (plaintext: string) =>
      fetch(`${host.url}/keyturn/v1/keys`, {
        headers: { 'x-api-key': plaintext, 'x-forwarded-for': '203.0.113.7' },
      });
    expect((await ask(near)).status).toBe(200);
    expect(await (await ask(far)).json()).toMatchObject({ status: 403, code: 'address_denied' });
  });

  test.each(hooks)('security 43: a hook that $name admits nobody', async ({ hook }) => {
    const keyturn = await startKeyturn();
    const app = express();
    app.get(
      '/allow',
      requireKey(keyturn, { allow: untyped(hook) }),
      (_req, res) => void res.json({}),
    );
    app.get(
      '/unless',
      requireKey(keyturn, { unless: untyped(hook) }),
      (_req, res) => void res.json({}),
    );
    const host = await listen(app);
    onTestFinished(() => host.close());
    const headers = { 'x-api-key': await plaintextOf(keyturn) };
    expect((await fetch(`${host.url}/allow`, { headers })).ok).toBe(false);
    expect((await fetch(`${host.url}/unless`)).ok).toBe(false);
  });
});

describe('in a fetch host', () => {
  test('security 43: a mounted handler answers canonical paths only', async () => {
    const mounted = mountInFetch(await startKeyturn({ basePath: '/keyturn' }));
    const statusOf = async (target: string) =>
      (await mounted(new Request(`https://api.example${target}`))).status;
    expect(await statusOf('/keyturn/healthz')).toBe(200);
    // What the URL parser itself makes canonical, it makes so for the host too.
    const kept = forms.filter((form) => new URL(form, 'https://api.example').pathname === form);
    expect(kept.length).toBeGreaterThan(8);
    for (const form of kept) expect([form, await statusOf(form)]).toEqual([form, 404]);
  });

  test('security 43: without a peer, keys that are bound to addresses are refused', async () => {
    const keyturn = await startKeyturn({ basePath: '/keyturn', trustedHops: 1 });
    const plaintext = await rootKeyFor(keyturn, '203.0.113.0/24');
    const mounted = mountInFetch(keyturn);
    const guard = requireInFetch(keyturn, { keyspace: 'keyturn' }).guarded(() => new Response());
    const headers = { 'x-api-key': plaintext, 'x-forwarded-for': '203.0.113.7' };
    const request = () => new Request('https://api.example/keyturn/v1/keys', { headers });
    for (const ask of [mounted, guard]) {
      for (const peer of [undefined, {}, { address: undefined }]) {
        const refusal = await ask(request(), peer);
        expect(await refusal.json()).toMatchObject({ status: 403, code: 'address_denied' });
      }
      expect((await ask(request(), { address: '198.51.100.1' })).status).toBe(200);
    }
  });

  test.each(hooks)('security 43: a hook that $name admits nobody', async ({ hook }) => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const withKey = { headers: { 'x-api-key': plaintext } };
    for (const [options, init] of [
      [{ allow: untyped(hook) }, withKey],
      [{ unless: untyped(hook) }, {}],
    ] as const) {
      for (const peer of peers) {
        const handler = requireInFetch(keyturn, options).guarded(() => new Response('in'));
        const request = new Request('https://api.example/reports', init);
        const status = await handler(request, peer).then(
          (answer) => answer.status,
          () => 500,
        );
        expect(status).toBeGreaterThanOrEqual(400);
      }
    }
  });
});

async function rootKeyFor(keyturn: Keyturn, network: string): Promise<string> {
  const restrictions = { addresses: [network] };
  return plaintextOf(keyturn, { keyspace: 'keyturn', owner: null, scopes: ['*'], restrictions });
}
