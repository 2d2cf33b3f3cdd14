import type { TSchema } from 'typebox';
import { IsObject } from 'typebox/type';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import { Shell } from '../cli/command-line.js';
import { ask, type Got, type Sent } from '../http/world.js';
import { type Data, durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { expectNothingOf } from './canaries.js';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly sent: Sent;
}

/** Every way in which a secret may come to a route, and be wrong there. */
function requestsTo(route: Route, secret: string): readonly Request[] {
  const method = route.method === 'ANY' ? 'GET' : route.method;
  const path = route.path.replaceAll(/\{\w+\}/g, secret);
  const searches = ['api_key', ...namesIn(route.query)].map((name) => `?${name}=${secret}`);
  const fields = [...namesIn(route.body), 'unknown'];
  const bodies = [
    Object.fromEntries(fields.map((field) => [field, secret])),
    `{"name": ${secret}}`,
    { plaintext: secret },
    { token: secret },
  ];
  const tracing = { 'x-request-id': secret, origin: secret, 'x-forwarded-for': secret };
  return [
    { method, path, sent: { headers: { ...tracing, 'idempotency-key': secret } } },
    { method, path, sent: { headers: { 'if-match': secret } } },
    { method, path, sent: { headers: { 'x-api-key': `${secret}x` } } },
    { method, path, sent: { headers: { authorization: `Bearer ${secret}` } } },
    ...searches.map((search) => ({ method, path: path + search, sent: {} })),
    ...(route.takesBody ? bodies.map((body) => ({ method, path, sent: { body } })) : []),
  ];
}

function namesIn(schema: TSchema): readonly string[] {
  return IsObject(schema) ? Object.keys(schema.properties) : [];
}

/** All that came back. */
function textOf({ status, headers, text }: Got): string {
  return `${status}\n${[...headers].map((field) => field.join(': ')).join('\n')}\n${text}`;
}

function shownIn(got: Got): string {
  if (got.status !== 201) throw new Error(`It was not made: ${got.text}`);
  return String(got.json.plaintext);
}

/** Sends every request to every route, as each of the callers; what only one may do, none does. */
async function everyAnswer(
  url: string,
  secret: string,
  callers: readonly (string | undefined)[],
): Promise<readonly Got[]> {
  const answers: Got[] = [];
  for (const route of routes.filter(({ path }) => path !== '/v1/self/revoke')) {
    const requests = requestsTo(route, secret).flatMap(({ method, path, sent }) =>
      callers.map((key) => ask(`${url}${path}`, method, { key, ...sent })),
    );
    answers.push(...(await Promise.all(requests)));
  }
  return answers;
}

/** A key's life, as its issuer, a service, a gateway and the consumer see it. */
async function wholeLife(url: string, root: string, made: Got): Promise<readonly Got[]> {
  const secret = shownIn(made);
  const body = { plaintext: secret };
  const lists = ['events?limit=200', 'usage?by=secret', 'keys', 'owners', 'keyspaces'];
  const requests: readonly (readonly [string, string, Sent])[] = [
    ['GET', `/v1/keys/${made.json.key.id}`, { key: root }],
    [
      'POST',
      '/v1/keys',
      { key: root, body: { name: 'b' }, headers: { 'idempotency-key': secret } },
    ],
    ['POST', '/v1/keys/find', { key: root, body }],
    ['POST', '/v1/keys/verify', { key: root, body }],
    ['GET', '/v1/authorize', { key: secret }],
    ['GET', '/v1/self', { key: secret }],
    ['POST', '/v1/self/revoke', { key: secret }],
    ['GET', '/v1/authorize', { key: secret }],
    ...lists.map((path) => ['GET', `/v1/${path}`, { key: root }] as const),
    ['GET', '/metrics', { key: root }],
  ];
  const answers: Got[] = [];
  for (const [method, path, sent] of requests) {
    answers.push(await ask(`${url}${path}`, method, sent));
  }
  return answers;
}

describe.each(durableKinds)('a server on $name', ({ create }) => {
  let shell: Shell;
  let data: Data;
  beforeEach(async () => {
    shell = new Shell();
    data = await create();
  });
  afterEach(async () => {
    await shell.remove();
    await data.remove();
  });

  test('security 17: shows a secret once, where it is made, and nowhere else', async () => {
    const server = await shell.serve([], {
      env: { KEYTURN_DATABASE: data.url, KEYTURN_TRUSTED_HOPS: '1' },
    });
    const { url } = server;
    const token = /Set up .*#(\S+)/.exec(server.stdout())?.[1] ?? '';
    const root = shownIn(await ask(`${url}/setup`, 'POST', { body: { token } }));
    const issue = () =>
      ask(`${url}/v1/keys`, 'POST', {
        key: root,
        body: { name: 'a key' },
        headers: { 'idempotency-key': 'once' },
      });
    const made = await issue();
    const secret = shownIn(made);
    const answers = [
      await issue(),
      ...(await everyAnswer(url, secret, [root, undefined])),
      ...(await wholeLife(url, root, made)),
    ];
    expect(await server.stop()).toBe(0);

    expect(made.text.split(secret)).toHaveLength(2);
    expect(server.stdout().split(token)).toHaveLength(2);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 401, 403, 404, 415]));
    const said = answers.map(textOf).join('\n');
    const { whole } = await dumpOf(data);
    for (const text of [said, server.stderr(), whole]) expectNothingOf([root, secret, token], text);
    expectNothingOf([root, secret], server.stdout());
  });
});
