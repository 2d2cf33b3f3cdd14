import { describe, expect, test } from 'vitest';
import { type ExportedKey, importRowOf } from './key-export.js';

const AT = '2026-05-16T12:00:00.000Z';
type Secret = ExportedKey['secrets'][number];

const secret = (number: number, more: Partial<Secret> = {}): Secret => ({
  ...{
    number,
    scheme: 'sha256',
    digest: `digest ${number}`,
    hint: 'key_live_ab',
    state: 'current',
  },
  ...{ createdAt: AT, expiresAt: null, deadline: null, brownout: null, lastUsedAt: null },
  ...more,
});

const aKey = (more: Partial<ExportedKey> = {}): ExportedKey => ({
  ...{ id: 'key_1', keyspace: 'default', name: 'Acme CI', owner: null, environment: 'live' },
  ...{ scopes: [], tags: [], metadata: {}, state: 'active', stateReason: null },
  ...{ stateChangedAt: AT, stateChangedBy: 'x', expiresAt: null, notBefore: null, createdAt: AT },
  ...{ updatedAt: AT, restrictions: {}, policy: null, origin: null, maker: null, version: 1 },
  secrets: [secret(1)],
  ...more,
});

const origin = { sourceId: 'source', fingerprint: 'print', lookup: 'prefix' };
const slow = secret(1, { scheme: 'pbkdf2_sha256', digest: 'pbkdf2_sha256$1$s$h' });
const ended = secret(1, { state: 'disabled' });
const revoked = secret(1, { state: 'revoked' });

describe('the row of an exported key', () => {
  test.each<[string, Partial<ExportedKey>, object]>([
    ['of ours', {}, { sha256: 'digest 1', start: 'key_live_ab' }],
    ['whose secret was replaced', { secrets: [ended, secret(2)] }, { sha256: 'digest 2' }],
    ['whose first secret leaked', { secrets: [revoked, secret(2)] }, { sha256: 'digest 2' }],
    [
      'that is revoked',
      { state: 'revoked', secrets: [revoked] },
      { state: 'revoked', sha256: 'digest 1' },
    ],
    ['with a salt', { secrets: [slow], origin }, { prefix: 'prefix', hash: slow.digest }],
    [
      'with an SHA-512',
      { secrets: [secret(1, { scheme: 'sha512', digest: 'sha512:AAEC' })] },
      { hash: 'sha512$$000102' },
    ],
  ])('%s', (_what, more, fields) => {
    const said = importRowOf(aKey(more));
    expect(said).toMatchObject({ kind: 'row', row: fields });
    // One form of the secret, or no import takes it.
    const row = said.kind === 'row' ? said.row : {};
    expect(['sha256' in row, 'hash' in row].filter(Boolean)).toEqual([true]);
  });

  test.each<[string, Partial<ExportedKey>, string]>([
    ['restricted', { restrictions: { methods: ['GET'] } }, 'restrictions'],
    [
      'of two secrets',
      { secrets: [secret(1, { state: 'retiring' }), secret(2)] },
      'two are in use',
    ],
    ['without a live secret', { secrets: [revoked] }, 'would bring one back'],
    ['of ended secrets', { secrets: [revoked, { ...ended, number: 2 }] }, 'would bring one back'],
    ['whose secret ends', { secrets: [secret(1, { expiresAt: AT })] }, 'when a secret ends'],
    ['of nowhere', { secrets: [slow] }, 'found by'],
    ['without a prefix', { secrets: [slow], origin: { ...origin, lookup: null } }, 'found by'],
  ])('is none for one %s', (_what, more, reason) => {
    expect(importRowOf(aKey(more))).toEqual({
      kind: 'left_out',
      reason: expect.stringContaining(reason),
    });
  });
});
