import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import { askerOf, makeSiteFolder, type SiteFolder } from './site-folder.js';

let keyturn: TestKeyturn;
let folder: SiteFolder;
let ask: ReturnType<typeof askerOf>;
beforeAll(async () => {
  keyturn = await createTestKeyturn();
  folder = makeSiteFolder();
  ask = askerOf(keyturn, folder.path);
});
afterAll(async () => {
  folder.remove();
  await keyturn.close();
});

describe('the documentation, where its site was built', () => {
  test.each([
    ['/docs', '<title>First</title>', 'text/html; charset=utf-8'],
    ['/docs/codes', '<title>Codes</title>', 'text/html; charset=utf-8'],
    ['/docs/codes/unknown', '<title>Unknown</title>', 'text/html; charset=utf-8'],
    ['/docs/start/server', '<title>Server</title>', 'text/html; charset=utf-8'],
    ['/docs/assets/style-0123456789.css', 'main { color: red }', 'text/css; charset=utf-8'],
    ['/docs/assets/page-0123456789.js', 'void 0;', 'text/javascript; charset=utf-8'],
    ['/docs/assets/index-0123456789.json', '{}', 'application/json'],
    ['/docs/assets/icon-0123456789.svg', '<svg/>', 'image/svg+xml'],
  ])('%s is what was built, of its type', async (path, text, type) => {
    const got = await ask(path);
    expect(got).toMatchObject({ status: 200, text });
    expect(got.headers.get('content-type')).toBe(type);
    expect(got.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each(['/docs', '/docs/codes', '/docs/start/server', '/docs/codes/rate_limited'])(
    '%s with a slash behind it leads to the one address it has',
    async (path) => {
      const got = await ask(`${path}/`);
      expect(got).toMatchObject({ status: 308, text: '' });
      const location = got.headers.get('location') ?? '';
      const asked = `https://api.example/keyturn${path}/`;
      expect(new URL(location, asked).href).toBe(`https://api.example/keyturn${path}`);
      expect((await ask(path)).status).toBe(200);
      expect((await ask(`${path}/?from=mail`)).status).toBe(308);
    },
  );

  test('security 42: a slash behind a path that is none leads nowhere', async () => {
    const paths = ['/docs//', '//docs/', '/docsx/', '/healthz/', '/%64ocs/', '/docs/.', '/docs/./'];
    const others = [
      '/docs/../',
      '/docs//evil.example/',
      '/docs/start//',
      '/docs/%2e%2e/',
      '/docs/\\x/',
    ];
    for (const path of [...paths, ...others]) expect((await ask(path)).status).toBe(404);
  });

  test.each(['/docs', '/docs/start/server', '/docs/assets/icon-0123456789.svg'])(
    'security 18: %s may load from its own server alone, and run nothing inline',
    async (path) => {
      const { headers } = await ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|data:|\*/);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  test('a page is asked for anew, and answered without a body while it is the same', async () => {
    const first = await ask('/docs/start/server');
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask('/docs/start/server', { 'if-none-match': known });
      expect(again).toMatchObject({ status: 304, text: '' });
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('content-length')).toBeNull();
    }
    const changed = await ask('/docs/start/server', { 'if-none-match': '"other"' });
    expect(changed.status).toBe(200);
    expect((await ask('/docs')).headers.get('etag')).not.toBe(etag);
  });

  test('what has its hash in its name is kept for ever', async () => {
    const { headers } = await ask('/docs/assets/style-0123456789.css');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  test.each([
    ['/docs/nothing', 'None'],
    ['/docs/start/nothing', 'None below'],
    ['/docs/codes/nothing', 'None below'],
    ['/docs/assets/nothing.css', 'None below'],
  ])('%s is a page for people and a problem for programs', async (path, title) => {
    const page = await ask(path, { accept: 'text/html,application/xhtml+xml' });
    expect(page).toMatchObject({ status: 404, text: `<title>${title}</title>` });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    const problem = await ask(path);
    expect(problem.json).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('a code that has no page of its own has the one the server makes', async () => {
    const { status, text } = await ask('/docs/codes/rate_limited');
    expect(status).toBe(200);
    expect(text).toContain('<h2>What to do</h2>');
  });

  test('a site that is built anew while it is served is 404 where it changed, never a fault', async () => {
    const other = makeSiteFolder();
    const asking = askerOf(keyturn, other.path);
    expect((await asking('/docs')).status).toBe(200);
    other.remove();
    expect((await asking('/docs/start/server')).status).toBe(404);
  });
});

describe('no address leads out of the site', () => {
  test.each([
    '/docs/../secret',
    '/docs/..%2Fsecret',
    '/docs/start/..%2F..%2Fsecret',
    '/docs/assets/..%2F..%2Fsecret.html',
    '/docs/assets/..%2Findex.html',
    '/docs/assets/..%5C..%5Csecret.html',
    '/docs/assets/%2Fetc%2Fpasswd',
    '/docs/assets/.',
    '/docs/assets/..',
    '/docs/%2e%2e/secret',
    '/docs//start/server',
    '/docs/start/server.html',
    '/docs/index',
    '/docs/index.html',
    '/docs/start/server%00',
    '/docs/start',
    '/docs/assets',
    '/docs/assets/notes.txt',
    '/docs/assets/__proto__',
    '/docs/constructor',
    '/docs/404',
    '/docs/404/below',
  ])('security 42: %s is 404', async (path) => {
    const got = await ask(path);
    expect(got.status).toBe(404);
    expect(got.text).not.toContain('beside the site');
  });

  test('security 42: a file that came into the folder later is not sent', async () => {
    symlinkSync(join(folder.path, '../secret.html'), join(folder.path, 'start/linked.html'));
    writeFileSync(join(folder.path, 'assets/late.css'), 'late');
    expect((await ask('/docs/start/linked')).status).toBe(404);
    expect((await ask('/docs/assets/late.css')).status).toBe(404);
  });
});

describe('the documentation, where its site was not built', () => {
  test('is what the server makes of its own routes, and says how the rest is had', async () => {
    const bare = askerOf(keyturn, join(folder.path, 'nowhere'));
    const { status, text, headers } = await bare('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('npm run docs:site');
    expect(text).toContain('<code>POST /v1/keys</code>');
    expect((await bare('/docs/codes/unknown')).status).toBe(200);
    const missing = await bare('/docs/start/server', { accept: 'text/html' });
    expect(missing.json).toMatchObject({ status: 404, code: 'not_found' });
  });
});
