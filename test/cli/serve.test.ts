import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createDatabase, postgresOrSkip } from '../setup/postgres.js';
import { Shell, textAt } from './command-line.js';
import { Relay } from './relay.js';

const BOUND = { timeout: 5_000, interval: 20 };

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** Makes the first root key with the set-up link that a server printed. */
async function redeem(link: string): Promise<Response> {
  const { origin, pathname, hash } = new URL(link);
  return await fetch(origin + pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: hash.slice(1) }),
  });
}

/** The status of a check of this plaintext, asked of a server's gateway route. */
async function admitted(url: string, plaintext: string): Promise<number> {
  return (await fetch(`${url}/v1/authorize`, { headers: { 'x-api-key': plaintext } })).status;
}

describe('a new server', () => {
  test('listens on this machine alone, and says how it is set up and what comes next', async () => {
    const server = await shell.serve();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const link = /Set up .*: (\S+)/.exec(server.stdout())?.[1] ?? '';
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/setup#[\w-]{43}$/);
    const command = / {2}keyturn (key create .*)/.exec(server.stdout())?.[1] ?? '';
    expect(command).toBe('key create --keyspace default --name "First key"');

    // The link works once; the command works as it stands.
    const first = await redeem(link);
    expect(first.status).toBe(201);
    const root = textAt(await first.json(), 'plaintext');
    expect(await (await redeem(link)).json()).toMatchObject({ status: 403, code: 'setup_refused' });
    const created = await shell.process([
      'key',
      'create',
      '--keyspace',
      'default',
      '--name',
      'First key',
    ]);
    expect(created.exit).toBe(0);
    expect(await admitted(server.url, created.stdout.trim())).toBe(200);

    // One line a change, none a check, and nothing in it that opens anything.
    const lines = server
      .stderr()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const codes = lines.map((line) => textAt(JSON.parse(line), 'code'));
    expect(codes).toContain('setup.link_used');
    expect(codes.filter((code) => code === 'key.created')).toHaveLength(1);
    for (const secret of [link.split('#')[1] ?? '', root, created.stdout.trim()]) {
      expect(server.stderr()).not.toContain(secret);
    }
    expect(await server.stop()).toBe(0);

    const again = await shell.serve();
    expect(again.stdout()).not.toContain('Set up');
    expect(again.stdout()).not.toContain('keyturn key create');
    expect(await again.stop()).toBe(0);
  });

  test('writes the set-up link to a private file instead, in the place of an older one', async () => {
    writeFileSync(shell.path('setup'), 'older');
    const server = await shell.serve([], { env: { KEYTURN_SETUP_FILE: 'setup' } });
    const link = readFileSync(shell.path('setup'), 'utf8').trim();
    expect(statSync(shell.path('setup')).mode & 0o777).toBe(0o600);
    expect(server.stdout()).toContain('The set-up link is in setup.');
    expect(server.stdout() + server.stderr()).not.toContain(link.split('#')[1]);
    expect((await redeem(link)).status).toBe(201);
  });

  test('builds its links from the public address, and answers below its base path', async () => {
    const server = shell.start([
      ...['serve', '--json', '--port', '0', '--database', './other.db'],
      ...['--public-url', 'https://keys.example', '--base-path', '/keyturn'],
    ]);
    const [, local = ''] = await server.said(/listens on (\S+)/);
    await server.said(/"next"/);
    expect(JSON.parse(server.stdout())).toEqual({
      url: 'https://keys.example/keyturn',
      setup: {
        url: expect.stringMatching(/^https:\/\/keys\.example\/keyturn\/setup#[\w-]{43}$/),
        file: null,
        expiresAt: expect.any(String),
      },
      next: 'keyturn key create --database ./other.db --keyspace default --name "First key"',
    });
    expect((await fetch(`${local}/keyturn/readyz`)).status).toBe(200);
    expect((await fetch(`${local}/readyz`)).status).toBe(404);
  });

  test('serves only the faces that were named', async () => {
    const server = await shell.serve(['--faces', 'verify,authorize']);
    expect(server.stdout()).not.toContain('Set up');
    const refusal = await fetch(`${server.url}/v1/authorize`);
    expect(refusal.status).toBe(401);
    // It serves no page that a link could lead to.
    expect(await refusal.json()).toMatchObject({ type: 'urn:keyturn:code:missing' });
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    for (const path of ['/v1/keys', '/setup', '/metrics', '/docs']) {
      expect((await fetch(server.url + path)).status).toBe(404);
    }
  });
});

describe('beside a running server', () => {
  test('a change of the command line counts within the bound, and doctor names the owner', async () => {
    const server = await shell.serve();
    const created = await shell.json(['key', 'create', '--name', 'beside']);
    const plaintext = textAt(created, 'plaintext');
    expect(await admitted(server.url, plaintext)).toBe(200);
    await shell.run(['key', 'revoke', textAt(created, 'key', 'id'), '--yes']);
    await vi.waitFor(async () => expect(await admitted(server.url, plaintext)).toBe(401), BOUND);
    const doctor = await shell.run(['doctor']);
    expect(doctor).toMatchObject({ exit: 0 });
    expect(doctor.stdout).toMatch(/A running server \(process \d+\) owns the file/);
    expect(doctor.stdout).toContain(`(process ${server.child.pid})`);
    expect(doctor.stdout).toContain('1 running: ins_');
    expect((await shell.run(['migrate', '--dry-run'])).stdout).toMatch(/Running instances: ins_/);
  });

  test('a second one on the same file says so and ends; the first goes on', async () => {
    const server = await shell.serve();
    const second = await shell.process(['serve', '--port', '0', '--json']);
    expect(second.exit).toBe(3);
    expect(second.json()).toMatchObject({ status: 503, code: 'database_in_use' });
    expect(second.stderr).toContain('Another Keyturn server has the database');
    expect(second.stderr).toContain('Next: keyturn doctor');
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  test('a port that is taken is named, with what to do', async () => {
    const server = await shell.serve();
    const { port } = new URL(server.url);
    const second = await shell.process(['serve', '--port', port, '--database', './second.db']);
    expect(second.exit).toBe(2);
    expect(second.stderr).toContain(`Cannot listen on 127.0.0.1:${port}`);
  });
});

describe('a server that is told to stop', () => {
  test('finishes the open request, writes what was counted, and ends with 0', async () => {
    const server = await shell.serve(['--recording', 'batched']);
    const created = await shell.json(['key', 'create', '--name', 'counted']);
    const plaintext = textAt(created, 'plaintext');
    expect(await admitted(server.url, plaintext)).toBe(200);

    // A request that is under way: its body is still to come when the signal arrives.
    const { port } = new URL(server.url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const head = [
      'POST /setup HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      'Content-Length: 14',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n{"tok`);
    await vi.waitFor(async () => expect(await admitted(server.url, plaintext)).toBe(200), BOUND);
    server.child.kill('SIGTERM');
    await server.said(/Stopping/);
    // What comes over a kept connection is still answered for a moment, and so counted.
    let answered = 2;
    await vi.waitFor(async () => {
      const status = await admitted(server.url, plaintext).catch(() => 'refused');
      if (status === 200) answered += 1;
      expect(status).toBe('refused');
    }, BOUND);
    socket.write('en":"x"}\n');
    expect(await server.ended).toBe(0);
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);

    const usage = await shell.json(['usage', '--key', textAt(created, 'key', 'id')]);
    expect(usage).toMatchObject({ items: [{ outcomes: { valid: answered } }] });
  });

  test('twice ends at once', async () => {
    const server = await shell.serve();
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => {}); // It is cut off.
    socket.write(
      'POST /setup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    );
    await vi.waitFor(
      async () => expect((await fetch(`${server.url}/healthz`)).ok).toBe(true),
      BOUND,
    );
    server.child.kill('SIGINT');
    await server.said(/Stopping/);
    server.child.kill('SIGINT');
    expect(await server.ended).toBe(130);
    socket.destroy();
  });
});

describe('a server whose PostgreSQL is away', () => {
  test('says so, stays up without being ready, and is once it is there', async (ctx) => {
    postgresOrSkip(ctx);
    const database = await createDatabase();
    await shell.run(['migrate', '--database', database.url]);
    // The way to the database is a port that nobody listens on yet.
    const relay = await Relay.closed(database.url);
    const server = shell.start(['serve', '--port', '0'], { env: { KEYTURN_DATABASE: relay.url } });
    const [, url = ''] = await server.said(/listens on (\S+)/);
    expect(server.stderr()).toContain('Trying again every second');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect(await admitted(url, `key_live_${'0'.repeat(38)}`)).toBeOneOf([401, 503]);
    await relay.open();
    await server.said(/is ready/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
    await relay.close();
    await database.drop();
  });

  test('waits for one that takes no connections, and tells why', async (ctx) => {
    postgresOrSkip(ctx);
    const database = await createDatabase();
    await shell.run(['migrate', '--database', database.url]);
    await database.letIn(false);
    const reason = 'is not currently accepting connections';
    const list = await shell.run(['key', 'list', '--database', database.url]);
    expect(list.exit).toBe(3);
    expect(list.stderr).toContain(reason);
    const doctor = await shell.run(['doctor', '--database', database.url]);
    expect(doctor.exit).toBe(3);
    expect(doctor.stdout).toContain(reason);
    expect(doctor.stdout).toContain('it comes from: --database');

    const server = shell.start(['serve', '--port', '0', '--database', database.url]);
    const [, url = ''] = await server.said(/listens on (\S+)/);
    expect(server.stderr()).toContain(reason);
    for (const [method, path] of [
      ['POST', '/setup'],
      ['GET', '/v1/self'],
      ['GET', '/v1/authorize?keyspace=other'],
    ] as const) {
      const body = method === 'POST' ? JSON.stringify({ token: 'x' }) : null;
      const headers = {
        'content-type': 'application/json',
        'x-api-key': `key_live_${'0'.repeat(38)}`,
      };
      const answer = await fetch(url + path, { method, headers, body });
      expect([path, answer.status]).toEqual([path, 503]);
      expect(answer.headers.get('retry-after')).toMatch(/^[1-9]/);
    }
    await database.letIn(true);
    await server.said(/is ready/);
    expect(await server.stop()).toBe(0);
    await database.drop();
  });
});
