import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAULTS, REFUSAL_TODO } from '../../src/http/codes.js';
import { routes } from '../../src/http/routes.js';
import { openWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const get = (path: string) => world.ask('GET', path, { key: undefined });
const codes = [...Object.keys(REFUSAL_TODO), ...Object.keys(FAULTS)];

describe('the pages', () => {
  test.each(['/docs', '/docs/codes/unknown', '/setup', '/claim'])(
    'security 18: %s loads nothing from elsewhere and runs nothing inline',
    async (path) => {
      const { headers, text } = await get(path);
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(text).not.toMatch(/<style|style=|\son\w+=|javascript:|https?:\/\//);
      expect(text.match(/<script[^>]*>[^<]/)).toBeNull();
      for (const [, link = ''] of text.matchAll(/(?:href|src)="([^"]+)"/g)) {
        const target = new URL(link, `${world.url}${path}`);
        expect(target.origin).toBe(world.url);
        expect((await get(target.pathname)).status, link).toBe(200);
      }
    },
  );

  test('the reference names every route and every code', async () => {
    const { text } = await get('/docs');
    for (const { method, path, access } of routes) {
      expect(text).toContain(`<code>${method} ${path}</code>`);
      if (access !== 'public' && access !== 'self')
        expect(text).toContain(`<code>${access}</code>`);
    }
    for (const code of codes) expect(text).toContain(`href="docs/codes/${code}"`);
  });

  test.each(codes)(
    'the code %s has a page that says what it means and what to do',
    async (code) => {
      const { status, text } = await get(`/docs/codes/${code}`);
      expect(status).toBe(200);
      expect(text).toContain(`<code>${code}</code>`);
      expect(text).toMatch(/<h2>What to do<\/h2>\n<p>[^<]{20,}<\/p>/);
    },
  );

  test('a code that is none is 404', async () => {
    for (const code of ['wrong_keyspace', 'nonsense', '__proto__', 'constructor']) {
      expect((await get(`/docs/codes/${code}`)).status).toBe(404);
    }
  });

  test('a problem links to the page of its code', async () => {
    const { json } = await get('/v1/self');
    expect(json.type).toBe('/docs/codes/missing');
    const { text } = await get(json.type);
    expect(text).toContain(json.title);
    expect(text).toContain('Authorization: Api-Key &lt;key&gt;');
  });
});

describe('the set-up link', () => {
  test('makes the first root key once, and shows it once', async () => {
    const fresh = await openWorld({ isNew: true });
    const { token } = await fresh.keyturn.setup.createToken();
    const redeem = (body: object) => fresh.ask('POST', '/setup', { key: undefined, body });
    const made = await redeem({ token });
    expect(made.status).toBe(201);
    expect(made.json.plaintext).toMatch(/^kt_live_/);
    expect(made.json.key).toMatchObject({ keyspace: 'keyturn', scopes: ['*'] });
    expect((await fresh.ask('GET', '/v1/keys', { key: made.json.plaintext })).status).toBe(200);
    const again = await redeem({ token });
    const unknown = await redeem({ token: 'never-was' });
    expect(again.status).toBe(403);
    expect(again.text).toBe(unknown.text);
    await fresh.close();
  });

  test('security 40: a late one answers as one that never was', async () => {
    const fresh = await openWorld({ isNew: true });
    const { token } = await fresh.keyturn.setup.createToken();
    fresh.keyturn.clock.advanceMs(31 * 60_000);
    const late = await fresh.ask('POST', '/setup', { key: undefined, body: { token } });
    const unknown = await fresh.ask('POST', '/setup', { key: undefined, body: { token: 'x' } });
    expect(late.status).toBe(403);
    expect(late.text).toBe(unknown.text);
    await fresh.close();
  });

  test('security 40: is not used up by being opened', async () => {
    const fresh = await openWorld({ isNew: true });
    const { token } = await fresh.keyturn.setup.createToken();
    for (let index = 0; index < 20; index += 1) {
      await fresh.ask('GET', '/setup', { key: undefined });
      await fresh.ask('HEAD', '/setup', { key: undefined });
      expect((await fresh.ask('GET', `/setup?token=${token}`, { key: undefined })).status).toBe(
        400,
      );
    }
    const made = await fresh.ask('POST', '/setup', { key: undefined, body: { token } });
    expect(made.status).toBe(201);
    await fresh.close();
  });

  test('security 40: its page sends the token by POST alone, and when a person says so', async () => {
    const { text } = await get('/setup.js');
    expect(text).toContain("addEventListener('click', create)");
    expect(text).toContain("method: 'POST'");
    expect(text).toContain('history.replaceState');
    expect(text).not.toMatch(/innerHTML|document\.write|eval|\$\{/);
    // Nothing is sent but by the click: the function is named nowhere else.
    expect(text.match(/\bcreate\b/g)).toHaveLength(3);
  });

  test('security 19: is no form that another site could send', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const got = await world.ask('POST', '/setup', { body: 'token=x', headers: form });
    expect(got.status).toBe(415);
  });
});

describe('health', () => {
  test('/healthz answers without asking the database', async () => {
    const untouchable = await openWorld({
      serving: ({ settings, refusalAnswer, mountedAt }) =>
        new Proxy(Object.create(null), {
          get(_target, name) {
            if (name === 'settings') return settings;
            if (name === 'refusalAnswer') return refusalAnswer;
            if (name === 'mountedAt') return mountedAt;
            throw new Error(`Asked for ${String(name)}.`);
          },
        }),
    });
    const got = await untouchable.ask('GET', '/healthz', { key: undefined });
    expect(got.status).toBe(200);
    expect(got.json).toEqual({ alive: true });
    await untouchable.close();
  });

  test('/readyz says why not by a code, and names no host', async () => {
    const away = await openWorld({
      serving: (keyturn) => ({
        ...keyturn,
        readiness: async () => ({ ready: false, code: 'store_unavailable', detail: 'db.internal' }),
      }),
    });
    const got = await away.ask('GET', '/readyz', { key: undefined });
    expect(got.status).toBe(503);
    expect(got.json).toEqual({ ready: false, code: 'store_unavailable' });
    await away.close();
  });
});

describe('/metrics', () => {
  test('is the Prometheus text format, with checks and requests', async () => {
    const { plaintext: key } = await world.newKey();
    await world.ask('GET', '/v1/authorize', { key });
    await world.ask('GET', '/v1/keys/key_nobody');
    await world.ask('GET', '/nothing');
    const { headers, text } = await world.ask('GET', '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('keyturn_http_requests_total{route="/v1/authorize",status="200"} 1\n');
    expect(text).toContain('keyturn_http_requests_total{route="/v1/keys/{id}",status="404"} 1\n');
    expect(text).toContain('keyturn_http_requests_total{route="unrouted",status="404"}');
    expect(text).toMatch(/keyturn_checks_total\{outcome="valid"\} \d+\n/);
    expect(text).not.toMatch(/key_nobody|key_live|kt_live/);
    const helps = [...text.matchAll(/^# HELP (\S+)/gm)].map((match) => match[1]);
    expect(new Set(helps).size).toBe(helps.length);
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{[^}]*\}?[^}]*\})? -?[0-9.e+-]+)$/,
      );
    }
  });
});
