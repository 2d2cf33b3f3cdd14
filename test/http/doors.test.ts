import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, openWorld, type World } from './world.js';

let world: World;
let trusting: World;
const keys: Record<string, string> = {};
beforeAll(async () => {
  world = await openWorld();
  trusting = await openWorld({ trustedHops: 1 });
  for (const [name, one] of [
    ['world', world],
    ['trusting', trusting],
  ] as const) {
    keys[`${name} good`] = (await one.newKey({ owner: 'Zoë', scopes: ['a:b'] })).plaintext;
    const revoked = await one.newKey();
    await one.keyturn.keys.revoke(revoked.id);
    keys[`${name} revoked`] = revoked.plaintext;
    keys[`${name} bound`] = (await one.newKey({ restrictions: { paths: ['/a/*'] } })).plaintext;
  }
});
afterAll(async () => {
  await world.close();
  await trusting.close();
});

/** A request that can be sent through a socket and made as a `Request`. */
interface Recorded {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly isTrusting?: boolean;
}

const JSON_TYPE = ['Content-Type', 'application/json'] as const;
const ROOT = ['X-API-Key', '{root}'] as const;
const GOOD = ['X-API-Key', '{good}'] as const;

const recorded: readonly Recorded[] = [
  verified('a good key', '{"plaintext":"{good}"}'),
  verified('a good key with a scope', '{"plaintext":"{good}","scopes":["a:b"]}'),
  verified('a lacking key', '{"plaintext":"{good}","scopes":["a:c"]}'),
  verified('a revoked key', '{"plaintext":"{revoked}"}'),
  verified('a damaged key', '{"plaintext":"x"}'),
  verified('a keyspace that is none', '{"plaintext":"x","keyspace":"nowhere"}'),
  verified('an unknown field', '{"plaintext":"x","plain":1}'),
  verified('no JSON', '{'),
  verified('no UTF-8 name', '{"plaintext":"é","scopes":["ü"]}'),
  verified('a deep body', `{"plaintext":${'['.repeat(99)}`),
  verified('nothing', ''),
  { ...verified('another type', '{}'), headers: [ROOT, ['Content-Type', 'text/plain']] },
  { ...verified('no caller', '{}'), headers: [JSON_TYPE] },
  { ...verified('a caller twice', '{}'), headers: [ROOT, ROOT, JSON_TYPE] },
  {
    ...verified('two callers', '{}'),
    headers: [ROOT, ['Authorization', 'Bearer {root}'], JSON_TYPE],
  },
  { ...verified('a consumer as caller', '{}'), headers: [GOOD, JSON_TYPE] },
  verified('too much', `{"plaintext":"${'x'.repeat(70_000)}"}`),
  { ...verified('a query', '{"plaintext":"x"}'), target: '/v1/keys/verify?x=1' },
  { ...verified('another method', ''), method: 'PUT' },
  asked('a good key', [GOOD]),
  asked('a good key with a scope', [GOOD], '?scopes=a:b'),
  asked('a lacking key', [GOOD], '?scopes=a:b%20c:d'),
  asked('a mistyped query', [GOOD], '?scope=a:b'),
  asked('a repeated query', [GOOD], '?scopes=a:b&scopes=a:b'),
  asked('a keyspace that is none', [GOOD], '?keyspace=nowhere'),
  asked('the management keyspace', [ROOT], '?keyspace=keyturn'),
  asked('a management key', [ROOT]),
  asked('a revoked key', [['Authorization', 'Api-Key {revoked}']]),
  asked('nothing', []),
  asked('one twice', [GOOD, GOOD]),
  asked('two forms', [GOOD, ['Authorization', 'bearer {good}']]),
  asked('two joined', [['X-API-Key', '{good}, {good}']]),
  asked("a user's token beside it", [GOOD, ['Authorization', 'Bearer eyJ.e30.c2ln']]),
  asked('forwarded facts of nobody', [
    ['X-API-Key', '{bound}'],
    ['X-Forwarded-Uri', '/a/b'],
  ]),
  { ...asked('by HEAD', [GOOD]), method: 'HEAD' },
  { ...asked('a refusal by HEAD', []), method: 'HEAD' },
  { ...asked('by DELETE', [GOOD]), method: 'DELETE' },
  trusted('a path that is granted', [
    ['X-API-Key', '{bound}'],
    ['X-Forwarded-Uri', '/a/b'],
  ]),
  trusted('a path that is not', [
    ['X-API-Key', '{bound}'],
    ['X-Forwarded-Uri', '/c'],
  ]),
  trusted('two paths', [
    ['X-API-Key', '{bound}'],
    ['X-Forwarded-Uri', '/a/b'],
    ['X-Forwarded-Uri', '/a/b'],
  ]),
  trusted("the proxy's request id", [GOOD, ['X-Request-Id', 'from-the-proxy-1']]),
];

describe('the two doors', () => {
  test.each(recorded)('answer alike: $method $target with $name', async (one) => {
    const from = one.isTrusting === true ? trusting : world;
    const bySocket = await throughSocket(from, one);
    const byHandler = await throughHandler(from, one);
    expect(byHandler).toEqual(bySocket);
    expect(bySocket.status).toBeGreaterThanOrEqual(200);
  });

  test('answer alike while the cache is cold', async () => {
    for (const send of [throughSocket, throughHandler]) {
      const { plaintext } = await world.newKey({ name: 'cold' });
      const got = await send(world, verified('a cold key', JSON.stringify({ plaintext })));
      expect(got.status).toBe(200);
      expect(JSON.parse(got.body).key.name).toBe('cold');
    }
  });

  test('the socket answers many requests of one connection in their order', async () => {
    const { plaintext } = await world.newKey();
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
    const one = (key: string) =>
      `GET /v1/authorize HTTP/1.1\r\nHost: h\r\nX-API-Key: ${key}\r\n\r\n`;
    socket.write(one(plaintext) + one('x') + one(plaintext) + one(''));
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (text.match(/HTTP\/1\.1 /g)?.length === 4 && text.endsWith('}')) break;
    }
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual([
      '200',
      '401',
      '200',
      '401',
    ]);
  });
});

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function throughSocket(from: World, one: Recorded): Promise<Answered> {
  const { method, target, body = '', headers } = filled(from, one);
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const head = [
    `${method} ${target} HTTP/1.1`,
    'Host: h',
    'Connection: close',
    ...lines,
    ...length,
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'utf8').toString('latin1');
  const text = await exchange(Number(new URL(from.url).port), bytes);
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...fields] = text.slice(0, end).split('\r\n');
  const pairs = fields.map((field) => field.split(/: ?(.*)/s).slice(0, 2));
  return {
    status: Number(first.split(' ')[1]),
    headers: comparable(new Headers(pairs.map(([name = '', value = '']) => [name, value]))),
    body: Buffer.from(text.slice(end + 4), 'latin1').toString('utf8'),
  };
}

async function throughHandler(from: World, one: Recorded): Promise<Answered> {
  const { method, target, body, headers } = filled(from, one);
  const joined = new Headers();
  for (const [name, value] of headers) joined.append(name, value);
  const hasBody = body !== undefined && body !== '' && method !== 'GET' && method !== 'HEAD';
  const request = new Request(`http://h${target}`, {
    method,
    headers: joined,
    ...(hasBody && { body }),
  });
  const response = await from.keyturn.handler(request, { address: '127.0.0.1' });
  return {
    status: response.status,
    headers: comparable(response.headers),
    body: await response.text(),
  };
}

/** Without what belongs to the connection or to the one request; a trusted id is kept. */
function comparable(headers: Headers): Readonly<Record<string, string>> {
  const own = ['date', 'connection', 'keep-alive', 'transfer-encoding'];
  const fields = [...headers].filter(([name]) => !own.includes(name));
  return Object.fromEntries(
    fields.map(([name, value]) => [name, /^[0-9a-f]{32}$/.test(value) ? 'an id' : value]),
  );
}

function filled(from: World, one: Recorded): Recorded {
  const world = from === trusting ? 'trusting' : 'world';
  const fill = (text: string) =>
    text.replaceAll(/\{(root|good|revoked|bound)\}/g, (_, name) =>
      name === 'root' ? from.root : (keys[`${world} ${name}`] ?? ''),
    );
  const headers = one.headers.map(([name, value]) => [name, fill(value)] as const);
  return { ...one, headers, ...(one.body !== undefined && { body: fill(one.body) }) };
}

function verified(name: string, body: string): Recorded {
  return { name, method: 'POST', target: '/v1/keys/verify', headers: [ROOT, JSON_TYPE], body };
}

function asked(name: string, headers: Recorded['headers'], search = ''): Recorded {
  return { name, method: 'GET', target: `/v1/authorize${search}`, headers };
}

function trusted(name: string, headers: Recorded['headers']): Recorded {
  return { ...asked(name, [...headers, ['X-Forwarded-For', '203.0.113.7']]), isTrusting: true };
}
