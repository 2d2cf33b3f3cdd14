import express from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireKey } from '../../src/guards/express.js';
import { routes } from '../../src/http/routes.js';
import { type Host, listen } from '../guards/hosts.js';
import { leastBody } from '../http/own-statuses.js';
import { openWorld, statusOf, type World } from '../http/world.js';

let world: World;
let host: Host;
/** Two good keys of each keyspace: no pair is refused because one of it is bad. */
const pairs = new Map<string, readonly [string, string]>();
beforeAll(async () => {
  world = await openWorld({ trustedHops: 1 });
  const credentials = { headers: ['x-open-key'], query: 'api_key' };
  await world.keyturn.keyspaces.create({ name: 'open', prefix: 'open', credentials });
  for (const keyspace of ['default', 'keyturn', 'open']) {
    const input = { keyspace, scopes: ['*'] };
    const [one, other] = [await world.newKey(input), await world.newKey(input)];
    pairs.set(keyspace, [one.plaintext, other.plaintext]);
  }
  const app = express();
  app.get('/guarded', requireKey(world.keyturn), (_req, res) => void res.json({}));
  app.get(
    '/open',
    requireKey(world.keyturn, { keyspace: 'open' }),
    (_req, res) => void res.json({}),
  );
  host = await listen(app);
});
afterAll(async () => {
  await host.close();
  await world.close();
});

function pairOf(keyspace: string): readonly [string, string] {
  const pair = pairs.get(keyspace);
  if (pair === undefined) throw new Error(`No keys in ${keyspace}.`);
  return pair;
}

const VERIFY = JSON.stringify({ plaintext: 'x' });
/** A request to a door of each kind, and whose keys it takes. */
const targets = [
  { target: 'the gateway route', keyspace: 'default', lines: ['GET /v1/authorize HTTP/1.1'] },
  { target: 'the router', keyspace: 'default', lines: ['GET /v1/self HTTP/1.1'] },
  { target: 'the management API', keyspace: 'keyturn', lines: ['GET /v1/keys HTTP/1.1'] },
  {
    target: 'the route for services',
    keyspace: 'keyturn',
    lines: [
      'POST /v1/keys/verify HTTP/1.1',
      'Content-Type: application/json',
      `Content-Length: ${VERIFY.length}`,
    ],
    body: VERIFY,
  },
  { target: 'a guarded route', keyspace: 'default', lines: ['GET /guarded HTTP/1.1'] },
] as const;

/** Headers that two programs could read two ways, made of two good keys. */
const forms: readonly (readonly [string, (one: string, other: string) => readonly string[]])[] = [
  ['one twice', (one) => [`X-API-Key: ${one}`, `X-API-Key: ${one}`]],
  ['two in one header', (one, other) => [`X-API-Key: ${one}`, `x-api-key: ${other}`]],
  ['one and nothing', (one) => ['X-API-Key:', `X-API-Key: ${one}`]],
  ['one and an empty scheme', (one) => ['Authorization: Api-Key', `X-API-Key: ${one}`]],
  ['one in two headers', (one) => [`X-API-Key: ${one}`, `Authorization: Bearer ${one}`]],
  ['two in two headers', (one, other) => [`Authorization: Api-Key ${other}`, `X-API-Key: ${one}`]],
  ['a scheme twice', (one) => [`Authorization: Bearer ${one}`, `Authorization: Bearer ${one}`]],
  ['two schemes', (one, two) => [`Authorization: Api-Key ${one}`, `Authorization: Bearer ${two}`]],
  [
    "a scheme and another's",
    (one) => ['Authorization: Basic YTpi', `Authorization: Bearer ${one}`],
  ],
  ['joined with a comma and a space', (one, other) => [`X-API-Key: ${one}, ${other}`]],
  ['joined with a comma', (one) => [`X-API-Key: ${one},${one}`]],
  ['joined with nothing', (one) => [`X-API-Key: ${one},`]],
  ['joined schemes', (one, other) => [`Authorization: Bearer ${one}, Bearer ${other}`]],
  ['joined in one scheme', (one, other) => [`Authorization: Api-Key ${one},${other}`]],
  ["joined with another's", (one) => [`Authorization: Basic YTpi, Api-Key ${one}`]],
  ['one behind many', (one) => [`X-API-Key: ${one}`, ...crowdOf(900), `X-API-Key: ${one}`]],
];

/** Headers of others, as few bytes as can be. */
function crowdOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `a${index % 10}:`);
}

/** The code of a refusal; Express sends its body in chunks. */
function codeIn(answer: string): string | undefined {
  return /"code":"(\w+)"/.exec(answer)?.[1];
}

describe.each(targets)('to $target', ({ target, keyspace, lines, ...more }) => {
  const raw = (...headers: readonly string[]) => {
    const server = target === 'a guarded route' ? host : world;
    const body = 'body' in more ? ['', more.body] : [];
    return server.raw(...lines, 'Host: h', ...headers, ...body);
  };

  test('security 16: one is one', async () => {
    const [one] = pairOf(keyspace);
    expect(statusOf(await raw(`X-API-Key: ${one}`))).toBe(200);
    expect(statusOf(await raw(`Authorization: Bearer ${one}`))).toBe(200);
    const others = ['Authorization: Bearer eyJ.e30.c2ln', 'X_API_Key: x', 'Cookie: key=x'];
    expect(statusOf(await raw(...others, `X-API-Key: ${one}`))).toBe(200);
  });

  test.each(forms)('security 16: %s is ambiguous', async (_what, form) => {
    const [one, other] = pairOf(keyspace);
    const got = await raw(...form(one, other));
    expect(statusOf(got)).toBe(400);
    expect(codeIn(got)).toBe('ambiguous');
    for (const key of [one, other]) expect(got).not.toContain(key);
  });

  test('security 16: a header that is folded over two lines is none', async () => {
    const [one] = pairOf(keyspace);
    expect(statusOf(await raw(`X-API-Key: ${one.slice(0, 9)}`, ` ${one.slice(9)}`))).toBe(400);
  });
});

test.each(routes.filter(({ access }) => access !== 'public'))(
  'security 16: $method $path takes none that was sent twice',
  async ({ method, path, access, takesBody }) => {
    const [one] = pairOf(access === 'self' ? 'default' : 'keyturn');
    const body = takesBody ? JSON.stringify(leastBody[`${method} ${path}`] ?? {}) : '';
    const got = await world.raw(
      `${method === 'ANY' ? 'GET' : method} ${path.replace(/\{\w+\}/, 'nobody')} HTTP/1.1`,
      ...['Host: h', 'Content-Type: application/json', `Content-Length: ${body.length}`],
      ...[`X-API-Key: ${one}`, `X-API-Key: ${one}`, '', body],
    );
    expect(statusOf(got)).toBe(400);
    expect(codeIn(got)).toBe('ambiguous');
  },
);

describe('a key in a URL', () => {
  /** As a gateway asks: the original target is in a header. */
  const authorize = (keyspace: string, target: string, ...headers: readonly string[]) =>
    world.raw(
      `GET /v1/authorize?keyspace=${keyspace} HTTP/1.1`,
      ...['Host: h', 'X-Forwarded-For: 203.0.113.7', `X-Forwarded-Uri: ${target}`, ...headers],
    );
  const guarded = (keyspace: string, target: string, ...headers: readonly string[]) => {
    const path = keyspace === 'open' ? '/open' : '/guarded';
    return host.raw(`GET ${target.replace('/x', path)} HTTP/1.1`, 'Host: h', ...headers);
  };

  describe.each([
    { door: 'a gateway', ask: authorize },
    { door: 'a guard', ask: guarded },
  ])('by $door', ({ ask }) => {
    test('security 16: is refused where the keyspace has not asked for it', async () => {
      const [one] = pairOf('default');
      for (const target of [
        `/x?api_key=${one}`,
        `/x?key=${one}`,
        `/x?a=1&b=%6bey${one.slice(3)}`,
      ]) {
        const alone = await ask('default', target);
        expect(statusOf(alone)).toBe(401);
        expect(codeIn(alone)).toBe('missing');
        expect(alone).toContain('URL');
        expect(alone).not.toContain(one);
        const both = await ask('default', target, `X-API-Key: ${one}`);
        expect(statusOf(both)).toBe(400);
        expect(codeIn(both)).toBe('ambiguous');
      }
    });

    test('security 16: is taken once, in the one place that the keyspace names', async () => {
      const [one, other] = pairOf('open');
      expect(statusOf(await ask('open', `/x?api_key=${one}`))).toBe(200);
      expect(statusOf(await ask('open', '/x', `X-Open-Key: ${one}`))).toBe(200);
      expect(statusOf(await ask('open', `/x?key=${one}`))).toBe(401);
      for (const [target, ...headers] of [
        [`/x?api_key=${one}&api_key=${one}`],
        [`/x?api_key=${one}&%61pi_key=${other}`],
        [`/x?api_key=${one}&key=${other}`],
        [`/x?api_key=&api_key=${one}`],
        [`/x?api_key=${one},${other}`],
        [`/x?api_key=${one}`, `X-Open-Key: ${one}`],
        [`/x?api_key=${one}`, `Authorization: Bearer ${other}`],
      ] as const) {
        const got = await ask('open', target, ...headers);
        expect(statusOf(got), target).toBe(400);
        expect(codeIn(got)).toBe('ambiguous');
      }
    });
  });

  test('security 16: is none of ours where a management key is asked for', async () => {
    const [one] = pairOf('keyturn');
    const alone = await world.raw(`GET /v1/keys?search=${one} HTTP/1.1`, 'Host: h');
    expect(statusOf(alone)).toBe(401);
    expect(codeIn(alone)).toBe('missing');
    const key = `X-API-Key: ${one}`;
    const both = await world.raw(`GET /v1/keys?search=${one} HTTP/1.1`, 'Host: h', key);
    expect(statusOf(both)).toBe(400);
    expect(codeIn(both)).toBe('ambiguous');
  });
});

test('security 16: the last of all headers that fit counts as much as the first', async () => {
  for (const { target, keyspace, lines, ...more } of targets) {
    if (target === 'a guarded route') continue; // How many are read there, its host decides.
    const body = 'body' in more ? ['', more.body] : [];
    const key = `X-API-Key: ${pairOf(keyspace)[0]}`;
    const got = await world.raw(...lines, 'Host: h', key, ...crowdOf(2_100), key, ...body);
    expect(statusOf(got), target).toBe(400);
    expect(codeIn(got)).toBe('ambiguous');
  }
});

test('security 16: a key behind the body is none', async () => {
  const [one] = pairOf('keyturn');
  const got = await world.raw(
    ...['POST /v1/keys/verify HTTP/1.1', 'Host: h', 'Content-Type: application/json'],
    ...['Transfer-Encoding: chunked', 'Trailer: X-API-Key', ''],
    ...[VERIFY.length.toString(16), VERIFY, '0', `X-API-Key: ${one}`],
  );
  expect(statusOf(got)).toBe(401);
  expect(codeIn(got)).toBe('missing');
});
