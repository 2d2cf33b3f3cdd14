import { afterEach, beforeEach, expect, test } from 'vitest';
import { Shell } from '../cli/command-line.js';
import { ask, exchange, statusOf } from '../http/world.js';

const ID = /^[A-Za-z0-9-]{1,64}$/;
const FORGED = '{"level":"info","code":"key.created","forged":true}';

/** What a client sends as the id of its request, as it goes over the wire. */
const hostile = [
  `a\r\n ${FORGED}`, // A folded line (RFC 9112 §5.2).
  `a\r\n\t${FORGED}`,
  `a\n${FORGED}`,
  `a\r${FORGED}`,
  `a\x0b${FORGED}`,
  `a\x85${FORGED}`, // Next line, where a log is read as Latin-1.
  `a\xe2\x80\xa8${FORGED}`, // A line separator in UTF-8.
  `a%0a${FORGED}`,
  `a\\n${FORGED}`,
  `a\x00${FORGED}`,
  `\x1b[2J${FORGED}`,
  FORGED,
  'a'.repeat(65),
  'a, b',
  '',
];

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

test('security 47: a log has one line for each event, whatever a request calls itself', async () => {
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  const key = (await shell.process(root)).stdout.trim();
  const server = await shell.serve([], { env: { KEYTURN_TRUSTED_HOPS: '1' } });
  const port = Number(new URL(server.url).port);
  const create = (id: string) => {
    const body = '{"name":"a key"}';
    const head = ['POST /v1/keys HTTP/1.1', 'Host: h', `X-API-Key: ${key}`, `X-Request-Id: ${id}`];
    const type = ['Content-Type: application/json', `Content-Length: ${body.length}`];
    return exchange(port, [...head, ...type, '', body].join('\r\n'));
  };
  let madeCount = 0;
  for (const id of ['good-1', ...hostile]) {
    const status = statusOf(await create(id));
    expect([201, 400]).toContain(status);
    if (status === 201) madeCount += 1;
  }
  expect(madeCount).toBeGreaterThan(1);
  const sent = { key, body: { name: 'x', prefix: 'xx' } };
  expect((await ask(`${server.url}/v1/keyspaces`, 'POST', sent)).status).toBe(201);
  const { json } = await ask(`${server.url}/v1/events?limit=200`, 'GET', { key });
  expect(await server.stop()).toBe(0);

  const lines = server
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const logged = lines.map((line) => JSON.parse(line)).filter(({ room }) => room === 'lifecycle');
  const events = json.items.filter(({ actor }: Event) => actor.kind === 'management_key');
  const ofEvents = events.map(({ type, requestId }: Event) => `${type} ${requestId}`);
  const ofLines = logged.map(({ code, requestId }) => `${code} ${requestId}`);
  expect(ofLines).toEqual(ofEvents.toReversed());
  expect(ofLines).toHaveLength(madeCount + 1);
  expect(ofLines).toContain('key.created good-1');
  for (const { requestId } of logged) expect(requestId).toMatch(ID);
  expect(server.stderr()).not.toContain('forged');
  expect(server.stdout()).not.toContain('forged');
});

interface Event {
  readonly type: string;
  readonly requestId: string;
  readonly actor: { readonly kind: string };
}
