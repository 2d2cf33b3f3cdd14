import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Running, Shell, textAt } from '../cli/command-line.js';
import { createDatabase, postgresOrSkip, type TestDatabase } from '../setup/postgres.js';
import { programOrSkip } from '../setup/programs.js';
import { freePort } from './free-port.js';
import { type Answer, type Asked, type Front, startFront } from './front.js';

const CLIENT_COUNT = 12;
const ANSWERS_BETWEEN = 300; // So many that every client is in the middle of something.

let shell: Shell;
let database: TestDatabase | undefined;
let front: Front | undefined;
beforeAll(() => {
  shell = new Shell(join(inject('builtPackage'), 'dist/cli/main.js'));
});
afterAll(async () => {
  await front?.stop();
  await shell.remove();
  await database?.drop();
});

/** Clients that go on asking, one request after the other, until they are told to stop. */
class Load {
  readonly failed: string[] = [];
  answerCount = 0;
  readonly #clients: readonly Promise<void>[];
  #isOver = false;

  constructor(ask: (asked: Asked) => Promise<Answer>, kinds: readonly (() => Asked)[]) {
    this.#clients = Array.from({ length: CLIENT_COUNT }, async (_, index) => {
      for (let turn = index; !this.#isOver; turn += 1) {
        const asked = kinds[turn % kinds.length]?.() ?? { path: '/' };
        const answer = await ask(asked).catch((fault: Error) => fault.message);
        this.answerCount += 1;
        const isGood = typeof answer !== 'string' && answer.status < 300;
        if (!isGood) this.failed.push(`${asked.method ?? 'GET'} ${asked.path}: ${told(answer)}`);
      }
    });
  }

  /** Waits for so many answers more. */
  async more(count: number): Promise<void> {
    const wanted = this.answerCount + count;
    await expect.poll(() => this.answerCount, { timeout: 20_000 }).toBeGreaterThan(wanted);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }
}

function told(answer: Answer | string): string {
  return typeof answer === 'string' ? answer : `${answer.status} ${answer.body.slice(0, 200)}`;
}

describe('two instances behind nginx', () => {
  test('one after the other is stopped and started under load, and no request is lost', {
    timeout: 180_000,
  }, async (ctx) => {
    postgresOrSkip(ctx);
    const nginx = programOrSkip(ctx, 'nginx', 'nginx-light openssl');
    programOrSkip(ctx, 'openssl', 'openssl');
    database = await createDatabase();
    const env = { KEYTURN_DATABASE: database.url, KEYTURN_TRUSTED_HOPS: '1' };
    expect((await shell.process(['migrate'], { env })).exit).toBe(0);
    const made = async (args: readonly string[]) => {
      const { json } = await shell.process(['key', 'create', '--json', ...args], { env });
      return textAt(json(), 'plaintext');
    };
    const root = await made(['--keyspace', 'keyturn', '--name', 'Root', '--scope', '*']);
    const consumer = await made(['--name', 'CI']);
    const ports = [await freePort(), await freePort()] as const;
    const start = async (port: number): Promise<Running> => {
      const server = shell.start(['serve', '--port', String(port)], { env });
      await server.said(/is ready/);
      return server;
    };
    const servers = await Promise.all(ports.map(start));
    front = await startFront(nginx, ports);
    const headers = { 'x-api-key': root, 'content-type': 'application/json' };
    const load = new Load(front.ask, [
      () => ({
        path: '/v1/keys/verify',
        method: 'POST',
        headers,
        body: JSON.stringify({ plaintext: consumer }),
      }),
      () => ({ path: '/v1/authorize', headers: { 'x-api-key': consumer } }),
      () => ({ path: '/v1/keys?limit=1', headers }),
      () => ({
        path: '/v1/keys',
        method: 'POST',
        headers: { ...headers, 'idempotency-key': randomUUID() },
        body: '{"name":"Made under load"}',
      }),
    ]);

    for (const [index, port] of ports.entries()) {
      await load.more(ANSWERS_BETWEEN);
      expect(await servers[index]?.stop()).toBe(0);
      await load.more(ANSWERS_BETWEEN); // The other one does all of it.
      servers[index] = await start(port);
    }
    await load.more(ANSWERS_BETWEEN);
    await load.end();
    expect(load.failed).toEqual([]);
  });
});
