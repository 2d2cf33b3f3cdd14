import { describe, expect, onTestFinished, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import type { Keyturn } from '../../src/public.js';
import type { TestOptions } from '../../src/testing.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { type RouteOptions, servers } from './servers.js';

const OWN_ID = /^[0-9a-f]{32}$/;

describe.each(servers)('what a guard of $name refuses', ({ start }) => {
  /** A route behind the guard, asked with headers. */
  async function guard(keyturn: Keyturn, options?: RouteOptions) {
    const host = await start(keyturn, options);
    onTestFinished(() => host.close());
    return (headers: Record<string, string> = {}) => fetch(`${host.url}/reports/7`, { headers });
  }

  test('is kept by no cache, guessed by no browser, and as long as it says', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const away = await createKeyturn({ database: 'sqlite:/nonexistent/folder/keyturn.db' });
    onTestFinished(() => away.close());
    for (const [ask, headers, status] of [
      [await guard(keyturn), {}, 401],
      [await guard(keyturn), { 'x-api-key': `${plaintext}, ${plaintext}` }, 400],
      [await guard(keyturn, { allow: () => false }), { 'x-api-key': plaintext }, 403],
      [await guard(away), { 'x-api-key': plaintext }, 503],
    ] as const) {
      const answer = await ask(headers);
      expect(answer.status).toBe(status);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.has('transfer-encoding')).toBe(false);
      expect(answer.headers.get('request-id')).toMatch(OWN_ID);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      expect(answer.headers.get('content-length')).toBe(String(bytes.byteLength));
    }
  });

  test('has an id in its headers, so that equal refusals have equal bodies', async () => {
    const ask = await guard(await startKeyturn());
    const [first, second] = [await ask(), await ask()];
    expect(await second.text()).toBe(await first.text());
    expect(second.headers.get('request-id')).not.toBe(first.headers.get('request-id'));
  });

  test.each([
    { name: 'a trusted proxy', options: { trustedHops: 1 }, sent: 'abc-123', isTaken: true },
    { name: 'anyone', options: {}, sent: 'abc-123', isTaken: false },
    { name: 'a proxy', options: { trustedHops: 1 }, sent: 'a b', isTaken: false },
    { name: 'a proxy', options: { trustedHops: 1 }, sent: 'x'.repeat(65), isTaken: false },
  ] satisfies readonly {
    readonly name: string;
    readonly options: TestOptions;
    readonly sent: string;
    readonly isTaken: boolean;
  }[])('has the id $sent of $name: $isTaken', async ({ options, sent, isTaken }) => {
    const ask = await guard(await startKeyturn(options));
    for (const name of ['request-id', 'x-request-id']) {
      const answer = await ask({ [name]: sent });
      const id = answer.headers.get('request-id');
      if (isTaken) expect(id).toBe(sent);
      else expect(id).toMatch(OWN_ID);
    }
  });
});
