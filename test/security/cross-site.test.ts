import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { leastBody } from '../http/own-statuses.js';
import { personIn, type SignedInPerson } from '../http/people.js';
import { openWorld, type World } from '../http/world.js';

let world: World;
let admin: SignedInPerson;
beforeAll(async () => {
  world = await openWorld();
  admin = await personIn(world);
});
afterAll(() => world.close());

/** What a person may ask at all. */
const ofPeople = routes.filter(
  ({ access, by }) => access !== 'public' && access !== 'self' && by.kind !== 'check',
);
const unsafe = ofPeople.filter(({ method }) => method !== 'GET');
const safe = ofPeople.filter(({ method }) => method === 'GET');

/** How pages of others, and things that are no pages, ask with the cookie of a person. */
const FOREIGN: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
  'no origin': () => ({}),
  'another origin': () => ({ origin: 'https://evil.example' }),
  'an opaque origin': () => ({ origin: 'null' }),
  'another port': () => ({ origin: `${world.url}0` }),
  'another scheme': () => ({ origin: world.url.replace('http:', 'https:') }),
  'a host within another': () => ({ origin: `${world.url}.evil.example` }),
  'our origin twice': () => ({ origin: `${world.url}, ${world.url}` }),
  'our origin, from another site': () => ({ origin: world.url, 'sec-fetch-site': 'cross-site' }),
  'our origin, from the same site': () => ({ origin: world.url, 'sec-fetch-site': 'same-site' }),
};

function send({ method, path }: Pick<Route, 'method' | 'path'>, headers: object) {
  const body = leastBody[`${method} ${path}`] ?? {};
  const cookie = `keyturn_session=${admin.token}`;
  return world.ask(method, path.replaceAll(/\{\w+\}/g, 'nobody'), {
    key: undefined,
    ...(method === 'POST' || method === 'PATCH' ? { body } : {}),
    headers: { cookie, ...headers },
  });
}

describe('a request of another site, with the cookie of an admin', () => {
  test.each(unsafe)('security 19: $method $path is refused', async (route) => {
    const before = (await world.keyturn.events.list({ limit: 1 })).items[0]?.id;
    for (const [how, headers] of Object.entries(FOREIGN)) {
      const got = await send(route, headers());
      expect([got.status, got.json?.code], how).toEqual([403, 'cross_site']);
    }
    expect((await world.keyturn.events.list({ limit: 1 })).items[0]?.id).toBe(before);
  });

  test.each(safe)('security 19: GET $path is not shown', async (route) => {
    const got = await send(route, { 'sec-fetch-site': 'cross-site' });
    expect([got.status, got.json?.code]).toEqual([403, 'cross_site']);
    for (const site of ['same-origin', 'none']) {
      expect((await send(route, { 'sec-fetch-site': site })).status).not.toBe(403);
    }
  });

  test('security 19: nobody is signed in by a page of another site', async () => {
    const body = { email: admin.email, password: 'x' };
    for (const path of ['/v1/sign-in', '/v1/invitation', '/setup']) {
      const sent = path === '/v1/sign-in' ? body : leastBody[`POST ${path}`];
      for (const origin of ['https://evil.example', 'null']) {
        const got = await world.ask('POST', path, {
          ...{ key: undefined, body: sent },
          headers: { origin },
        });
        expect([path, got.status, got.json.code]).toEqual([path, 403, 'cross_site']);
        expect(got.headers.get('set-cookie')).toBeNull();
      }
    }
  });

  test.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'])(
    'security 19: a form of our own origin is no JSON either: %s',
    async (type) => {
      for (const route of unsafe.filter(({ takesBody }) => takesBody)) {
        const path = route.path.replaceAll(/\{\w+\}/g, 'nobody');
        const got = await admin.ask(route.method, path, {
          body: '{"name":"x"}',
          headers: { 'content-type': type },
        });
        expect([path, got.status]).toEqual([path, 415]);
      }
    },
  );
});

describe('the cookie', () => {
  test('security 19: is for our own pages alone, and no script reads it', async () => {
    const body = { email: admin.email, password: 'correct horse battery' };
    const got = await world.ask('POST', '/v1/sign-in', { key: undefined, body });
    const cookie = got.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^keyturn_session=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  test('security 19: is bound to https and to its path where there is one', async () => {
    for (const [basePath, name, path] of [
      ['', '__Host-keyturn_session', '/'],
      ['/keyturn', '__Secure-keyturn_session', '/keyturn'],
    ] as const) {
      const secure = await openWorld({ publicUrl: 'https://keys.example', basePath });
      const { email } = await personIn(secure);
      const input = { email, password: 'correct horse battery' };
      const got = await secure.ask('POST', `${basePath}/v1/sign-in`, { body: input });
      const cookie = got.headers.get('set-cookie') ?? '';
      expect(cookie).toContain(`Path=${path};`);
      expect(cookie).toMatch(new RegExp(`^${name}=.*; Secure; SameSite=Strict$`));
      const [pair = ''] = cookie.split(';');
      const asked = (headers: object) =>
        secure.ask('GET', `${basePath}/v1/session`, { key: undefined, headers: { ...headers } });
      expect((await asked({ cookie: pair })).status).toBe(200);
      // What plain http, or another host, could have set is none of ours.
      expect((await asked({ cookie: pair.replace(/^__\w+?-/, '') })).status).toBe(401);
      await secure.close();
    }
  });

  test('security 16: beside a key, or beside another cookie, it is ambiguous', async () => {
    const cookie = `keyturn_session=${admin.token}`;
    for (const headers of [
      { cookie, 'x-api-key': world.root },
      { cookie, authorization: `Api-Key ${world.root}` },
      { cookie, authorization: `Bearer ${world.root}` },
      { cookie: `${cookie}; ${cookie}` },
    ]) {
      const got = await world.ask('GET', '/v1/keys', { key: undefined, headers });
      expect([got.status, got.json.code]).toEqual([400, 'ambiguous']);
    }
    // A user's own token, of whom a host application knows, is none of ours.
    const headers = { cookie, authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' };
    expect((await world.ask('GET', '/v1/keys', { key: undefined, headers })).status).toBe(200);
  });
});
