import { describe, expect, onTestFinished, test } from 'vitest';
import type { TestKeyturn } from '../../src/testing.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import type { Host } from './hosts.js';
import { type GuardedServer, servers } from './servers.js';

const KEYSPACE = 'partners';
const FORMS = {
  headers: ['X-Token', 'X-Partner-Key', 'x-token'],
  schemes: ['Token'],
  query: 'token',
};
const JWT = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln';

interface Row {
  readonly name: string;
  readonly headers?: readonly string[];
  readonly query?: string;
  readonly status: number;
  readonly code?: string;
}

/** What a request carries; `$key` is a good key, `$other` one of the keyspace with the usual forms. */
const rows: readonly Row[] = [
  { name: 'its first header', headers: ['X-Token: $key'], status: 200 },
  { name: 'its second header', headers: ['X-Partner-Key: $key'], status: 200 },
  { name: 'its header in any case', headers: ['x-TOKEN: $key'], status: 200 },
  { name: 'its header with space around', headers: ['X-Token:   $key  '], status: 200 },
  { name: 'its scheme', headers: ['Authorization: Token $key'], status: 200 },
  { name: 'its scheme in any case', headers: ['Authorization: tOKEN $key'], status: 200 },
  { name: 'its scheme, then tabs', headers: ['Authorization: Token\t$key'], status: 200 },
  { name: 'its query parameter', query: '?a=1&token=$key', status: 200 },
  {
    name: 'its header beside a token of a user',
    headers: ['X-Token: $key', `Authorization: Bearer ${JWT}`],
    status: 200,
  },
  {
    name: 'its header beside one of another keyspace',
    headers: ['X-Token: $key', 'X-API-Key: $other'],
    status: 200,
  },
  { name: 'nothing', status: 401, code: 'missing' },
  { name: 'the usual header', headers: ['X-API-Key: $key'], status: 401, code: 'missing' },
  {
    name: 'the usual scheme',
    headers: ['Authorization: Api-Key $key'],
    status: 401,
    code: 'missing',
  },
  { name: 'Bearer', headers: ['Authorization: Bearer $key'], status: 401, code: 'missing' },
  { name: 'no scheme', headers: ['Authorization: $key'], status: 401, code: 'missing' },
  { name: 'a scheme alone', headers: ['Authorization: Token'], status: 401, code: 'malformed' },
  { name: 'another parameter', query: '?api_key=$key', status: 401, code: 'missing' },
  {
    name: 'a header that is named alike',
    headers: ['X-Tokens: $key'],
    status: 401,
    code: 'missing',
  },
  {
    name: 'a scheme that begins alike',
    headers: ['Authorization: Tokens $key'],
    status: 401,
    code: 'missing',
  },
  {
    name: 'a cookie of its name',
    headers: ['Cookie: x-token=$key; token=$key'],
    status: 401,
    code: 'missing',
  },
  {
    name: 'a key of another keyspace',
    headers: ['X-Token: $other'],
    status: 401,
    code: 'unknown',
  },
  {
    name: 'two of its headers',
    headers: ['X-Token: $key', 'X-Partner-Key: $key'],
    status: 400,
    code: 'ambiguous',
  },
  {
    name: 'one header twice',
    headers: ['X-Token: $key', 'x-token: $key'],
    status: 400,
    code: 'ambiguous',
  },
  {
    name: 'two keys in one header',
    headers: ['X-Token: $key, $key'],
    status: 400,
    code: 'ambiguous',
  },
  {
    name: 'its header and its scheme',
    headers: ['X-Token: $key', 'Authorization: Token $key'],
    status: 400,
    code: 'ambiguous',
  },
  {
    name: 'its header and its parameter',
    headers: ['X-Token: $key'],
    query: '?token=$key',
    status: 400,
    code: 'ambiguous',
  },
  { name: 'its parameter twice', query: '?token=$key&token=$key', status: 400, code: 'ambiguous' },
];

describe.each(servers)('a keyspace with forms of its own, guarded by $name', ({ start }) => {
  test('has exactly one credential read from where it says, and none from elsewhere', async () => {
    const { keyturn, fill } = await startOwn();
    const host = await start(keyturn, { keyspace: KEYSPACE });
    onTestFinished(() => host.close());
    for (const row of rows) {
      const got = await ask(host, '/reports/7', { ...row, fill });
      expect({ name: row.name, ...got }).toMatchObject(wanted(row));
    }
  });

  test('decides alike behind /v1/authorize', async () => {
    const { keyturn, fill } = await startOwn();
    const host = await start(keyturn);
    onTestFinished(() => host.close());
    for (const row of rows.filter(({ query }) => query === undefined)) {
      const path = `/keyturn/v1/authorize?keyspace=${KEYSPACE}`;
      const got = await ask(host, path, { ...row, fill });
      expect({ name: row.name, ...got }).toMatchObject(wanted(row));
    }
  });
});

describe('the refusal of a keyspace with forms of its own', () => {
  const first: GuardedServer | undefined = servers[0];

  test('says how to send a key there', async () => {
    const { keyturn, fill } = await startOwn();
    const host = await first?.start(keyturn, { keyspace: KEYSPACE });
    if (host === undefined) throw new Error('There is no guard.');
    onTestFinished(() => host.close());
    const got = await ask(host, '/reports/7', { fill });
    expect(got.text).toContain('Send it as \\"Authorization: Token <key>\\".');
    expect(got.text.toLowerCase()).toContain('www-authenticate: token realm="partners"');
    await keyturn.keyspaces.update(KEYSPACE, { credentials: { schemes: [] } });
    const bare = await ask(host, '/reports/7', { fill });
    expect(bare.text).toContain('Send it as \\"X-Token: <key>\\".');
    const gone = await ask(host, '/reports/7', { headers: ['Authorization: Token $key'], fill });
    expect(gone).toMatchObject({ status: 401, code: 'missing' });
  });
});

async function startOwn(): Promise<{ keyturn: TestKeyturn; fill: (text: string) => string }> {
  const keyturn = await startKeyturn({ basePath: '/keyturn' });
  const made = await keyturn.keyspaces.create({
    name: KEYSPACE,
    prefix: 'part',
    credentials: FORMS,
  });
  expect(made.credentials).toEqual({
    headers: ['x-token', 'x-partner-key'],
    schemes: ['token'],
    query: 'token',
  });
  const key = await plaintextOf(keyturn, { keyspace: KEYSPACE });
  const other = await plaintextOf(keyturn);
  return {
    keyturn,
    fill: (text) => text.replaceAll('$key', key).replaceAll('$other', other),
  };
}

async function ask(
  host: Host,
  path: string,
  sent: Pick<Row, 'headers' | 'query'> & { readonly fill: (text: string) => string },
) {
  const { headers = [], query = '', fill } = sent;
  const head = [`GET ${path}${fill(query)} HTTP/1.1`, 'Host: a', ...headers.map(fill)];
  const text = await host.raw(...head);
  return {
    text,
    status: Number(text.split(' ')[1]),
    code: /"code":"([a-z_]+)"/.exec(text)?.[1],
  };
}

function wanted({ name, status, code }: Row) {
  return { name, status, code };
}
