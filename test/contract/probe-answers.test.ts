import type { RequestListener } from 'node:http';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { askWith } from '../../src/deliver/http-probe.js';
import type { HttpProbe } from '../../src/deliver/probe.js';
import { proberOf } from '../../src/deliver/probers.js';
import { DEFAULT_CREDENTIALS } from '../../src/keys/keyspace.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { HeldClock } from '../setup/held-clock.js';
import { type Listening, listen } from '../setup/listening.js';

const SECRET = 'key_live_a-new-secret-of-a-key';
const clock = new HeldClock();

let server: Listening | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  server = await listen(listener);
  return `${server.url}/health`;
}

function httpProbe(url: string, more: Partial<HttpProbe> = {}): HttpProbe {
  const expected = { status: [200], body: null, json: null };
  const plain = { method: 'GET', header: null, scheme: null, timeoutMs: 5_000 } as const;
  return { kind: 'http', url, ...plain, expect: expected, ...more };
}

/** What is made of an answer. */
async function probed(listener: RequestListener, more: Partial<HttpProbe> = {}) {
  const url = await serve(listener);
  const prober = proberOf({ hosts: ['127.0.0.1:*'] }, clock);
  return prober.run(httpProbe(url, more), new Plaintext(SECRET), DEFAULT_CREDENTIALS);
}

describe('an answer to a probe', () => {
  test.each([
    [200, { kind: 'passed' }],
    [204, { class: 'target_missing' }],
    [302, { class: 'target_missing', message: expect.stringContaining('redirect') }],
    [400, { class: 'target_missing' }],
    [401, { class: 'value_rejected' }],
    [403, { class: 'value_rejected' }],
    [404, { class: 'target_missing' }],
    [408, { class: 'transient' }],
    [429, { class: 'throttled', retryAfterMs: 60_000 }],
    [500, { class: 'transient' }],
    [503, { class: 'transient' }],
  ])('of %i comes to what its status says', async (status, outcome) => {
    expect(await probed((_request, response) => response.writeHead(status).end())).toMatchObject(
      outcome,
    );
  });

  test('speaks against the secret by 401 and 403, and by no other status', async () => {
    const statuses = fc.integer({ min: 200, max: 599 });
    let status = 200;
    const url = await serve((_request, response) => response.writeHead(status).end());
    const prober = proberOf({ hosts: ['127.0.0.1:*'] }, clock);
    await fc.assert(
      fc.asyncProperty(statuses, async (any) => {
        status = any;
        const probe = httpProbe(url);
        const outcome = await prober.run(probe, new Plaintext(SECRET), DEFAULT_CREDENTIALS);
        const isRejected = outcome.kind === 'failed' && outcome.class === 'value_rejected';
        expect(isRejected).toBe(any === 401 || any === 403);
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['120', 120_000],
    ['0', 1_000],
    ['999999', 3_600_000],
    ['soon', 60_000],
    [() => new Date(clock.nowMs() + 90_000).toUTCString(), 89_001],
  ])('of 429 says %s for how long nobody is to ask', async (after, atLeastMs) => {
    const retryAfter = typeof after === 'string' ? after : after();
    const outcome = await probed((_request, response) => {
      response.writeHead(429, { 'retry-after': retryAfter }).end();
    });
    if (outcome.kind !== 'failed') throw new Error('It passed.');
    const { retryAfterMs = 0 } = outcome;
    expect(retryAfterMs).toBeGreaterThanOrEqual(atLeastMs);
    expect(retryAfterMs).toBeLessThan(atLeastMs + 1_000);
  });

  test('that never comes, or is cut, says nothing of the secret', async () => {
    const silent = await probed(() => undefined, { timeoutMs: 100 });
    expect(silent).toMatchObject({ class: 'transient' });
    await server?.close();
    const cut = await probed((request) => request.socket.destroy());
    expect(cut).toMatchObject({ class: 'transient' });
  });

  test.each([
    ['timeout', 'transient'],
    ['unreachable', 'transient'],
    ['tls', 'destination_auth'],
    ['refused_address', 'destination_auth'],
    ['too_large', 'target_missing'],
  ] as const)('that does not come for %s is %s', async (lost, why) => {
    const network = {
      request: async () => ({ kind: 'failed', class: lost, message: 'Lost.' }) as const,
    };
    const hosts = ['api.example.com:443'];
    const secret = { plaintext: new Plaintext(SECRET), forms: DEFAULT_CREDENTIALS };
    const outside = { network, clock, hosts, authority: async () => undefined };
    const outcome = await askWith(httpProbe('https://api.example.com/health'), secret, outside);
    expect(outcome).toEqual({ kind: 'failed', class: why, message: 'Lost.' });
  });

  test('that ends never is cut off', async () => {
    const outcome = await probed((_request, response) => {
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect(outcome).toMatchObject({ class: 'target_missing' });
  });

  const body = JSON.stringify({ status: 'ok', parts: [{ 'a/b': 1 }], up: true });
  test.each([
    [{ body: '"ok"' }, true],
    [{ body: 'down' }, false],
    [{ json: { pointer: '/status', equals: 'ok' } }, true],
    [{ json: { pointer: '/up', equals: true } }, true],
    [{ json: { pointer: '/up', equals: 'true' } }, false],
    [{ json: { pointer: '/parts/0/a~1b', equals: 1 } }, true],
    [{ json: { pointer: '/parts/1/a~1b', equals: 1 } }, false],
    [{ json: { pointer: '/parts/length', equals: 1 } }, false],
    [{ json: { pointer: '/toString/name', equals: 'toString' } }, false],
    [{ body: 'ok', json: { pointer: '/status', equals: 'no' } }, false],
  ])('whose body is to be %j', async (more, isPassed) => {
    const expected = { status: [200], body: null, json: null, ...more };
    const outcome = await probed((_request, response) => response.end(body), { expect: expected });
    expect(outcome).toMatchObject(
      isPassed
        ? { kind: 'passed' }
        : { class: 'target_missing', message: expect.stringContaining('another body') },
    );
  });

  test('may be a refusal that is meant', async () => {
    const expected = { status: [403, 404], body: null, json: null };
    const forbidden: RequestListener = (_request, response) => response.writeHead(403).end();
    expect(await probed(forbidden, { expect: expected })).toEqual({ kind: 'passed' });
  });
});

describe('the secret of a probe', () => {
  test.each([
    [{}, 'authorization', `api-key ${SECRET}`],
    [{ scheme: 'Bearer' }, 'authorization', `Bearer ${SECRET}`],
    [{ header: 'X-Own' }, 'x-own', SECRET],
    [{ header: 'X-Own', scheme: 'Token' }, 'x-own', `Token ${SECRET}`],
  ])('stands where %j says', async (more, name, value) => {
    const heard: unknown[] = [];
    const listener: RequestListener = ({ headers, method, url }, response) => {
      heard.push([headers[name], method, url]);
      response.end();
    };
    expect(await probed(listener, { ...more, method: 'POST' })).toEqual({ kind: 'passed' });
    expect(heard).toEqual([[value, 'POST', '/health']]);
  });

  test('stands in the header of a keyspace that takes no scheme, and in no URL', async () => {
    const url = await serve(({ headers }, response) => {
      response.writeHead(headers['x-api-key'] === SECRET ? 200 : 401).end();
    });
    const prober = proberOf({ hosts: ['127.0.0.1:*'] }, clock);
    const run = (headers: readonly string[]) =>
      prober.run(httpProbe(url), new Plaintext(SECRET), { headers, schemes: [], query: 'key' });
    expect(await run(['x-api-key'])).toEqual({ kind: 'passed' });
    expect(await run([])).toMatchObject({ class: 'destination_auth' });
  });
});

test('more probes at once than a few wait for their turn', async () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const url = await serve(async (_request, response) => {
    await opened;
    response.end();
  });
  const prober = proberOf({ hosts: ['127.0.0.1:*'] }, clock);
  const run = () => prober.run(httpProbe(url), new Plaintext(SECRET), DEFAULT_CREDENTIALS);
  const first = Array.from({ length: 16 }, run);
  expect(await run()).toEqual({ kind: 'busy' });
  open();
  expect(await Promise.all(first)).toEqual(Array.from({ length: 16 }, () => ({ kind: 'passed' })));
  expect(await run()).toEqual({ kind: 'passed' });
});

describe('a command that probes', () => {
  const run = (script: string, timeoutMs = 5_000) => {
    const commands = { trying: { run: ['sh', '-c', script], timeoutMs } };
    const probe = { kind: 'command', command: 'trying' } as const;
    return proberOf({ commands }, clock).run(probe, new Plaintext(SECRET), DEFAULT_CREDENTIALS);
  };

  test.each([
    [`test "$(cat)" = ${SECRET}`, { kind: 'passed' }],
    ['exit 77', { class: 'value_rejected' }],
    ['exit 66', { class: 'target_missing' }],
    ['exit 75', { class: 'transient' }],
    ['exit 1', { class: 'transient' }],
    ['kill -9 $$', { class: 'transient' }],
    ['yes', { class: 'target_missing' }],
    // Whatever it says, nobody repeats it.
    ['cat; cat >&2; exit 3', { message: 'The command "trying" ended with exit code 3.' }],
  ])('by %j comes to what its exit says', async (script, outcome) => {
    expect(await run(script)).toMatchObject(outcome);
  });

  test('and takes too long is ended', async () => {
    expect(await run('sleep 1000', 100)).toMatchObject({ class: 'transient' });
  });

  test('has to be named in the configuration, and to be there', async () => {
    const prober = proberOf({ commands: { gone: { run: ['/no/such/program'] } } }, clock);
    for (const [command, problem] of [
      ['gone', /no program that can be run/],
      ['unnamed', /Add it to "probes.commands"/],
      ['toString', /Add it to "probes.commands"/],
    ] as const) {
      const probe = { kind: 'command', command } as const;
      const outcome = await prober.run(probe, new Plaintext(SECRET), DEFAULT_CREDENTIALS);
      expect(outcome).toMatchObject({ class: 'target_missing' });
      expect(await prober.look(probe)).toMatchObject({
        place: `command ${command}`,
        problem: expect.stringMatching(problem),
      });
    }
  });
});
