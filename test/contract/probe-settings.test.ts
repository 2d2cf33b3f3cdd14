import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeFaults } from '../../src/probe-options.js';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import { untyped } from '../guards/untyped.js';

const url = 'https://api.example.com/health';

/** Probes, as JavaScript can give them, and where each is wrong. */
const wrong: readonly (readonly [object, string])[] = [
  [{}, '/probe'],
  [{ command: 'a', http: { url } }, '/probe'],
  [{ http: {} }, '/probe/http/url'],
  [{ http: { url: 'ftp://a' } }, '/probe/http/url'],
  [{ http: { url: 'https://user:word@a' } }, '/probe/http/url'],
  [{ http: { url: `${url}#part` } }, '/probe/http/url'],
  [{ http: { url: `https://a/${'x'.repeat(2_048)}` } }, '/probe/http/url'],
  [{ http: { url, method: 'DELETE' } }, '/probe/http/method'],
  [{ http: { url, header: 'Host' } }, '/probe/http/header'],
  [{ http: { url, header: 'X-Own:' } }, '/probe/http/header'],
  [{ http: { url, header: 'X\r\nY' } }, '/probe/http/header'],
  [{ http: { url, scheme: 'Own Scheme' } }, '/probe/http/scheme'],
  [{ http: { url, body: 'ok' } }, '/probe/http/body'],
  [{ http: { url, timeout: '11s' } }, '/probe/http/timeout'],
  [{ http: { url, timeout: '1ms' } }, '/probe/http/timeout'],
  [{ http: { url, timeout: 'soon' } }, '/probe/http/timeout'],
  [{ http: { url, expect: { status: [] } } }, '/probe/http/expect/status'],
  [{ http: { url, expect: { status: Array(11).fill(200) } } }, '/probe/http/expect/status'],
  ...[199, 302, 401, 408, 429, 500, 200.5, '200'].map((status): readonly [object, string] => [
    { http: { url, expect: { status: [status] } } },
    '/probe/http/expect/status/0',
  ]),
  [{ http: { url, expect: { body: '' } } }, '/probe/http/expect/body'],
  [
    { http: { url, expect: { json: { pointer: 'up', equals: 1 } } } },
    '/probe/http/expect/json/pointer',
  ],
  [{ http: { url, expect: { json: { pointer: '/up' } } } }, '/probe/http/expect/json/equals'],
  [
    { http: { url, expect: { json: { pointer: '/up', equals: null } } } },
    '/probe/http/expect/json/equals',
  ],
  [{ command: ['sh'] }, '/probe/command'],
];

let keyturn: TestKeyturn;
beforeAll(async () => {
  keyturn = await createTestKeyturn();
});
afterAll(() => keyturn.close());

describe('a probe', () => {
  test('is kept whole, replaced whole, and taken away', async () => {
    const { policies } = keyturn;
    const made = await policies.create({ name: 'tried', probe: { http: { url } } });
    expect(made.probe).toEqual({
      http: {
        url,
        method: 'GET',
        header: null,
        scheme: null,
        expect: { status: [200], body: null, json: null },
        timeout: '5s',
      },
      command: null,
    });
    const json = { pointer: '/up', equals: true };
    const http = { url, method: 'POST', header: 'X-Own', scheme: 'Token', timeout: '10s' } as const;
    const expected = { status: [204, 404], body: 'ok', json };
    const changed = await policies.update('tried', {
      probe: { http: { ...http, expect: expected } },
    });
    expect(changed.probe).toEqual({ http: { ...http, expect: expected }, command: null });
    expect((await policies.update('tried', { reference: 'audited' })).probe).toEqual(changed.probe);
    const run = await policies.update('tried', { probe: { command: 'try-it' } });
    expect(run.probe).toEqual({ http: null, command: 'try-it' });
    expect((await policies.update('tried', { probe: null })).probe).toBeNull();
  });

  test.each(wrong)('is not %j', async (probe, pointer) => {
    const made = keyturn.policies.create(untyped({ name: 'wrong', probe }));
    await expect(made).rejects.toMatchObject({
      errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
    });
  });

  test('of a file is told of by line and column', async () => {
    const file = `policy: tried
probe:
  http:
    url: ${url}
    expect:
      status: [200, 401]
`;
    const message = expect.stringMatching(/^in line 6, column 21, is not a status/);
    await expect(keyturn.policies.apply({ file })).rejects.toMatchObject({
      errors: [{ pointer: '/probe/http/expect/status/1', message }],
    });
    const twice = 'policy: tried\nprobe: { command: a, http: { url: "https://a" } }\n';
    await expect(keyturn.policies.apply({ file: twice })).rejects.toMatchObject({
      errors: [{ pointer: '/probe', message: expect.stringContaining('in line 2, column 1,') }],
    });
  });
});

test.each([
  [{ hosts: ['api.example.com:443', '[::1]:*'], ca: '/etc/ssl/own.pem' }, []],
  [{ commands: { own: { run: ['/bin/true'], env: { A: '1' }, timeoutMs: 10_000 } } }, []],
  [{ hosts: ['*'] }, ['/hosts/0']],
  [{ hosts: 'api.example.com:443' }, ['/hosts']],
  [{ ca: 'own.pem' }, ['/ca']],
  [{ commands: { 'a/b': {} } }, ['/commands/a~1b/run']],
  [{ commands: { own: { run: [] } } }, ['/commands/own/run']],
  [{ commands: { own: { run: ['a\0'] } } }, ['/commands/own/run/0']],
  [{ commands: { own: { run: ['a'], timeoutMs: 10_001 } } }, ['/commands/own/timeoutMs']],
  [{ commands: { own: { run: ['a'], write: ['a'] } } }, ['/commands/own/write']],
  [{ host: ['a:1'] }, ['/host']],
])('what probes may reach by %j has faults at %j', (options, pointers) => {
  expect(probeFaults(options).map(({ pointer }) => pointer)).toEqual(pointers);
});
