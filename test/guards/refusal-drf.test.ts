import { describe, expect, onTestFinished, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { asked, tableKeyturn } from './request-table.js';
import { servers } from './servers.js';

const DETAIL = '{"detail":"Authentication credentials were not provided."}';

describe.each(servers)('a refusal in the form of Django REST framework, by $name', ({ start }) => {
  test('has one status and one text, whatever the reason', async () => {
    const { keyturn, keys } = await tableKeyturn();
    const host = await start(keyturn, { ...asked, refusal: 'drf' });
    onTestFinished(() => host.close());
    const ask = (headers: Record<string, string>) => fetch(`${host.url}/reports/7`, { headers });
    const own = (name: string) => ({ 'x-api-key': keys[name] ?? '' });
    for (const headers of [
      {},
      { 'x-api-key': 'swordfish' },
      { 'x-api-key': `${keys['good']}, ${keys['good']}` },
      ...[
        'unknown',
        'revoked',
        'expired',
        'early',
        'disabled',
        'trial',
        'far',
        'bare',
        'closed',
      ].map(own),
    ]) {
      const answer = await ask(headers);
      expect(answer.status).toBe(403);
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.headers.has('www-authenticate')).toBe(false);
      expect(answer.headers.get('content-length')).toBe(String(DETAIL.length));
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.text()).toBe(DETAIL);
    }
    expect((await ask(own('good'))).status).toBe(200);
  });

  test("has the application's own sentence where it says one", async () => {
    const { keyturn, keys } = await tableKeyturn();
    const host = await start(keyturn, { ...asked, refusal: 'drf' });
    onTestFinished(() => host.close());
    const headers = { 'x-api-key': keys['suspended'] ?? '' };
    const answer = await fetch(`${host.url}/reports/7`, { headers });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ detail: 'This account is suspended: pay § 7.' });
  });

  test('may be a setting of the keyspace, which the option of a guard overrides', async () => {
    const { keyturn, keys } = await tableKeyturn();
    await keyturn.keyspaces.update('default', { refusal: 'drf' });
    const [bySetting, byOption] = await Promise.all([
      start(keyturn, asked),
      start(keyturn, { ...asked, refusal: 'problem' }),
    ]);
    onTestFinished(() => bySetting.close());
    onTestFinished(() => byOption.close());
    for (const name of ['unknown', 'bare', 'closed']) {
      const headers = { 'x-api-key': keys[name] ?? '' };
      const said = await fetch(`${bySetting.url}/reports/7`, { headers });
      expect(said.status).toBe(403);
      expect(await said.text()).toBe(DETAIL);
      const overridden = await fetch(`${byOption.url}/reports/7`, { headers });
      expect(overridden.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  test('leaves what that package never said: a good client has to come again', async () => {
    const keyturn = await createKeyturn({ database: 'sqlite:/nonexistent/folder/keyturn.db' });
    onTestFinished(() => keyturn.close());
    const host = await start(keyturn, { refusal: 'drf' });
    onTestFinished(() => host.close());
    const headers = { 'x-api-key': await plaintextOf(await startKeyturn()) };
    const answer = await fetch(`${host.url}/reports/7`, { headers });
    expect(answer.status).toBe(503);
    expect(answer.headers.has('retry-after')).toBe(true);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });
});
