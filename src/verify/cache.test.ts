import { expect, test } from 'vitest';
import { digestOf } from '../keys/digest.js';
import { keyIdFrom, keyspaceIdFrom } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { FoundSecret } from '../store/found-secret.js';
import { WarmCache } from './cache.js';
import type { Entry } from './entry.js';
import { Preparer } from './prepare.js';

const MORE_THAN_REMEMBERED = 5_000;

test('a fill that is older than all drops that are remembered is refused, whatever its key', () => {
  const cache = new WarmCache(1_000_000);
  const entry = anEntry();
  const begun = cache.beginFill();
  cache.drop(entry.accepted.key.id);
  for (let index = 0; index < MORE_THAN_REMEMBERED; index += 1) cache.drop(`key_${index}`);
  expect(cache.fill(entry, begun)).toBe(false);
  expect(cache.get(entry.digest)).toBeUndefined();
  expect(cache.fill(entry, cache.beginFill())).toBe(true);
});

function anEntry(): Entry {
  return new Preparer().entryOf(digestOf('a key'), found, keyspace);
}

const keyId = keyIdFrom('key_01m8azs87z0000000000000000');
const keyspaceId = keyspaceIdFrom('ks_01m8azs87z0000000000000000');
if (keyId === undefined || keyspaceId === undefined) throw new Error('They are no ids.');
const keyspace: KeyspaceRecord = {
  id: keyspaceId,
  name: 'default',
  prefix: 'key',
  isManagement: false,
  credentials: { headers: [], schemes: [], query: null },
  refusal: 'problem',
  foreignShapes: [],
  branding: { name: null, logo: null },
  scopes: null,
  stalenessMs: 5_000,
  storeLossMs: 0,
  createdAt: 0,
  updatedAt: 0,
  version: 1,
};
const found: FoundSecret = {
  keyId,
  keyspaceId: keyspace.id,
  name: 'a key',
  owner: null,
  environment: 'live',
  scopes: '[]',
  metadata: '{}',
  tags: '[]',
  restrictions: '{}',
  state: 'active',
  expiresAt: null,
  notBefore: null,
  version: 1,
  secretNumber: 1,
  secretState: 'current',
  secretHint: 'key_live_abcd',
  secretExpiresAt: null,
  secretDeadline: null,
  secretBrownout: null,
};
