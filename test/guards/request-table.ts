import type { TestKeyturn } from '../../src/testing.js';
import type { KeyInput } from '../../src/views.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import type { RouteOptions } from './servers.js';

/** What the route of the table asks. */
export const asked: RouteOptions = {
  scopes: ['reports:read'],
  environment: 'live',
  isSignedIn: (cookie) => cookie === 'session=good',
  allow: ({ tags }) => {
    if (tags.includes('suspended')) return { refuse: 'This account is suspended: pay § 7.' };
    return !tags.includes('closed');
  },
};

const DAY_MS = 24 * 60 * 60_000;
const JWT = 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln';

/** Keys in every state and with every restriction. */
export interface Keys {
  readonly [name: string]: string;
}

/** A request of the table, as it goes over the wire, and what it has to be answered. */
export interface Row {
  readonly name: string;
  readonly method?: string;
  readonly target?: (keys: Keys) => string;
  readonly headers?: (keys: Keys) => readonly string[];
  readonly status: number;
  readonly code?: string;
}

const inputs: Readonly<Record<string, Partial<KeyInput>>> = {
  good: { scopes: ['reports:read'] },
  wide: { scopes: ['reports:*'] },
  all: { scopes: ['*'], owner: null },
  bare: { scopes: [] },
  other: { scopes: ['reports:list'] },
  expired: { scopes: ['*'], expiresAt: '1d' },
  revoked: { scopes: ['*'] },
  disabled: { scopes: ['*'] },
  early: { scopes: ['*'], notBefore: '2099-01-01T00:00:00Z' },
  trial: { scopes: ['*'], environment: 'test' },
  near: { scopes: ['*'], restrictions: { addresses: ['127.0.0.0/8'] } },
  far: { scopes: ['*'], restrictions: { addresses: ['203.0.113.0/24'] } },
  page: { scopes: ['*'], restrictions: { origins: ['https://app.example'] } },
  writer: { scopes: ['*'], restrictions: { methods: ['POST'] } },
  seventh: { scopes: ['*'], restrictions: { paths: ['/reports/7'] } },
  eighth: { scopes: ['*'], restrictions: { paths: ['/reports/8'] } },
  suspended: { scopes: ['*'], tags: ['suspended'] },
  closed: { scopes: ['*'], tags: ['closed'] },
  foreign: { scopes: ['*'], keyspace: 'foreign' },
};

/** A Keyturn that has the table's keys, and one key that it does not know. */
export async function tableKeyturn(): Promise<{ keyturn: TestKeyturn; keys: Keys }> {
  const keyturn = await startKeyturn({ basePath: '/keyturn' });
  await keyturn.keyspaces.create({ name: 'foreign', prefix: 'foreign' });
  const keys: Record<string, string> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const made = await keyturn.keys.create({ name, owner: 'acme', ...input });
    keys[name] = made.plaintext;
    if (name === 'revoked') await keyturn.keys.revoke(made.key.id);
    if (name === 'disabled') await keyturn.keys.disable(made.key.id);
  }
  keyturn.clock.advanceMs(2 * DAY_MS);
  return { keyturn, keys: { ...keys, unknown: await plaintextOf(await startKeyturn()) } };
}

const own = (name: string) => (keys: Keys) => [`X-API-Key: ${keys[name]}`];
const authorization = (value: string) => (keys: Keys) => [
  `Authorization: ${value.replaceAll(/\$(\w+)/g, (_all, name: string) => keys[name] ?? '')}`,
];
const and =
  (...parts: readonly ((keys: Keys) => readonly string[])[]) =>
  (keys: Keys) =>
    parts.flatMap((part) => part(keys));
const plain = (line: string) => () => [line];

/** Forty requests: what is admitted, and every way to be refused. */
export const rows: readonly Row[] = [
  { name: 'a key in its own header', headers: own('good'), status: 200 },
  { name: 'Api-Key', headers: authorization('Api-Key $good'), status: 200 },
  { name: 'Bearer', headers: authorization('Bearer $wide'), status: 200 },
  { name: 'a scheme in any case', headers: authorization('aPI-kEY $all'), status: 200 },
  { name: 'a posted request', method: 'POST', headers: own('good'), status: 200 },
  { name: 'a HEAD request', method: 'HEAD', headers: own('good'), status: 200 },
  {
    name: 'a query beside the key',
    target: () => '/reports/7?full=1&q=a%2Fb',
    headers: own('good'),
    status: 200,
  },
  {
    name: 'a token of a user beside the key',
    headers: and(own('good'), authorization(`Bearer ${JWT}`)),
    status: 200,
  },
  { name: 'an address that is allowed', headers: own('near'), status: 200 },
  {
    name: 'an origin that is allowed',
    headers: and(own('page'), plain('Origin: https://app.example')),
    status: 200,
  },
  { name: 'a method that is allowed', method: 'POST', headers: own('writer'), status: 200 },
  {
    name: 'a path that is allowed',
    target: () => '/reports/7?x',
    headers: own('seventh'),
    status: 200,
  },
  {
    name: 'an escaped path that is allowed',
    target: () => '/reports/%37',
    headers: own('seventh'),
    status: 200,
  },
  { name: 'a signed-in user', headers: plain('Cookie: session=good'), status: 200 },
  {
    name: 'a signed-in user with a bad key',
    headers: and(own('revoked'), plain('Cookie: session=good')),
    status: 200,
  },
  { name: 'nothing', status: 401, code: 'missing' },
  { name: 'nothing, HEAD', method: 'HEAD', status: 401 },
  { name: 'nothing, OPTIONS', method: 'OPTIONS', status: 401, code: 'missing' },
  { name: 'an empty header', headers: plain('X-API-Key:'), status: 401 },
  {
    name: 'a user who is not signed in',
    headers: plain('Cookie: session=bad'),
    status: 401,
    code: 'missing',
  },
  {
    name: 'a token of a user',
    headers: authorization(`Bearer ${JWT}`),
    status: 401,
    code: 'missing',
  },
  {
    name: 'a key in quotes',
    headers: authorization('Bearer "$good"'),
    status: 401,
    code: 'missing',
  },
  { name: 'a key without a scheme', headers: authorization('$good'), status: 401, code: 'missing' },
  {
    name: 'a key in the query',
    target: ({ good }) => `/reports/7?api_key=${good}`,
    status: 401,
    code: 'missing',
  },
  { name: 'no key at all', headers: plain('X-API-Key: swordfish'), status: 401, code: 'malformed' },
  {
    name: 'a key cut short',
    headers: (keys) => [`X-API-Key: ${keys['good']?.slice(0, -1)}`],
    status: 401,
    code: 'malformed',
  },
  {
    name: 'a text without end',
    headers: plain(`X-API-Key: ${'k'.repeat(600)}`),
    status: 401,
    code: 'malformed',
  },
  { name: 'an unknown key', headers: own('unknown'), status: 401, code: 'unknown' },
  { name: 'a revoked key', headers: own('revoked'), status: 401, code: 'revoked' },
  { name: 'an expired key', headers: own('expired'), status: 401, code: 'expired' },
  { name: 'a key before its time', headers: own('early'), status: 401, code: 'not_yet_valid' },
  { name: 'a disabled key', headers: own('disabled'), status: 401, code: 'disabled' },
  { name: 'a test key', headers: own('trial'), status: 403, code: 'wrong_environment' },
  {
    name: 'an address that is not allowed',
    headers: and(own('far'), plain('X-Forwarded-For: 203.0.113.7')),
    status: 403,
    code: 'address_denied',
  },
  { name: 'a path that is not allowed', headers: own('eighth'), status: 403, code: 'path_denied' },
  {
    name: 'a key without the scope',
    headers: own('other'),
    status: 403,
    code: 'insufficient_scope',
  },
  {
    name: 'a key that the application refuses, with a sentence',
    headers: own('suspended'),
    status: 403,
    code: 'forbidden',
  },
  {
    name: 'two credentials',
    headers: and(own('good'), authorization('Api-Key $good')),
    status: 400,
    code: 'ambiguous',
  },
  {
    name: 'a header sent twice',
    headers: and(own('good'), own('wide')),
    status: 400,
    code: 'ambiguous',
  },
  {
    name: 'an Authorization sent twice',
    headers: and(authorization('Api-Key $good'), authorization('Bearer $good')),
    status: 400,
    code: 'ambiguous',
  },
  {
    name: 'an origin that is not allowed',
    headers: and(own('page'), plain('Origin: https://app.example.evil')),
    status: 403,
    code: 'origin_denied',
  },
  {
    name: 'a method that is not allowed',
    headers: own('writer'),
    status: 403,
    code: 'method_denied',
  },
  { name: 'a key of another keyspace', headers: own('foreign'), status: 401, code: 'unknown' },
  {
    name: 'a key that the application refuses',
    headers: own('closed'),
    status: 403,
    code: 'forbidden',
  },
];
