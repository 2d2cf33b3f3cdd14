import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NodeServer, serveNode } from '../../src/http/node-server.js';
import { makeKeyturn } from '../../src/keyturn.js';
import type { Keyturn } from '../../src/public.js';
import { readPage } from '../docs/page.js';
import { programOrSkip } from '../setup/programs.js';
import { freePort } from './free-port.js';
import { startNginx, surroundings } from './front.js';

const MAX_HEADER_BYTES = 128 * 1_024; // Of the service: more than a key's scopes can make.
const SEGMENT = 'x'.repeat(64); // The longest there is; a scope has up to eight.

describe('the nginx of the guide, as a gateway', () => {
  let keyturn: Keyturn;
  let server: NodeServer;
  let service: Server;
  let folder: string;
  let base: string | undefined;
  let stop = async () => {};
  let arrived: IncomingHttpHeaders | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keyturn-gateway-'));
    keyturn = await makeKeyturn({ database: 'memory:', trustedHops: 1 });
    server = await serveNode(keyturn, { host: '127.0.0.1', port: 0, faces: ['authorize'] });
    service = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (incoming, outgoing) => {
      arrived = incoming.headers;
      outgoing.end('a report');
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await stop();
    await server.close();
    await keyturn.close();
    service.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts it with the guide's own server block, on ports that are free here. */
  async function gateway(ctx: Parameters<typeof programOrSkip>[0]): Promise<string> {
    if (base !== undefined) return base;
    const nginx = programOrSkip(ctx, 'nginx', 'nginx-light');
    const [port, address] = [await freePort(), service.address()];
    const servicePort = typeof address === 'object' && address !== null ? address.port : 0;
    const http = serverBlock()
      .replace('listen 80;', `listen 127.0.0.1:${port};`)
      .replace('http://127.0.0.1:8787', server.url)
      .replace('http://127.0.0.1:3000', `http://127.0.0.1:${servicePort}`);
    writeFileSync(join(folder, 'nginx.conf'), surroundings(folder, [http]));
    stop = await startNginx(nginx, folder, port);
    base = `http://127.0.0.1:${port}`;
    return base;
  }

  test.for([
    { size: 'one scope', scopes: ['reports:read'] },
    {
      size: '100 scopes',
      scopes: hundred((index) => `r${index}-customer-documents:archived-read`),
    },
    { size: '100 scopes as long as can be', scopes: hundred(longest) },
  ])('lets a key with $size through', async ({ scopes }, ctx) => {
    const url = await gateway(ctx);
    const { plaintext } = await keyturn.keys.create({ name: 'n', owner: 'Zo\u00eb', scopes });
    arrived = undefined;
    const headers = { 'x-api-key': plaintext, 'keyturn-owner': 'forged' };
    const answer = await fetch(`${url}/reports/7`, { headers });
    expect([answer.status, await answer.text()]).toEqual([200, 'a report']);
    expect(arrived).toMatchObject({
      'keyturn-owner': 'Zo%C3%AB',
      'keyturn-scopes': encodeURIComponent(scopes.toSorted().join(' ')),
    });
  });

  test('refuses a key that is none', async (ctx) => {
    const url = await gateway(ctx);
    arrived = undefined;
    const answer = await fetch(`${url}/reports/7`, { headers: { 'x-api-key': 'nobodys' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Api-Key');
    expect(arrived).toBeUndefined();
  });
});

/** What the route asks for, and 99 others. */
function hundred(other: (index: number) => string): readonly string[] {
  return ['reports:read', ...Array.from({ length: 99 }, (_, index) => other(index))];
}

function longest(index: number): string {
  const first = SEGMENT.slice(2) + String(index).padStart(2, '0');
  return [first, ...Array.from({ length: 7 }, () => SEGMENT)].join(':');
}

function serverBlock(): string {
  const { blocks } = readPage('docs/guides/gateway.md');
  const block = blocks.find(({ words }) => words.includes('nginx.conf'));
  const inner = /http \{\n([\s\S]*)\}\n$/.exec(block?.text ?? '')?.[1];
  if (inner === undefined) throw new Error('The guide shows no nginx.conf.');
  return inner;
}
