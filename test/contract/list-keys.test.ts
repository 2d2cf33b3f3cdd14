import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyId, KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import type { KeyFilter } from '../../src/store/store.js';
import {
  aChange,
  aKey,
  aKeyFilter,
  aKeyId,
  aSecret,
  DAY_AT,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
} from './build.js';
import { type OpenedStore, stores } from './stores.js';

describe.each(stores)('listing keys on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
  });
  afterAll(() => opened.close());

  const add = (fields: Partial<KeyRecord> = {}) =>
    inNewKey(opened.store, keyspaceId, { secrets: [aSecret({ hint: 'acme_live_0' })], ...fields });

  async function idsOf(filter: Partial<KeyFilter> = {}): Promise<readonly KeyId[]> {
    const list = async () => {
      const keys = await opened.store.listKeys(aKeyFilter(keyspaceId, filter));
      return keys.map(({ id }) => id);
    };
    const ids = await list();
    while ((await opened.store.indexKeys(100)) > 0);
    expect(await list(), 'once they are indexed').toEqual(ids);
    return ids;
  }

  async function addMany(count: number): Promise<readonly KeyRecord[]> {
    const keys = Array.from({ length: count }, () => aKey(keyspaceId));
    const writes = keys.map((key) => ({ kind: 'insert_key', key }) as const);
    await done(opened.store, aChange(keyspaceId, writes));
    return keys;
  }

  test('the newest key comes first, whole', async () => {
    const keys = await addMany(3);
    const listed = await opened.store.listKeys(aKeyFilter(keyspaceId));
    expect(listed).toEqual(keys.toReversed());
  });

  test('keys are found that have an accepted secret which is older than their policy allows', async () => {
    const aged = (createdAt: number, fields: Partial<KeyRecord> = {}) =>
      add({ secrets: [aSecret({ createdAt })], ...fields });
    const [young, old] = [DAY_AT + 1, DAY_AT];
    const unnamed = await aged(old);
    await aged(young);
    const named = await aged(old, { policy: 'monthly' });
    await aged(old, { policy: 'never' });
    await aged(old, { state: 'revoked' });
    const replaced = [
      aSecret({ createdAt: old, state: 'disabled' }),
      aSecret({ number: 2, createdAt: young }),
    ];
    await add({ secrets: replaced });
    const retiring = [
      aSecret({ createdAt: old, state: 'retiring' }),
      aSecret({ number: 2, createdAt: young }),
    ];
    const both = await add({ secrets: retiring });
    const by = (policy: string) => ({ keyspaceId, policy, madeUntil: DAY_AT });
    const tooOld = [by('default'), by('monthly')];
    expect(await idsOf({ tooOld })).toEqual([both.id, named.id, unnamed.id]);
    expect(await idsOf({ tooOld: [by('monthly')] })).toEqual([named.id]);
    expect(await idsOf({ tooOld, limit: 1, after: both.id })).toEqual([named.id]);
    const elsewhere = { ...by('default'), keyspaceId: await inNewKeyspace(opened.store) };
    expect(await idsOf({ tooOld: [elsewhere] })).toEqual([]);
  });

  test('a key of several secrets is listed once, with all of them', async () => {
    const secrets = [aSecret({ number: 1, state: 'revoked' }), aSecret({ number: 2 })];
    const keys = [
      await add({ secrets }),
      await add({ secrets: [aSecret(), aSecret({ number: 2 })] }),
    ];
    const listed = await opened.store.listKeys(aKeyFilter(keyspaceId, { search: 'acme_live_' }));
    expect(listed).toEqual(keys.toReversed());
  });

  test('only keys within the asked keyspaces are listed', async () => {
    const key = await add();
    const other = await inNewKeyspace(opened.store);
    const foreign = await inNewKey(opened.store, other);
    expect(await idsOf({ within: [other, keyspaceId] })).toEqual([foreign.id, key.id]);
    expect(await idsOf({ within: [other] })).toEqual([foreign.id]);
    expect(await idsOf({ within: [] })).toEqual([]);
    expect(await idsOf({ within: 'all', limit: 2 })).toEqual([foreign.id, key.id]);
  });

  test.each([1, 2, 7, 10, 200])('pages of %i keys have no gap and no repeat', async (limit) => {
    const keys = await addMany(20);
    expect(await walk(limit)).toEqual(keys.map(({ id }) => id).toReversed());
  });

  test('pages stay whole while keys are added and removed between them', async () => {
    const keys = await addMany(20);
    const doomed = keys.slice(0, 5);
    const steps = [
      () => addMany(3),
      () => done(opened.store, aChange(keyspaceId, doomed.map(deletionOf))),
      () => addMany(1),
    ];
    const seen = await walk(4, () => steps.shift()?.());
    expect(seen).toEqual(
      keys
        .slice(5)
        .map(({ id }) => id)
        .toReversed(),
    );
  });

  test('a page may begin after a key that is gone', async () => {
    const [older, gone, newer] = await addMany(3);
    expect(await idsOf({ after: aKeyId() })).toHaveLength(3);
    if (gone !== undefined) await done(opened.store, aChange(keyspaceId, [deletionOf(gone)]));
    expect(await idsOf({ after: gone?.id ?? null })).toEqual([older?.id]);
    expect(await idsOf({ after: newer?.id ?? null })).toEqual([older?.id]);
  });

  test('each filter finds what it names, exactly', async () => {
    const makerId = aKeyId();
    const wanted = await add({ owner: 'Ünï_1', environment: 'test', tags: ['b', 'a'], makerId });
    await add({ owner: 'ünï_1', environment: 'live', tags: ['ab', 'A'], makerId: aKeyId() });
    await add({ owner: null, environment: 'live', tags: [], makerId: null });
    const filters = [{ owner: 'Ünï_1' }, { environment: 'test' }, { tag: 'a' }, { makerId }];
    for (const filter of filters) expect(await idsOf(filter)).toEqual([wanted.id]);
    expect(await idsOf(Object.assign({}, ...filters))).toEqual([wanted.id]);
    for (const filter of [{ owner: 'Ünï%1' }, { tag: 'a%' }, { tag: '' }]) {
      expect(await idsOf(filter)).toEqual([]);
    }
  });

  test('filters hold together, also across pages', async () => {
    const owned = [await add({ owner: 'a' }), await add({ owner: 'b' }), await add({ owner: 'a' })];
    const first = await idsOf({ owner: 'a', limit: 1 });
    expect(first).toEqual([owned[2]?.id]);
    expect(await idsOf({ owner: 'a', limit: 1, after: first[0] ?? null })).toEqual([owned[0]?.id]);
    expect(await idsOf({ owner: 'a', search: 'nothing' })).toEqual([]);
  });

  test('the state is judged at the given moment: revoked, expired, disabled, active', async () => {
    const now = nowMs();
    const states = ['active', 'disabled', 'revoked'] as const;
    const ids: Record<string, KeyId> = {};
    for (const state of states) {
      ids[`${state} for ever`] = (await add({ state })).id;
      ids[`${state} until now`] = (await add({ state, expiresAt: now })).id;
      ids[`${state} until then`] = (await add({ state, expiresAt: now + 1 })).id;
    }
    const namesOf = async (state: KeyFilter['state'], atMs: number) => {
      const found = await idsOf({ state, nowMs: atMs });
      return Object.keys(ids).filter((name) => found.includes(ids[name] ?? aKeyId()));
    };
    expect(await namesOf('active', now)).toEqual(['active for ever', 'active until then']);
    expect(await namesOf('disabled', now)).toEqual(['disabled for ever', 'disabled until then']);
    expect(await namesOf('expired', now)).toEqual(['active until now', 'disabled until now']);
    expect(await namesOf('expired', now + 1)).toHaveLength(4);
    expect(await namesOf('active', now - 1)).toHaveLength(3);
    const revoked = ['revoked for ever', 'revoked until now', 'revoked until then'];
    expect(await namesOf('revoked', now)).toEqual(revoked);
    expect(await namesOf(undefined, now)).toHaveLength(9);
  });

  test.each([
    ['words of the name', 'acme-ci'],
    ['words of the name, in any order', 'ci acme'],
    ['the beginnings of words', 'ac c'],
    ['one letter', 'é'],
    ['words of several fields', 'acme owner pay'],
    ['the name in another case', 'ACME-CI'],
    ['a name beyond ASCII in another case', 'ÉCOLE'],
    ['the beginning of the owner', 'own'],
    ['the beginning of a tag', 'team=pay'],
    ['a tag in another case', 'TEAM='],
    ['the hint of any secret', 'zeta_live_Q9'],
    ['the hint in another case', 'ZETA_LIVE_q9'],
    ['a per cent sign', '100%'],
    ['an underscore', 't_m'],
    ['a backslash', 'b\\c'],
    ['a quotation mark', "o'brien"],
    ['characters outside the basic plane', '🔑'],
    ['a text of the metadata, however deep', 'BERN'],
    ['a number of the metadata', '4711'],
  ])('a search finds %s', async (_what, search) => {
    const secrets = [aSecret(), aSecret({ number: 2, hint: 'zeta_live_Q9xY' })];
    const name = "Acme-CI école 100% b\\c O'Brien t_m 🔑";
    const metadata = '{"site":{"city":["Bern"]},"room":4711}';
    const of = { owner: 'owner-42', tags: ['x', 'team=pay'], secrets, metadata };
    const wanted = await add({ name, ...of });
    await add({ name: 'other', owner: null, tags: ['xyz'] });
    expect(await idsOf({ search })).toEqual([wanted.id]);
  });

  test('a search finds part of an id, in either case', async () => {
    const wanted = await add();
    await add();
    expect(await idsOf({ search: wanted.id.slice(0, -2) })).toEqual([wanted.id]);
    expect(await idsOf({ search: wanted.id.replace('key_', '') })).toEqual([wanted.id]);
    expect(await idsOf({ search: wanted.id.toUpperCase() })).toEqual([wanted.id]);
  });

  test.each([
    ['a wildcard of the database', 'a%b'],
    ['a single-character wildcard', 'a_b'],
    ['a set of a pattern', '[xb]'],
    ['nothing but signs', '--'],
    ['the inside of a word', 'xb'],
    ['the marks between stored tags', '","'],
    ['the brackets around stored tags', '["'],
    ['the name of a field of the metadata', 'plan'],
    ['two fields run together', 'axbacme'],
    ['a scope', 'invoices'],
  ])('a search takes %s as ordinary text', async (_what, search) => {
    await add({
      name: 'axb',
      owner: 'acme',
      tags: ['one', 'two'],
      metadata: '{"plan":"secretplan"}',
      scopes: ['invoices:read'],
    });
    expect(await idsOf({ search })).toEqual([]);
  });

  test('a search never finds a key by its digest', async () => {
    const { secrets } = await add();
    expect(await idsOf({ search: secrets[0]?.digest ?? '' })).toEqual([]);
  });

  test('a search follows a key that was changed', async () => {
    const key = await add({ name: 'before' });
    const next = { ...key, name: 'after', owner: 'new', tags: ['fresh'], version: 2 };
    const write = {
      kind: 'update_key',
      key: next,
      expectedVersion: 1,
      changedSecrets: [],
    } as const;
    await done(opened.store, aChange(keyspaceId, [write]));
    expect(await idsOf({ search: 'before' })).toEqual([]);
    expect(await idsOf({ tag: 'fresh' })).toEqual([key.id]);
    for (const search of ['after', 'NEW', 'fres'])
      expect(await idsOf({ search })).toEqual([key.id]);
  });

  test('a key is found by its words when it is indexed, and by none when it is gone', async () => {
    const key = await add({ name: 'shortlived' });
    expect(await idsOf({ search: 'shortl' })).toEqual([key.id]);
    await done(opened.store, aChange(keyspaceId, [deletionOf(key)]));
    expect(await idsOf({ search: 'shortl' })).toEqual([]);
    const again = await add({ name: 'shortlived again' });
    expect(await idsOf({ search: 'shortl' })).toEqual([again.id]);
  });

  test('nothing is indexed twice', async () => {
    await addMany(3);
    expect(await idsOf()).toHaveLength(3);
    expect(await opened.store.indexKeys(100)).toBe(0);
  });

  test('last uses are answered for many keys at once, and for none', async () => {
    const key = await add();
    const count = { keyspaceId, keyId: key.id, secretNumber: 1, hourAt: DAY_AT, outcome: 'valid' };
    const counts = [{ ...count, count: 1, lastAt: DAY_AT + 5 }];
    await opened.store.recordUsage({ id: key.id, at: nowMs(), counts });
    const ids = [...Array.from({ length: 1_000 }, aKeyId), key.id];
    expect((await opened.store.lastUses(ids)).get(key.id)?.get(1)).toBe(DAY_AT + 5);
    expect((await opened.store.lastUses([])).size).toBe(0);
  });

  /** Reads all pages, doing something between them. @returns the ids in the order they came. */
  async function walk(limit: number, between: () => unknown = () => undefined) {
    const seen: KeyId[] = [];
    for (let after: KeyId | null = null; ; ) {
      const page = await idsOf({ limit, after });
      expect(page.length).toBeLessThanOrEqual(limit);
      seen.push(...page);
      expect(seen.length, 'a page came twice').toBeLessThan(100);
      const last = page.at(-1);
      if (last === undefined) return seen;
      after = last;
      await between();
    }
  }
});
