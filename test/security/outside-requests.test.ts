import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type NetworkRequest, openNetwork } from '../../src/outside/network.js';
import { closed, listen, portOf } from '../setup/listening.js';

const METADATA = '169.254.169.254';
const PUBLIC = '93.184.215.14';

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serve(listener: RequestListener) {
  const served = await listen(listener);
  closing.push(served.close);
  return served;
}

function get(url: string, more: Partial<NetworkRequest> = {}): NetworkRequest {
  return { method: 'GET', url, timeoutMs: 5_000, maxBytes: 1_024, ...more };
}

const refused = { kind: 'failed', class: 'refused_address' };

describe('an address that nobody listed', () => {
  test.each([
    ['loopback', 'https://127.0.0.1/'],
    ['a private one', 'https://10.0.0.1:8443/'],
    ['metadata', `https://${METADATA}/latest/meta-data/`],
    ['carrier-grade NAT', 'https://100.64.0.1/'],
    ['loopback of IPv6', 'https://[::1]/'],
    ['mapped', 'https://[::ffff:127.0.0.1]/'],
    ['mapped, in hexadecimal', 'https://[::ffff:a9fe:a9fe]/'],
    ['NAT64', 'https://[64:ff9b::7f00:1]/'],
    ['decimal', 'https://2130706433/'],
    ['octal', 'https://0177.0.0.1/'],
    ['hexadecimal', 'https://0x7f000001/'],
    ['shortened', 'https://127.1/'],
    ['a public one in decimal', 'https://1572395022/'],
    ['full-width digits', 'https://１２７.0.0.1/'],
    ['percent-encoded', 'https://%31%32%37.0.0.1/'],
    ['another protocol', 'file:///etc/passwd'],
    ['in the clear', `http://${PUBLIC}/`],
    ['with a credential', 'https://user:word@example.com/'],
  ])('security 21: is refused: %s', async (_what, url) => {
    expect(await openNetwork({}).request(get(url))).toMatchObject(refused);
  });

  test('security 21: is refused behind a name, though it is one of several', async () => {
    const hidden = openNetwork({ resolve: async () => [PUBLIC, '10.0.0.7'] });
    expect(await hidden.request(get('https://example.test/'))).toMatchObject({
      ...refused,
      message: expect.stringContaining('add "example.test:443" to "destinations.hosts"'),
    });
  });

  test('security 21: a listed name leads into inner networks, never to metadata', async () => {
    const hosts = ['vault.internal:443'];
    const resolve = async () => [METADATA];
    const network = openNetwork({ hosts, resolve });
    expect(await network.request(get('https://vault.internal/'))).toMatchObject({
      ...refused,
      message: expect.stringContaining(`add "${METADATA}:443"`),
    });
  });

  test('security 21: a listed host is no other host, and no other port', async () => {
    const { port, url } = await serve((_request, response) => response.end('hello'));
    const at = (hosts: string[]) => openNetwork({ hosts }).request(get(url));
    expect(await at([`127.0.0.1:${port}`])).toMatchObject({ status: 200, body: 'hello' });
    expect(await at(['127.0.0.1:*'])).toMatchObject({ status: 200 });
    expect(await at([`127.0.0.1:${port === 1 ? 2 : port - 1}`])).toMatchObject(refused);
    expect(await at([`127.0.0.2:${port}`, '127.0.0.1', '*:*', `0.0.0.0:${port}`])).toMatchObject(
      refused,
    );
  });
});

test('security 21: a name that is rebound is asked once, and reached where it was looked at', async () => {
  const heard: string[] = [];
  const { port } = await serve((_request, response) => response.end('first'));
  const second = createServer((_request, response) => {
    heard.push('second');
    response.end('second');
  });
  await portOf(second, { port, host: '127.0.0.2' });
  closing.push(() => closed(second));
  const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.2']];
  const asked: string[] = [];
  const network = openNetwork({
    hosts: [`rebound.test:${port}`],
    resolve: async (host) => {
      asked.push(host);
      return answers.shift() ?? [];
    },
  });
  expect(await network.request(get(`http://rebound.test:${port}/`))).toMatchObject({
    body: 'first',
  });
  expect([asked, heard]).toEqual([['rebound.test'], []]);
});

test('security 21: a redirect is an answer, and is not followed', async () => {
  const paths: (string | undefined)[] = [];
  const { url } = await serve((request, response) => {
    paths.push(request.url);
    response.writeHead(302, { location: paths.length > 1 ? '/' : `http://${METADATA}/` }).end();
  });
  const answer = await openNetwork({ hosts: ['127.0.0.1:*'] }).request(get(`${url}/a`));
  expect(answer).toMatchObject({ kind: 'answered', status: 302 });
  expect(paths).toEqual(['/a']);
});

describe('an answer beyond its bounds', () => {
  const network = openNetwork({ hosts: ['127.0.0.1:*'] });

  test('security 21: a body that never ends is cut off', async () => {
    const { url } = await serve((_request, response) => {
      const more = () => {
        while (response.write('x'.repeat(1_024)));
      };
      response.on('drain', more);
      more();
    });
    expect(await network.request(get(url))).toMatchObject({ class: 'too_large' });
  });

  test('security 21: a body that comes too slowly is cut off', async () => {
    const { url } = await serve((_request, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    expect(await network.request(get(url, { timeoutMs: 200 }))).toMatchObject({ class: 'timeout' });
  });

  test('security 21: who says nothing at all is not waited for', async () => {
    const { url } = await serve(() => undefined);
    expect(await network.request(get(url, { timeoutMs: 100 }))).toMatchObject({ class: 'timeout' });
  });

  test('security 21: a name that is never resolved is not waited for', async () => {
    const lost = openNetwork({ resolve: () => new Promise(() => undefined) });
    const answer = await lost.request(get('https://lost.test/', { timeoutMs: 100 }));
    expect(answer).toMatchObject({ class: 'timeout' });
  });

  test('security 21: huge headers are cut off', async () => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write(`HTTP/1.1 200 OK\r\n${`x-a: ${'y'.repeat(1_000)}\r\n`.repeat(64)}`);
    });
    const port = await portOf(server);
    closing.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const answer = await network.request(get(`http://127.0.0.1:${port}/`));
    expect(answer).toMatchObject({ class: 'too_large' });
  });
});

test('a long answer is read to its end, though its connection is closed', async () => {
  const long = 'x'.repeat(3_000_000);
  const { url } = await serve((_request, response) => response.end(long));
  const network = openNetwork({ hosts: ['127.0.0.1:*'] });
  const answers = [1, 2, 3, 4].map(() => network.request(get(url, { maxBytes: 4_000_000 })));
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatchObject({ kind: 'answered', status: 200 });
    expect('body' in answer && answer.body.length).toBe(long.length);
  }
});

test('an answer that breaks off is none', async () => {
  const { url } = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('a part', () => response.destroy());
  });
  const answer = await openNetwork({ hosts: ['127.0.0.1:*'] }).request(get(url));
  expect(answer).toMatchObject({ kind: 'failed', class: 'unreachable' });
});

test('a status is an answer whatever becomes of the body, for who asks for no more', async () => {
  const network = openNetwork({ hosts: ['127.0.0.1:*'] });
  const ways: readonly ((response: ServerResponse) => unknown)[] = [
    (response) => response.write('a part', () => response.destroy()),
    (response) => response.write('no end'),
    (response) => response.end('x'.repeat(100_000)),
  ];
  for (const way of ways) {
    const { url } = await serve((_request, response) => {
      response.writeHead(202, { 'x-a': 'b' });
      way(response);
    });
    const asked = get(url, { isStatusEnough: true, timeoutMs: 200 });
    const said = { kind: 'answered', status: 202, headers: { 'x-a': 'b' }, body: '' };
    expect(await network.request(asked)).toMatchObject(said);
  }
  const { url } = await serve(() => undefined);
  const mute = get(url, { isStatusEnough: true, timeoutMs: 100 });
  expect(await network.request(mute)).toMatchObject({ class: 'timeout' });
});

test('who is not there is said to be unreachable', async () => {
  const { url, close } = await listen(() => undefined);
  await close();
  expect(await openNetwork({ hosts: ['127.0.0.1:*'] }).request(get(url))).toMatchObject({
    class: 'unreachable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('security 21: a certificate that nobody trusts is refused, and a named authority is trusted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-tls-'));
  closing.push(() => rm(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=vault.test', '-addext', 'subjectAltName=DNS:vault.test'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...made, ...files, ...subject], { stdio: 'ignore' });
  const pem = readFileSync(cert, 'utf8');
  const server = createTlsServer({ key: readFileSync(key), cert: pem }, (_request, response) =>
    response.end('over TLS'),
  );
  const port = await portOf(server);
  closing.push(() => closed(server));
  const network = openNetwork({
    hosts: [`vault.test:${port}`, `other.test:${port}`],
    resolve: async () => ['127.0.0.1'],
  });
  const at = (host: string, ca?: string) =>
    network.request(get(`https://${host}:${port}/`, { ca }));
  expect(await at('vault.test')).toMatchObject({ class: 'tls' });
  expect(await at('vault.test', pem)).toMatchObject({ body: 'over TLS' });
  expect(await at('other.test', pem)).toMatchObject({ class: 'tls' });
});
