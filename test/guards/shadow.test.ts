import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import type { Shadow } from '../../src/guards/shadow-options.js';
import { createKeyturn } from '../../src/index.js';
import type { Keyturn } from '../../src/public.js';
import { hintOf, oldCheck, reportOf } from './compared.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import type { Host } from './hosts.js';
import { servers } from './servers.js';

const NO_KEY = { owner: null };
const yes = () => true;
const NONE = { agreed: 0, admitted: 0, disagreed: 0, undecided: 0, unasked: 0, skipped: 0 };

describe.each(servers)('a guard of $name in shadow', ({ start }) => {
  test('answers as the old check does, whatever Keyturn would', async () => {
    const keyturn = await startKeyturn();
    const good = await plaintextOf(keyturn);
    const old = await oldCheck();
    const host = await start(keyturn, { shadow: { ask: { url: old.url }, label: 'reports' } });
    onTestFinished(() => host.close());

    old.admits = true;
    for (const key of [good, 'swordfish', undefined]) {
      const admitted = await ask(host, key);
      expect(admitted.status).toBe(200);
      expect(await admitted.json()).toEqual(NO_KEY);
    }
    old.admits = false;
    for (const key of [good, 'swordfish']) {
      const refused = await ask(host, key);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toBe('Api-Key');
      expect(refused.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(refused.headers.get('set-cookie')).toBeNull();
      expect(await refused.text()).toBe('<h1>Who are you?</h1>');
    }

    const report = await reportOf(keyturn, 5);
    expect(report).toMatchObject({ isSafe: false, disagreements: 3, nextCursor: null });
    expect(report.checks).toEqual({ ...NONE, agreed: 2, admitted: 1, disagreed: 3 });
    expect(
      report.items.map(({ old: was, keyturn: is, code, hint }) => [was, is, code, hint]),
    ).toEqual([
      ['admitted', 'refused', 'missing', null],
      ['admitted', 'refused', 'malformed', hintOf('swordfish')],
      ['refused', 'admitted', null, null],
    ]);
    expect(new Set(report.items.map(({ label }) => label))).toEqual(new Set(['reports']));
  });

  test('refuses while nobody knows: what the old check cannot say is no verdict', async () => {
    const keyturn = await startKeyturn();
    const key = await plaintextOf(keyturn);
    const old = await oldCheck();
    const never = new Promise<never>(() => {});
    const unknown: readonly Shadow<unknown>['ask'][] = [
      () => Promise.reject(new Error('away')),
      () => {
        throw new Error('broken');
      },
      () => Reflect.get({}, 'user'),
      () => new Response(null, { status: 500 }),
      () => new Response(null, { status: 404 }),
      () => Response.redirect('http://127.0.0.1/login', 302),
      () => never,
      { url: `${old.url}/hangs` },
      { url: `${old.url}/moved` },
      { url: 'http://127.0.0.1:1/' },
    ];
    for (const askOld of unknown) {
      const host = await start(keyturn, { shadow: { ask: askOld, timeoutMs: 50 } });
      onTestFinished(() => host.close());
      const refused = await ask(host, key);
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await refused.json()).toMatchObject({ code: 'unavailable' });
    }
    const { checks, isSafe, items } = await reportOf(keyturn, unknown.length);
    expect({ checks, isSafe, items }).toEqual({
      checks: { ...NONE, unasked: unknown.length },
      isSafe: false,
      items: [],
    });
  });

  test('refuses in its own form where a function of the application does', async () => {
    const keyturn = await startKeyturn();
    const key = await plaintextOf(keyturn);
    for (const [word, refusal, body] of [
      [false, 'problem', { code: 'forbidden', status: 403 }],
      [{ refuse: 'Pay first.' }, 'problem', { detail: 'Pay first.' }],
      [false, 'drf', { detail: 'Authentication credentials were not provided.' }],
      [{ refuse: 'Pay first.' }, 'drf', { detail: 'Pay first.' }],
    ] as const) {
      const host = await start(keyturn, { refusal, shadow: { ask: () => word } });
      const refused = await ask(host, key);
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject(body);
      await host.close();
    }
  });
});

describe('a guard in shadow', () => {
  test('counts no use of a key, and spends no budget of an address', async () => {
    const keyturn = await startKeyturn();
    const { key, plaintext } = await keyturn.keys.create({ name: 'Acme' });
    const strangers = await unknownKeys(150);
    const shadowed = handler(keyturn, () => true);
    for (const sent of [plaintext, ...strangers]) await shadowed(sent);
    await reportOf(keyturn, 1 + strangers.length);
    expect((await keyturn.usage.list({ by: 'total' })).items).toEqual([]);
    expect((await keyturn.keys.get(key.id)).lastUsedAt).toBeNull();
    // An address is told so after a hundred unknown keys; this one has tried none.
    const address = '203.0.113.7';
    const verdict = await keyturn.verify({ plaintext: strangers[0] ?? '', address });
    expect(verdict).toMatchObject({ valid: false, code: 'unknown' });
  });

  test('is no way to make the store work without end: beyond its own budget it is not compared', async () => {
    const keyturn = await startKeyturn();
    const shadowed = handler(keyturn, () => true);
    const strangers = await unknownKeys(150);
    for (const sent of strangers) expect((await shadowed(sent)).status).toBe(200);
    const { checks } = await reportOf(keyturn, strangers.length);
    expect(checks.skipped).toBeGreaterThan(0);
    expect(checks.disagreed + checks.skipped).toBe(strangers.length);
  });

  test('does not wait for Keyturn, nor hear of its faults', async () => {
    const keyturn = await startKeyturn();
    const key = await plaintextOf(keyturn);
    let release = (_word: boolean) => {};
    const held = new Promise<boolean>((resolve) => {
      release = resolve;
    });
    const waiting = requireKey(keyturn, { shadow: { ask: () => true }, allow: () => held });
    const request = () => new Request('https://a.example/', { headers: { 'x-api-key': key } });
    expect(await waiting(request())).toMatchObject({ admitted: true, key: undefined });
    expect((await keyturn.keys.importReport()).since).toBeNull();
    release(false);
    expect((await reportOf(keyturn, 1)).items).toMatchObject([{ code: 'forbidden' }]);

    const faulty = requireKey(keyturn, {
      shadow: { ask: () => true, label: () => Reflect.get(Object(undefined), 'a').b },
      scopes: () => {
        throw new Error('a hook of the application');
      },
    });
    expect(await faulty(request())).toMatchObject({ admitted: true });
    const { items } = await reportOf(keyturn, 2);
    expect(items).toMatchObject([{ code: 'internal', label: null }, { code: 'forbidden' }]);
    const nowhere = requireKey(keyturn, { shadow: { ask: () => true }, keyspace: 'nowhere' });
    expect(await nowhere(request())).toMatchObject({ admitted: true });
  });

  test('counts what comes before the database is open, also beyond what it keeps waiting', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'keyturn-shadow-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const database = `sqlite:${folder}/keyturn.db`;
    const keyturn = await createKeyturn({ database });
    const shadowed = handler(keyturn, yes);
    await Promise.all(Array.from({ length: 1_500 }, () => shadowed('swordfish')));
    await keyturn.close();
    const again = await createKeyturn({ database });
    const { checks } = await again.keys.importReport();
    await again.close();
    expect(checks).toEqual({ ...NONE, disagreed: 1_000, skipped: 500 });
  });

  test('has counted before it answers, where functions freeze after the answer', async () => {
    const keyturn = await startKeyturn({ recording: 'write-through' });
    await handler(keyturn, yes)('swordfish');
    const { checks } = await keyturn.keys.importReport(); // At once: no flush is due.
    expect(checks).toMatchObject({ disagreed: 1 });
  });

  test('lets through whom `unless` lets through, and asks nobody', async () => {
    const keyturn = await startKeyturn();
    const askOld = vi.fn(() => false);
    const { guarded } = requireKey(keyturn, { unless: () => true, shadow: { ask: askOld } });
    const answer = await guarded(() => new Response('hello'))(new Request('https://a.example/'));
    expect(await answer.text()).toBe('hello');
    expect(askOld).not.toHaveBeenCalled();
  });

  test('keeps nothing of what was sent but eight digits of its SHA-256', async () => {
    const keyturn = await startKeyturn();
    const shadowed = handler(keyturn, () => true);
    const sent = 'not-a-key-but-a-password';
    await shadowed(sent);
    await shadowed(sent);
    const report = await reportOf(keyturn, 2);
    expect(report.items).toMatchObject([{ hint: hintOf(sent), key: null, count: 2 }]);
    const text = JSON.stringify(report);
    expect(text).not.toContain(sent);
    const digest = createHash('sha256').update(sent);
    expect(text).not.toContain(digest.copy().digest('hex').slice(0, 9));
    expect(text).not.toContain(digest.digest('base64url').slice(0, 8));
  });

  test('is safe to switch once both decide alike, and from when on can be said', async () => {
    const keyturn = await startKeyturn();
    const plaintext = 'acme.7Yk2pQm4Zt9Xw3Rb6Vn8';
    const shadowed = handler(keyturn, (sent) => sent === plaintext);
    await shadowed(plaintext);
    expect(await reportOf(keyturn, 1)).toMatchObject({ isSafe: false, disagreements: 1 });
    await keyturn.keys.import({ rows: [{ id: '1', name: 'Acme', plaintext }] });
    keyturn.clock.advanceMs(60_000);
    const since = new Date(keyturn.clock.nowMs()).toISOString();
    for (const sent of [plaintext, 'acme.swordfish-swordfish', plaintext]) await shadowed(sent);
    const all = await reportOf(keyturn, 4);
    expect(all).toMatchObject({ isSafe: false, checks: { agreed: 3, disagreed: 1 } });
    expect(await keyturn.keys.importReport({ since })).toMatchObject({
      isSafe: true,
      checks: { agreed: 3, disagreed: 0 },
      disagreements: 0,
    });
    const future = await keyturn.keys.importReport({ since: '2999-01-01' });
    expect(future).toMatchObject({ isSafe: false, since: null, checks: { agreed: 0 } });
  });

  test('proves nothing by requests that both refuse, however many', async () => {
    const keyturn = await startKeyturn();
    const good = await plaintextOf(keyturn);
    const shadowed = handler(keyturn, (sent) => sent === good);
    for (let request = 0; request < 3; request += 1) await shadowed('swordfish');
    const refused = { ...NONE, agreed: 3 };
    expect(await reportOf(keyturn, 3)).toMatchObject({ isSafe: false, checks: refused });
    await shadowed(good);
    const admitted = { ...NONE, agreed: 4, admitted: 1 };
    expect(await reportOf(keyturn, 4)).toMatchObject({ isSafe: true, checks: admitted });
  });

  test('counts no agreement where the old check refuses and Keyturn comes to no verdict', async () => {
    const keyturn = await startKeyturn();
    const key = await plaintextOf(keyturn);
    const { guarded } = requireKey(keyturn, {
      shadow: { ask: () => false },
      allow: () => {
        throw new Error('The plan cannot be read.');
      },
    });
    const handle = guarded(() => new Response('hello'));
    await handle(new Request('https://a.example/', { headers: { 'x-api-key': key } }));
    const { checks, isSafe, items } = await reportOf(keyturn, 1);
    expect({ checks, isSafe, items }).toEqual({
      checks: { ...NONE, undecided: 1 },
      isSafe: false,
      items: [],
    });
  });

  test.each([
    [{}, '/shadow/ask'],
    [{ ask: 'http://127.0.0.1:8000' }, '/shadow/ask'],
    [{ ask: { url: 'file:///etc/passwd' } }, '/shadow/ask/url'],
    [{ ask: { url: 'http://me:secret@127.0.0.1/' } }, '/shadow/ask/url'],
    [{ ask: { url: 'http://a/', header: ['a'] } }, '/shadow/ask/header'],
    [{ ask: { url: 'http://a/', headers: ['a b'] } }, '/shadow/ask/headers'],
    [{ ask: { url: 'http://a/', method: 'BREW' } }, '/shadow/ask/method'],
    [{ ask: yes, timeoutMs: 0 }, '/shadow/timeoutMs'],
    [{ ask: yes, timeout: '2s' }, '/shadow/timeout'],
    [{ ask: yes, label: 7 }, '/shadow/label'],
  ])('is refused where %j is said of it', async (shadow, pointer) => {
    const keyturn = await startKeyturn();
    // As JavaScript may call it: the types know of none of these.
    const make = () => Reflect.apply(requireKey, undefined, [keyturn, { shadow }]);
    expect(make).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
    );
  });
});

function ask(host: Host, key: string | undefined): Promise<Response> {
  const headers: Record<string, string> = key === undefined ? {} : { 'x-api-key': key };
  return fetch(`${host.url}/reports/7`, { headers });
}

/** A route in shadow; the old check is told what was sent as a key. */
function handler(keyturn: Keyturn, admits: (sent: string) => boolean) {
  const askOld = ({ headers }: Request) => admits(headers.get('x-api-key') ?? '');
  const { guarded } = requireKey(keyturn, { shadow: { ask: askOld } });
  const handle = guarded(() => new Response('hello'));
  return (sent: string) =>
    handle(new Request('https://a.example/', { headers: { 'x-api-key': sent } }), {
      address: '203.0.113.7',
    });
}

/** Keys of the right form that are nobody's here. */
async function unknownKeys(count: number): Promise<readonly string[]> {
  const other = await startKeyturn();
  return Promise.all(Array.from({ length: count }, () => plaintextOf(other)));
}
