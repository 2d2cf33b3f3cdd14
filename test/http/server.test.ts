import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { serveNode } from '../../src/http/node-server.js';
import type { LogFields } from '../../src/ports.js';
import { jsonIn, openWorld, statusOf, type World, type WorldOptions } from './world.js';

const worlds: World[] = [];
const sockets: Socket[] = [];
const IDLE_GRACE_MS = 100; // As in src/http/node-server.ts.
afterEach(async () => {
  vi.useRealTimers();
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const world of worlds.splice(0)) await world.close();
});

async function open(options?: WorldOptions): Promise<World> {
  const world = await openWorld(options);
  worlds.push(world);
  return world;
}

function dial(world: World): Socket {
  const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
  sockets.push(socket);
  return socket;
}

async function textUntil(socket: Socket, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (pattern.test(text)) return text;
  }
  return text;
}

/** Until a server takes no more connections. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (!isOpen) return;
  }
}

describe('a server that is closed', () => {
  test('finishes the request that is open, and takes no new connection', async () => {
    let begin = () => {};
    let release = () => {};
    const isBegun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const isReleased = new Promise<void>((resolve) => {
      release = resolve;
    });
    const world = await open({
      serving: (keyturn) => ({
        ...keyturn,
        readiness: async () => {
          begin();
          await isReleased;
          return keyturn.readiness();
        },
      }),
    });
    const silent = dial(world);
    const half = dial(world);
    await Promise.all([once(silent, 'connect'), once(half, 'connect')]);
    half.write('POST /v1/keys/verify HTTP/1.1\r\nHost: h\r\n');
    const answer = world.ask('GET', '/readyz');
    await isBegun; // What was sent before it has been read, too.
    const closing = world.close();
    await once(silent.resume(), 'close'); // At once: nobody waits for it.
    await expect(world.ask('GET', '/healthz')).rejects.toThrow();
    release();
    expect((await answer).status).toBe(200);
    half.destroy();
    await closing;
  });

  test('ends a busy connection with its answer', async () => {
    const world = await open();
    const socket = dial(world);
    const request = 'GET /healthz HTTP/1.1\r\nHost: h\r\n';
    socket.write(`${request}\r\n`);
    expect(await textUntil(socket, /\}$/)).toContain('Connection: keep-alive');
    socket.write(request); // Not whole yet: the server waits for the rest of it.
    await world.ask('GET', '/healthz'); // What was sent before it has been read, too.
    const closing = world.close();
    socket.write('\r\n');
    expect((await textUntil(socket, /\}$/)).toLowerCase()).toContain('connection: close');
    await closing;
  });

  test('answers for a moment what comes over a connection that was idle', async () => {
    const world = await open();
    const server = await serveNode(world.keyturn, { host: '127.0.0.1', port: 0 });
    const port = Number(new URL(server.url).port);
    const request = 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n';
    const dialOne = async () => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.write(request);
      await textUntil(socket, /\}$/); // Answered: from now on it is idle, as a proxy's are.
      return socket;
    };
    const [used, unused] = [await dialOne(), await dialOne()];
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const closing = server.close();
    await refused(port); // Since then it waits.
    vi.advanceTimersByTime(IDLE_GRACE_MS - 1);
    used.write(request);
    const answer = await textUntil(used, /\}$/);
    expect(statusOf(answer)).toBe(200);
    expect(answer).toMatch(/^connection: close\r$/im); // No other one will come.
    const isGone = once(unused.resume(), 'close');
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
    await Promise.all([isGone, closing]);
  });

  test('is closed once, however often it is told', async () => {
    const world = await open();
    const server = await serveNode(world.keyturn, { host: '127.0.0.1', port: 0 });
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

describe('where a server listens', () => {
  test('it says so, and says so too if it cannot', async () => {
    const world = await open();
    expect(world.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(world.url).port);
    const second = serveNode(world.keyturn, { host: '127.0.0.1', port });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const six = await serveNode(world.keyturn, { host: '::1', port: 0 });
    expect(six.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${six.url}/healthz`)).status).toBe(200);
    await six.close();
  });

  test('security 30: with faces, nothing else is served', async () => {
    const world = await open({ faces: ['authorize'] });
    const { plaintext: key } = await world.newKey();
    expect((await world.ask('GET', '/v1/authorize', { key })).status).toBe(200);
    expect((await world.ask('GET', '/healthz')).status).toBe(200);
    expect((await world.ask('GET', '/readyz')).status).toBe(200);
    for (const path of ['/v1/keys', '/v1/self', '/docs', '/openapi.json', '/setup', '/metrics']) {
      expect((await world.ask('GET', path)).status).toBe(404);
    }
    const body = { plaintext: key };
    expect((await world.ask('POST', '/v1/keys/verify', { body })).status).toBe(404);
    const both = await open({ faces: ['verify', 'authorize'] });
    expect((await both.ask('POST', '/v1/keys/verify', { body })).status).toBe(200);
    expect((await both.ask('GET', '/v1/authorize')).status).toBe(401);
  });
});

describe('the id of a request', () => {
  test('is new for each, and on every answer', async () => {
    const world = await open();
    const ids = new Set<string | null>();
    for (const path of ['/healthz', '/nothing', '//', '/v1/keys', '/v1/authorize', '/docs']) {
      const { headers } = await world.ask('GET', path, { key: undefined });
      ids.add(headers.get('request-id'));
    }
    expect(ids.size).toBe(6);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  test('security 47: is taken from a trusted hop only, and only if it is one', async () => {
    const alone = await open();
    const headers = { 'x-request-id': 'chosen-by-the-client' };
    expect((await alone.ask('GET', '/healthz', { headers })).headers.get('request-id')).not.toBe(
      'chosen-by-the-client',
    );
    const behind = await open({ trustedHops: 1 });
    for (const name of ['x-request-id', 'request-id']) {
      const got = await behind.ask('GET', '/healthz', { headers: { [name]: 'abc-123' } });
      expect(got.headers.get('request-id')).toBe('abc-123');
    }
    for (const bad of ['', 'a b', 'a_b', 'x'.repeat(65), 'ü', 'a, b']) {
      const got = await behind.ask('GET', '/healthz', { headers: { 'x-request-id': bad } });
      expect(got.headers.get('request-id')).toMatch(/^[0-9a-f]{32}$/);
    }
  });
});

describe("security 31: the client's address", () => {
  const restrictions = { addresses: ['203.0.113.7/32'] };
  const forged = {
    'x-forwarded-for': '203.0.113.7',
    forwarded: 'for=203.0.113.7',
    'x-real-ip': '203.0.113.7',
  };

  test.each([
    [0, '203.0.113.7', false],
    [1, '203.0.113.7', true],
    [1, '203.0.113.7:4711', true],
    [1, '198.51.100.9, 203.0.113.7', true],
    [1, '203.0.113.7, 198.51.100.9', false],
    [2, '203.0.113.7, 198.51.100.9', true],
    [2, '203.0.113.7', false],
    [1, '203.0.113.7, ', false],
    [1, '"203.0.113.7"', false],
    [1, Array.from({ length: 40 }, () => '203.0.113.7').join(','), false],
  ])('behind %i proxies, %s: %s', async (trustedHops, list, isAdmitted) => {
    const world = await open({ trustedHops });
    const { plaintext: key } = await world.newKey({ restrictions });
    const headers = { ...forged, 'x-forwarded-for': list };
    const got = await world.ask('GET', '/v1/authorize', { key, headers });
    expect(got.status).toBe(isAdmitted ? 200 : 403);
    const self = await world.ask('GET', '/v1/self', { key, headers });
    expect(self.status).toBe(isAdmitted ? 200 : 403);
  });

  test('security 43: without a peer no header is believed', async () => {
    const world = await open({ trustedHops: 1 });
    const { plaintext } = await world.newKey({ restrictions });
    const headers = { ...forged, 'x-api-key': plaintext, 'x-request-id': 'forged' };
    const response = await world.keyturn.handler(new Request('http://h/v1/self', { headers }));
    expect(response.status).toBe(403);
    expect(JSON.parse(await response.text()).code).toBe('address_denied');
    expect(response.headers.get('request-id')).not.toBe('forged');
  });
});

describe('a fault that nobody expected', () => {
  test('security 17: is answered without a word about it, and logged by its code', async () => {
    const lines: (LogFields & { readonly message: string })[] = [];
    const write = (fields: LogFields, message: string) => lines.push({ ...fields, message });
    const world = await open({
      log: { info: () => undefined, warn: write, error: write },
      serving: (keyturn) => ({
        ...keyturn,
        as: () => {
          throw new Error('password=hunter2 at /srv/db');
        },
        metrics: () => {
          throw new TypeError('hunter2');
        },
      }),
    });
    for (const path of ['/v1/keys', '/metrics']) {
      const got = await world.ask('GET', path);
      expect(got.status).toBe(500);
      expect(got.json).toMatchObject({ code: 'internal', status: 500 });
      expect(got.text).not.toContain('hunter2');
      const requestId = got.headers.get('request-id');
      const line = lines.find((one) => one.requestId === requestId);
      expect(line).toEqual({
        room: 'http',
        code: 'internal',
        requestId,
        message: 'request failed',
      });
    }
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  test('in a check is answered by the hot routes too', async () => {
    const world = await open({
      serving: (keyturn) => ({
        ...keyturn,
        verify: () => {
          throw new Error('hunter2');
        },
      }),
    });
    for (const [method, path] of [
      ['GET', '/v1/authorize'],
      ['POST', '/v1/keys/verify'],
    ] as const) {
      const got = await world.ask(method, path, method === 'POST' ? { body: {} } : {});
      expect(got.status).toBe(500);
      expect(got.text).not.toContain('hunter2');
    }
    const raw = await world.raw('GET /v1/self HTTP/1.1', 'Host: h');
    expect(statusOf(raw)).toBe(500);
    expect(jsonIn(raw).code).toBe('internal');
  });
});
