import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readInput } from './sources.js';

// As the reference of Unkey's API describes them: `apis.listKeys` of its second version answers
// `data`, of its first `keys`; hashes as `keys.migrateKeys` takes them.

const PLAINTEXT = 'sk_test_abc123def456ghi789';
const digest = createHash('sha256').update(PLAINTEXT).digest();
const SHA256 = digest.toString('base64url');

const key = {
  keyId: 'key_1234567890abcdef',
  start: 'sk_test_abc1',
  enabled: true,
  name: 'Production API Key',
  meta: { plan: 'premium' },
  createdAt: 1_701_425_400_123,
  updatedAt: 1_701_425_400_123,
  expires: 1_735_689_600_000,
  externalId: 'user_12345',
  permissions: ['documents.read', 'documents.*'],
  hash: digest.toString('base64'),
};
const row = {
  id: 'key_1234567890abcdef',
  name: 'Production API Key',
  owner: 'user_12345',
  scopes: ['documents:read', 'documents:*'],
  tags: [],
  createdAt: '2023-12-01T10:10:00.123Z',
  expiresAt: '2025-01-01T00:00:00Z',
  state: 'active',
  start: 'sk_test_abc1',
  sha256: SHA256,
  metadata: { plan: 'premium' },
};

describe('an export of Unkey', () => {
  const page = {
    meta: { requestId: 'req_1' },
    data: [key, { ...key, keyId: 'key_2' }],
    pagination: {},
  };

  test.each([
    ['an answer of apis.listKeys', JSON.stringify(page)],
    ['an answer that was indented', JSON.stringify(page, null, 2)],
    ['an answer with a key a line', JSON.stringify(page).replaceAll('},{', '},\n{')],
    [
      'two answers, one a line',
      [page, { ...page, data: [] }].map((one) => JSON.stringify(one)).join('\n'),
    ],
    ['an answer of the first version', JSON.stringify({ keys: page.data, total: 2 })],
    ['its keys in a list', JSON.stringify(page.data)],
    ['its keys, one a line', page.data.map((one) => JSON.stringify(one)).join('\n')],
  ])('is %s', async (_what, text) => {
    const found = await readInput('unkey', text);
    expect(found.map((one) => one.row)).toEqual([row, { ...row, id: 'key_2' }]);
  });

  test('is an answer of keys.getKey, with roles and permissions as objects', async () => {
    const data = {
      ...key,
      identity: { id: 'id_1', externalId: 'user_9' },
      externalId: undefined,
      permissions: [{ id: 'p_1', name: 'Read', slug: 'documents.read' }],
      roles: [{ id: 'r_1', name: 'editor' }, 'in words'],
    };
    const [found] = await readInput('unkey', JSON.stringify({ meta: {}, data }));
    expect(found?.row).toMatchObject({
      owner: 'user_9',
      scopes: ['documents:read'],
      tags: ['role:editor'],
    });
    expect(found?.notes).toEqual([
      expect.stringContaining('What its roles permit is not taken over'),
    ]);
  });

  test.each([
    [
      'a refusal of the API',
      '{"meta":{},"error":{"title":"Forbidden"}}',
      'is a refusal of Unkey’s API',
    ],
    ['a list of names', '{"data": ["key_1"]}', 'is no JSON object.'],
  ])('that is %s is told', async (_what, text, message) => {
    expect(await readInput('unkey', text)).toEqual([
      { place: expect.stringContaining('line 1'), fault: expect.stringContaining(message) },
    ]);
  });

  test.each([
    [
      'the last page says that there are more',
      { ...page, pagination: { hasMore: true, cursor: 'c' } },
    ],
    ['the first version counts more', { keys: page.data, total: 3 }],
  ])('tells that keys are missing where %s', async (_what, one) => {
    const found = await readInput('unkey', JSON.stringify(one));
    expect(found.map(({ row: taken, fault }) => taken?.['id'] ?? fault)).toEqual([
      'key_1234567890abcdef',
      'key_2',
      expect.stringMatching(/"hasMore"|counts 3 keys, and 2 are here/),
    ]);
  });

  test('tells of no missing key where the next page is here, too', async () => {
    const pages = [{ ...page, pagination: { hasMore: true, cursor: 'c' } }, page];
    const found = await readInput('unkey', pages.map((one) => JSON.stringify(one)).join('\n'));
    expect(found.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(found).toHaveLength(4);
  });

  test('that is no JSON is refused', async () => {
    await expect(readInput('unkey', 'keyId,name\n1,2\n')).rejects.toThrow('is no JSON.');
  });
});

describe('the hash of a key', () => {
  test.each([
    ['in base64', digest.toString('base64')],
    ['in base64url', SHA256],
    ['in hexadecimal', digest.toString('hex')],
    ['with its variant', { value: digest.toString('base64'), variant: 'sha256_base64' }],
  ])('is taken %s', async (_how, hash) => {
    const [found] = await readInput('unkey', JSON.stringify([{ ...key, hash }]));
    expect(found?.row).toMatchObject({ sha256: SHA256 });
  });

  test.each([
    ['is missing, as in what the API lists', undefined],
    ['is of bcrypt', { value: `$2b$12$${'x'.repeat(53)}`, variant: 'bcrypt' }],
    ['is cut off', SHA256.slice(0, 40)],
  ])('%s: the key is to be issued again', async (_what, hash) => {
    const [found] = await readInput('unkey', JSON.stringify([{ ...key, hash }]));
    expect(found).toEqual({
      place: 'line 1',
      id: 'key_1234567890abcdef',
      fault: expect.stringContaining('"decrypt": true'),
      isToBeReissued: true,
    });
  });

  test('is not asked for where the key could be recovered', async () => {
    const [found] = await readInput('unkey', JSON.stringify([{ ...key, plaintext: PLAINTEXT }]));
    expect(found?.row).toMatchObject({ plaintext: PLAINTEXT });
    expect(found?.row).not.toHaveProperty('sha256');
  });
});

describe('what Unkey says of a key', () => {
  const plain = { ...key, permissions: ['documents.read'] };

  test.each([
    ['disabled', { enabled: false }, 'disabled', []],
    ['deleted', { deletedAt: 1_701_425_400_123 }, 'revoked', []],
    [
      'out of credits',
      { credits: { remaining: 0 } },
      'disabled',
      ['It has no credits left, and comes as disabled.'],
    ],
    [
      'out of credits until they are refilled',
      { credits: { remaining: 0, refill: { interval: 'daily', amount: 5 } } },
      'active',
      ['Its credits are not taken over yet: it works without a limit of requests.'],
    ],
    [
      'of limited rate',
      { ratelimits: [{ name: 'r', limit: 10, duration: 1000 }] },
      'active',
      ['Its rate limits are not taken over yet.'],
    ],
  ])('is kept: %s', async (...[, fields, state, notes]) => {
    const [found] = await readInput('unkey', JSON.stringify([{ ...plain, ...fields }]));
    expect(found?.row).toMatchObject({ state });
    expect(found?.notes ?? []).toEqual(notes);
  });

  test.each([
    [
      'rate limits of its identity',
      { identity: { ratelimits: [{ limit: 1 }] } },
      'of its identity',
    ],
    ['something of its identity', { identity: { meta: { a: 1 } } }, 'identity.meta'],
    ['a field that nobody knows', { unknownthing: 5 }, 'unknownthing'],
    ['one whose name is no word', { 'sk test': 5 }, 'a strange name'],
  ])('is not lost without a word: %s', async (_what, fields, note) => {
    const [found] = await readInput('unkey', JSON.stringify([{ ...plain, ...fields }]));
    expect(found?.notes).toEqual([expect.stringContaining(note)]);
  });

  test('says what a name with a star permits here', async () => {
    const [found] = await readInput('unkey', JSON.stringify([key]));
    expect(found?.notes).toEqual([
      expect.stringContaining('permit here all that fits the star: documents:*.'),
    ]);
  });

  test.each(['ipWhitelist', 'ip_allowlist', 'ipAllowList'])(
    'refuses a key with %s',
    async (name) => {
      const said = async (value: unknown) =>
        (await readInput('unkey', JSON.stringify([{ ...plain, [name]: value }])))[0]?.fault;
      expect(await said('203.0.113.7')).toContain('works from some addresses only');
      expect(await said(['203.0.113.7'])).toContain('works from some addresses only');
      expect(await said('')).toBeUndefined();
    },
  );

  test.each([
    ['test', 'test', 0],
    ['production', 'live', 0],
    ['eu', 'live', 1],
  ])('is kept: the environment %s', async (environment, expected, noteCount) => {
    const [found] = await readInput('unkey', JSON.stringify([{ ...plain, environment }]));
    expect(found?.row).toMatchObject({ environment: expected });
    expect(found?.notes ?? []).toHaveLength(noteCount);
  });
});
