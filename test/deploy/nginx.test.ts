import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programOrSkip } from '../setup/programs.js';
import { freePort } from './free-port.js';
import { type Asked, type Front, startFront } from './front.js';

const FORGED = '203.0.113.66';
// Whatever a client may say of where it comes from and what it asks for.
const SAID: readonly (readonly [string, string])[] = [
  ['X-Forwarded-For', FORGED],
  ['X-Forwarded-For', `${FORGED}, ${FORGED}`],
  ['X_Forwarded_For', FORGED],
  ['X-Forwarded-Method', 'GET-FORGED'],
  ['X-Forwarded-Uri', '/forged'],
  ['X-Forwarded-Host', 'forged.example'],
  ['X-Forwarded-Proto', 'forged'],
  ['X-Real-IP', FORGED],
  ['Forwarded', `for=${FORGED}`],
  ['Request-Id', 'forged-id'],
  ['X-Request-Id', 'forged-id'],
];

describe('the configuration of nginx', () => {
  let front: Front | undefined;
  let upstream: ReturnType<typeof createServer>;
  const arrived: (readonly string[])[] = [];

  beforeAll(async () => {
    upstream = createServer((incoming, outgoing) => {
      arrived.push(incoming.rawHeaders);
      incoming.resume();
      outgoing.end('{}');
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await front?.stop();
    upstream.close();
  });

  async function started(ctx: Parameters<typeof programOrSkip>[0]): Promise<Front> {
    const nginx = programOrSkip(ctx, 'nginx', 'nginx-light openssl');
    programOrSkip(ctx, 'openssl', 'openssl');
    const address = upstream.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    front ??= await startFront(nginx, [port, await freePort()]);
    return front;
  }

  test.for(SAID)('passes on no "%s: %s" of a client', async ([name, value], ctx) => {
    const { ask } = await started(ctx);
    arrived.length = 0;
    expect((await ask({ path: '/v1/self', headers: { [name]: value } })).status).toBe(200);
    const [headers = []] = arrived;
    expect(headers.join('\n')).not.toContain(value);
    // One value, which nginx saw itself.
    const forwarded = headers.filter((_, index) =>
      /^x-forwarded-for$/i.test(headers[index - 1] ?? ''),
    );
    expect(forwarded).toEqual(['127.0.0.1']);
    expect(headers.filter((one) => /^(?:x-)?request-id$/i.test(one))).toEqual(['Request-Id']);
  });

  test('passes on the credentials, each as it was sent', async (ctx) => {
    const { ask } = await started(ctx);
    arrived.length = 0;
    await ask({ path: '/v1/self', headers: { 'x-api-key': 'one', authorization: 'Api-Key two' } });
    const sent = arrived[0]?.join('\n').toLowerCase();
    expect(sent).toContain('x-api-key\none');
    expect(sent).toContain('authorization\napi-key two');
  });

  test('refuses what is larger than Keyturn takes, without asking it', async (ctx) => {
    const { ask } = await started(ctx);
    arrived.length = 0;
    const body = 'x'.repeat(64 * 1_024 + 1);
    expect((await ask({ path: '/v1/keys', method: 'POST', body })).status).toBe(413);
    const huge = { 'x-api-key': 'x'.repeat(40_000) };
    expect((await ask({ path: '/v1/keys', headers: huge })).status).toBe(400);
    expect(arrived).toEqual([]);
    const fits = await ask({ path: '/v1/keys', method: 'POST', body: 'x'.repeat(64 * 1_024) });
    expect(fits.status).toBe(200);
  });

  test('keeps figures and health of one instance to itself, and answers nothing over http:', async (ctx) => {
    const { ask, askPlainly } = await started(ctx);
    arrived.length = 0;
    for (const path of ['/metrics', '/healthz', '/readyz', '/%6detrics', '//metrics']) {
      expect((await ask({ path })).status, path).toBe(404);
    }
    expect(await askPlainly('/v1/self')).toBe(403);
    expect(arrived).toEqual([]);
    const { headers } = await ask({ path: '/v1/self' });
    expect(headers['strict-transport-security']).toMatch(/^max-age=\d+$/);
  });
});

describe('two instances behind nginx', () => {
  test('are replaced one after the other without a refused request', async (ctx) => {
    const nginx = programOrSkip(ctx, 'nginx', 'nginx-light openssl');
    programOrSkip(ctx, 'openssl', 'openssl');
    const ports = [await freePort(), await freePort()] as const;
    const instances = [await listenAt(ports[0]), await listenAt(ports[1])];
    const front = await startFront(nginx, ports);
    try {
      const statuses: number[] = [];
      // Back and forth: neither counts as failed when it is the only one that is left.
      for (const index of [0, 1, 0]) {
        await instances[index]?.stop();
        for (let asked = 0; asked < 4; asked += 1) {
          statuses.push((await front.ask({ path: '/v1/self' })).status);
        }
        instances[index] = await listenAt(ports[index] ?? 0);
      }
      expect(statuses).toEqual(statuses.map(() => 200));
    } finally {
      await front.stop();
      for (const { stop } of instances) await stop();
    }
  });

  test('ask again for a change that names an Idempotency-Key, and for no other', async (ctx) => {
    const nginx = programOrSkip(ctx, 'nginx', 'nginx-light openssl');
    programOrSkip(ctx, 'openssl', 'openssl');
    const ports = [await freePort(), await freePort()] as const;
    const instances = [await hangUpAt(ports[0]), await listenAt(ports[1])];
    const front = await startFront(nginx, ports);
    const statuses = async (headers: NonNullable<Asked['headers']>) => {
      const told = new Set<number>();
      for (let asked = 0; asked < 4; asked += 1) {
        told.add(
          (await front.ask({ path: '/v1/keys', method: 'POST', headers, body: '{}' })).status,
        );
      }
      return told;
    };
    try {
      expect(await statuses({ 'idempotency-key': 'a4' })).toEqual(new Set([200]));
      expect(await statuses({})).toEqual(new Set([200, 502]));
      expect(await statuses({ 'idempotency-key': '' })).toEqual(new Set([200, 502]));
    } finally {
      await front.stop();
      for (const { stop } of instances) await stop();
    }
  });
});

/** An instance that ends while a request is on its way: it takes each, and answers none. */
async function hangUpAt(port: number): Promise<{ readonly stop: () => Promise<void> }> {
  const server = createServer((incoming) => incoming.socket.destroy());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** An instance, that is: who answers at this port. */
async function listenAt(port: number): Promise<{ readonly stop: () => Promise<void> }> {
  const server = createServer((_incoming, outgoing) => outgoing.end('{}'));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
