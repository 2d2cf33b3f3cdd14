import { createServer, request } from 'node:http';
import { serve } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { afterEach, expect, test } from 'vitest';
import { mountKeyturn as onExpress } from '../../src/guards/express.js';
import { mountKeyturn as onFastify } from '../../src/guards/fastify.js';
import { mountKeyturn as onHono } from '../../src/guards/hono.js';
import { personIn, type SignedInPerson } from './people.js';
import { openWorld, type World } from './world.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function newWorld(): Promise<World> {
  const world = await openWorld();
  closing.push(() => world.close());
  return world;
}

/** Opens a stream, and reads it as a browser would. */
async function follow(
  url: string,
  key: string | undefined,
  headers: Readonly<Record<string, string>> = {},
) {
  const ending = new AbortController();
  closing.push(() => ending.abort());
  const { signal } = ending;
  const credential = key === undefined ? {} : { 'x-api-key': key };
  const response = await fetch(url, { headers: { ...credential, ...headers }, signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (part: string): Promise<string> => {
    while (!text.includes(part)) {
      const found = await reader?.read();
      if (found === undefined || found.done) throw new Error(`It ended before ${part}: ${text}`);
      text += found.value;
    }
    return text;
  };
  const ended = async () => {
    for (;;) {
      const found = await reader?.read();
      if (found?.done !== false) return text;
      text += found.value;
    }
  };
  return { response, until, ended };
}

test('a change is told as a server-sent event, and Last-Event-ID goes on after it', async () => {
  const world = await newWorld();
  const { response, until } = await follow(`${world.url}/v1/live`, world.root);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('content-length')).toBeNull();
  expect(response.headers.get('cache-control')).toBe('no-store');
  await until('retry: 2000\n');
  const { id } = await world.newKey();
  const text = await until('key.created');
  const [, number = '', data = ''] = /id: (\d+)\ndata: (.+)\n\n$/.exec(text) ?? [];
  expect(JSON.parse(data)).toEqual({
    type: 'key.created',
    keyspace: 'default',
    subject: { kind: 'key', id },
    number: Number(number),
  });
  await world.keyturn.keys.disable(id);
  const again = await follow(`${world.url}/v1/live`, world.root, { 'last-event-id': number });
  const later = await again.until('key.disabled');
  expect(later).not.toContain('key.created');
});

test.each(['x', '-1', '1.5'])('a Last-Event-ID of %s is refused', async (number) => {
  const world = await newWorld();
  const got = await world.ask('GET', '/v1/live', { headers: { 'last-event-id': number } });
  expect(got).toMatchObject({ status: 400, json: { errors: [{ pointer: '/Last-Event-ID' }] } });
});

test('HEAD opens nothing', async () => {
  const world = await newWorld();
  for (let count = 0; count < 6; count += 1) {
    expect((await world.ask('HEAD', '/v1/live')).status).toBe(200);
  }
  expect((await world.ask('GET', '/v1/live')).status).toBe(200);
});

test('who goes away gives its place back', async () => {
  const world = await newWorld();
  const { plaintext: key } = await world.manager(['keyspaces:read']);
  for (let count = 0; count < 12; count += 1) {
    const ending = new AbortController();
    const asked = { headers: { 'x-api-key': key }, signal: ending.signal };
    const { status, body } = await fetch(`${world.url}/v1/live`, asked);
    expect(status).toBe(200);
    await body?.getReader().read();
    ending.abort();
    // The server hears of it a moment later.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('security 47: a stream ends when the key of its caller is revoked', async () => {
  const world = await newWorld();
  const { id, plaintext } = await world.manager(['keyspaces:read', 'keys:read']);
  const { until, ended } = await follow(`${world.url}/v1/live`, plaintext);
  await until('retry');
  await world.keyturn.keys.revoke(id);
  await ended();
});

test.each([
  [
    'its session is ended',
    async ({ keyturn }: World, { id }: SignedInPerson) => {
      const [session] = (await keyturn.people.sessions(id)).items;
      await keyturn.sessions.end(session?.id ?? '');
    },
  ],
  [
    'its person has another role',
    ({ keyturn }: World, { id }: SignedInPerson) => keyturn.people.update(id, { role: 'auditor' }),
  ],
  [
    'its person is removed',
    ({ keyturn }: World, { id }: SignedInPerson) => keyturn.people.remove(id),
  ],
])('security 47: a stream of a person ends, and tells nothing more, when %s', async (_why, end) => {
  const world = await newWorld();
  const person = await personIn(world, 'operator');
  const headers = { cookie: `keyturn_session=${person.token}` };
  const { until, ended } = await follow(`${world.url}/v1/live`, undefined, headers);
  await world.newKey();
  await until('key.created');
  await end(world, person);
  const { id } = await world.newKey();
  expect(await ended()).not.toContain(id);
});

test('a server that stops does not wait for who follows', async () => {
  const world = await openWorld();
  const { until, ended } = await follow(`${world.url}/v1/live`, world.root);
  await until('retry');
  const startedAt = performance.now();
  await Promise.all([world.close(), ended()]);
  expect(performance.now() - startedAt).toBeLessThan(5_000); // Open requests get ten seconds.
});

test('security 47: who reads nothing costs no more, however much is changed', async () => {
  const world = await newWorld();
  const { port } = new URL(world.url);
  const headers = { 'x-api-key': world.root };
  const asked = request({ port, path: '/v1/live', headers });
  closing.push(() => asked.destroy());
  await new Promise((resolve) => {
    asked.on('response', (response) => resolve(response.pause()));
    asked.end();
  });
  const { id } = await world.newKey();
  for (let count = 0; count < 300; count += 1) {
    await world.keyturn.keys.update(id, { tags: [`n${count}`] });
  }
  // It was not read ahead of: a later caller is told at once.
  const { until } = await follow(`${world.url}/v1/live`, world.root);
  await until('retry');
  await world.keyturn.keys.disable(id);
  await until('key.disabled');
});

const hosts = {
  Express: async (world: World) => {
    const app = express();
    app.use('/keyturn', onExpress(world.keyturn));
    const server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    closing.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  },
  Fastify: async (world: World) => {
    const app = Fastify({ forceCloseConnections: true });
    await app.register(onFastify(world.keyturn), { prefix: '/keyturn' });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    closing.push(() => app.close());
    return Number(new URL(address).port);
  },
  Hono: async (world: World) => {
    const app = new Hono();
    app.all('/keyturn/*', onHono(world.keyturn));
    return new Promise<number>((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve(port),
      );
      closing.push(() => server.close());
    });
  },
} as const;

test.each(['Express', 'Fastify', 'Hono'] as const)('a stream runs through %s', async (host) => {
  const world = await openWorld({ basePath: '/keyturn' });
  closing.push(() => world.close());
  const port = await hosts[host](world);
  const { until } = await follow(`http://127.0.0.1:${port}/keyturn/v1/live`, world.root);
  await until('retry');
  await world.newKey();
  await until('key.created');
});
