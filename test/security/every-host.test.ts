import { describe, expect, onTestFinished, test } from 'vitest';
import type { Keyturn } from '../../src/public.js';
import { plaintextOf, startKeyturn } from '../guards/guarded-host.js';
import type { Host } from '../guards/hosts.js';
import { forms } from '../guards/path-forms.js';
import { type RouteOptions, servers } from '../guards/servers.js';
import { untyped } from '../guards/untyped.js';

const thrown = [new Error('down'), undefined, null, 'route', 'router', true, { status: 200 }];
const answers = [undefined, null, {}, { actor: {} }, 'true', 1, [true]];

/** What a hook can do instead of saying `true`. */
const hooks: readonly { readonly name: string; readonly hook: () => unknown }[] = [
  ...thrown.flatMap((fault) => [
    {
      name: `throws ${JSON.stringify(fault)}`,
      hook: () => {
        throw fault;
      },
    },
    { name: `rejects with ${JSON.stringify(fault)}`, hook: () => Promise.reject(fault) },
  ]),
  ...answers.flatMap((answer) => [
    { name: `answers ${JSON.stringify(answer)}`, hook: () => answer },
    {
      name: `answers ${JSON.stringify(answer)}, late`,
      hook: () => new Promise((resolve) => setImmediate(resolve, answer)),
    },
  ]),
];

describe.each(servers)('security 43: in a host with $name', ({ start, seesAddress }) => {
  test('security 43: a mounted handler answers canonical paths only', async () => {
    const host = await startHost();
    expect(await statusOf(host, '/keyturn/healthz')).toBe(200);
    // Where a host has parsed URLs only, all of it sees what the parser made of the path.
    const told = seesAddress ? forms : forms.filter(isKept);
    for (const form of told) {
      const status = await statusOf(host, form);
      expect([form, status >= 400 && status < 500]).toEqual([form, true]);
    }
  });

  test.each([true, false])(
    'security 43: a hook that does not say yes admits nobody, address told: %s',
    async (isAddressTold) => {
      const keyturn = await startKeyturn({ basePath: '/keyturn' });
      const key = `X-API-Key: ${await plaintextOf(keyturn)}`;
      let current: () => unknown = () => true;
      const hook = untyped(() => current());
      const allowing = await startHost({ allow: hook, isAddressTold }, keyturn);
      const excusing = await startHost({ isSignedIn: hook, isAddressTold }, keyturn);
      expect(await statusOf(allowing, '/reports/7', key)).toBe(200);
      expect(await statusOf(excusing, '/reports/7')).toBe(200);
      for (const { name, hook: next } of hooks) {
        current = next;
        const statuses = [
          await statusOf(allowing, '/reports/7', key),
          await statusOf(excusing, '/reports/7'),
        ];
        expect([name, statuses.filter((status) => status < 400)]).toEqual([name, []]);
      }
    },
  );

  test('security 43: without a peer, keys that are bound to addresses are refused', async () => {
    const keyturn = await startKeyturn({ basePath: '/keyturn', trustedHops: seesAddress ? 0 : 1 });
    const restrictions = { addresses: ['203.0.113.0/24', '127.0.0.0/8'] };
    const root = { keyspace: 'keyturn', owner: null, scopes: ['*'], restrictions };
    const key = `X-API-Key: ${await plaintextOf(keyturn, { restrictions })}`;
    const rootKey = `X-API-Key: ${await plaintextOf(keyturn, root)}`;
    const forged = 'X-Forwarded-For: 203.0.113.7';
    for (const isAddressTold of [true, false]) {
      const host = await start(keyturn, { isAddressTold });
      onTestFinished(() => host.close());
      const status = seesAddress || isAddressTold ? 200 : 403;
      expect(await statusOf(host, '/reports/7', key, forged)).toBe(status);
      expect(await statusOf(host, '/keyturn/v1/keys', rootKey, forged)).toBe(status);
    }
  });

  async function startHost(options: RouteOptions = {}, made?: Keyturn): Promise<Host> {
    const keyturn = made ?? (await startKeyturn({ basePath: '/keyturn' }));
    const host = await start(keyturn, options);
    onTestFinished(() => host.close());
    return host;
  }
});

async function statusOf(host: Host, target: string, ...headers: string[]): Promise<number> {
  const answer = await host.raw(`GET ${target} HTTP/1.1`, 'Host: a', ...headers);
  return Number(answer.slice('HTTP/1.1 '.length).slice(0, 3));
}

function isKept(form: string): boolean {
  return form.startsWith('/') && new URL(`http://a${form}`).pathname === form;
}
