import { expect, test } from 'vitest';
import { keyspaceIdFrom } from '../keys/id.js';
import { DEFAULT_CREDENTIALS, type KeyspaceRecord } from '../keys/keyspace.js';
import { readCredential } from './credential.js';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ';
const IMPORTED = 'qtv37XGj.78WXsVLi9fy2CLFQZJ9HCoUKmGNUvkNM';
const KEY = 'key_live_00000000000000000000000000000000000000';

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
