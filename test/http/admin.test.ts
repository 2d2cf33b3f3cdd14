import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKeyturn } from '../../src/testing.js';
import { type AdminFolder, askerOf, makeAdminFolder, SCRIPT } from './admin-folder.js';

const SCRIPT_PATH = '/admin/assets/index-abc.js';

let keyturn: Awaited<ReturnType<typeof createTestKeyturn>>;
let folder: AdminFolder;
let ask: ReturnType<typeof askerOf>;
beforeAll(async () => {
  keyturn = await createTestKeyturn();
  folder = makeAdminFolder();
  ask = askerOf(keyturn, folder.path);
});
afterAll(async () => {
  folder.remove();
  await keyturn.close();
});

describe('the page of every address below /admin', () => {
  test.each([
    ['/admin', './', 'admin/assets/index-abc.js'],
    ['/admin/keys', '../', 'assets/index-abc.js'],
    ['/admin/keys?search=%22a%22&state=active', '../', 'assets/index-abc.js'],
    ['/admin/keys/key_1', '../../', '../assets/index-abc.js'],
    ['/admin/keys/key_1/rotate', '../../../', '../../assets/index-abc.js'],
  ])('%s finds its base and its script, wherever it is mounted', async (path, base, script) => {
    const answer = await ask(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const text = await answer.text();
    expect(text).toContain(`content="${base}"`);
    expect(text).toContain(`src="${script}"`);
    const url = new URL(path, 'https://host.test/deep/down/');
    const page = new URL(`/deep/down${url.pathname}`, url);
    expect(new URL(base, page).pathname).toBe('/deep/down/');
    expect(new URL(script, page).pathname).toBe('/deep/down/admin/assets/index-abc.js');
  });

  test('security 18: it loads from its own server alone, runs nothing inline, and is in no frame', async () => {
    for (const path of ['/admin', '/admin/keys/key_1', SCRIPT_PATH]) {
      const { headers } = await ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|data:|\*/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  test('it is asked for anew each time, and answered without a body while it is the same', async () => {
    const { headers } = await ask('/admin');
    expect(headers.get('cache-control')).toBe('no-cache');
    const etag = headers.get('etag') ?? '';
    const again = await ask('/admin', { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    const changed = await ask('/admin', { headers: { 'if-none-match': '"other"' } });
    expect(changed.status).toBe(200);
  });

  test('HEAD says the same without the body', async () => {
    const answer = await ask(SCRIPT_PATH, { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe(String(SCRIPT.length));
    expect(await answer.text()).toBe('');
  });

  test('a slash behind the address leads to it', async () => {
    const answer = await ask('/admin/');
    expect(answer.status).toBe(308);
    expect(answer.headers.get('location')).toBe('../admin');
  });

  test('where nothing was built, a page says what to type', async () => {
    const answer = await askerOf(keyturn, '/nowhere')('/admin/keys');
    expect(await answer.text()).toContain('<code>npm run build</code>');
  });
});

describe('what the page loads', () => {
  test('is kept for ever: its name changes with its content', async () => {
    const { headers } = await ask(SCRIPT_PATH);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(headers.get('vary')).toBe('accept-encoding');
  });

  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['GZIP', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['br;q=0.000', null],
    ['identity', null],
    ['', null],
  ])('is compressed as Accept-Encoding "%s" allows: %s', async (accepted, coding) => {
    const answer = await ask(SCRIPT_PATH, { headers: { 'accept-encoding': accepted } });
    expect(answer.headers.get('content-encoding')).toBe(coding);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(answer.headers.get('content-length')).toBe(String(bytes.byteLength));
    const opened = coding === 'br' ? brotliDecompressSync : gunzipSync;
    const text = coding === null ? bytes : opened(bytes);
    expect(new TextDecoder().decode(text)).toBe(SCRIPT);
  });

  test('has another entity tag in each form', async () => {
    const forms = ['br', 'gzip', 'identity'].map((coding) =>
      ask(SCRIPT_PATH, { headers: { 'accept-encoding': coding } }),
    );
    const tags = (await Promise.all(forms)).map(({ headers }) => headers.get('etag'));
    expect(new Set(tags).size).toBe(3);
  });

  test.each([
    '/admin/assets/nothing.js',
    '/admin/assets/index-abc.js.br',
    '/admin/assets/notes.txt',
    '/admin/assets/..%2F..%2Fsecret.js',
    '/admin/assets/..%5Csecret.js',
    '/admin/assets/__proto__',
    '/admin/assets/../secret.js',
    '/admin//keys',
    '/%61dmin',
    '//admin',
    '/admin/keys/key_1/rotate/deeper',
  ])('security 42: %s is 404', async (path) => {
    expect((await ask(path)).status).toBe(404);
  });
});
