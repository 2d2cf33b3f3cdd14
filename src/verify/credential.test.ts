import { expect, test } from 'vitest';
import { keyspaceIdFrom } from '../keys/id.js';
import { DEFAULT_CREDENTIALS, type KeyspaceRecord } from '../keys/keyspace.js';
import type { HeaderSource } from '../verdict.js';
import { readCredential } from './credential.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ';
const IMPORTED = 'qtv37XGj.78WXsVLi9fy2CLFQZJ9HCoUKmGNUvkNM';
const KEY = 'key_live_00000000000000000000000000000000000000';
const BEARER_ALONE = { ...DEFAULT_CREDENTIALS, schemes: ['bearer'] };

test('a user’s token stands beside a key, where imported keys have a shape of open length', () => {
  const keyspace = keyspaceWith({ minLength: 20, maxLength: 512 });
  const headers = ['Authorization', `Bearer ${TOKEN}`, 'X-API-Key', KEY];
  expect(readCredential(headers, undefined, keyspace)).toEqual({ kind: 'one', plaintext: KEY });
});

test('a Bearer token of exactly the length of imported keys is one', () => {
  const keyspace = keyspaceWith({ minLength: IMPORTED.length, maxLength: IMPORTED.length });
  const headers = ['Authorization', `Bearer ${IMPORTED}`];
  expect(readCredential(headers, undefined, keyspace)).toMatchObject({ plaintext: IMPORTED });
});

const ANY_LENGTH = { minLength: 8, maxLength: 512 };
const FORMS: readonly ((name: string, value: string) => HeaderSource)[] = [
  (name, value) => [name, value],
  (name, value) => new Headers({ [name]: value }),
];

test('a keyspace whose only scheme is Bearer takes any such token as a key', () => {
  const keyspace = { ...keyspaceWith(ANY_LENGTH), credentials: BEARER_ALONE };
  for (const form of FORMS) {
    const own = form('Authorization', `bearer  ${IMPORTED}`);
    expect(readCredential(own, undefined, keyspace)).toMatchObject({ plaintext: IMPORTED });
    const two = form('Authorization', `Bearer ${IMPORTED}, Bearer ${TOKEN}`);
    expect(readCredential(two, undefined, keyspace)).toEqual({ kind: 'ambiguous' });
    const other = form('Authorization', `Api-Key ${IMPORTED}`);
    expect(readCredential(other, undefined, keyspace)).toEqual({ kind: 'missing' });
  }
});

test('there, too, a user’s token stands beside a key in a header of its own', () => {
  const keyspace = { ...keyspaceWith(ANY_LENGTH), credentials: BEARER_ALONE };
  const raw = ['Authorization', `Bearer ${TOKEN}`, 'X-API-Key', KEY];
  const one = { kind: 'one', plaintext: KEY };
  expect(readCredential(raw, undefined, keyspace)).toEqual(one);
  const joined = new Headers({ authorization: `Bearer ${TOKEN}`, 'x-api-key': KEY });
  expect(readCredential(joined, undefined, keyspace)).toEqual(one);
});

test('nor does one become a key where Bearer is one scheme of several', () => {
  const headers = ['Authorization', `Bearer ${IMPORTED}`];
  expect(readCredential(headers, undefined, keyspaceWith(ANY_LENGTH))).toEqual({ kind: 'missing' });
});

function keyspaceWith(lengths: { minLength: number; maxLength: number }): KeyspaceRecord {
  const id = keyspaceIdFrom('ks_01m8azs87z0000000000000000');
  if (id === undefined) throw new Error('It is no id.');
  return {
    id,
    name: 'default',
    prefix: 'key',
    isManagement: false,
    credentials: DEFAULT_CREDENTIALS,
    refusal: 'problem',
    branding: { name: null, logo: null },
    foreignShapes: [{ ...lengths, alphabet: 'base64url', separator: '.' }],
    scopes: null,
    stalenessMs: 5_000,
    storeLossMs: 0,
    createdAt: 0,
    updatedAt: 0,
    version: 1,
  };
}
