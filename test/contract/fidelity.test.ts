import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_METADATA_BYTES } from '../../src/keys/metadata.js';
import { MAX_SCOPES } from '../../src/keys/scopes.js';
import { MAX_TAGS, MAX_TEXT_LENGTH } from '../../src/keys/text.js';
import type { Write } from '../../src/store/change.js';
import type { Store } from '../../src/store/store.js';
import {
  aChange,
  aKey,
  aKeyFilter,
  aKeyspace,
  aKeyspaceId,
  anEvent,
  anInstanceId,
  anOwner,
  aPersonalValue,
  aSecret,
  attempt,
  DAY_AT,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  uniqueText,
} from './build.js';
import { type OpenedStore, stores } from './stores.js';
import { aBatch, aCount } from './usage-build.js';

describe.each(stores)('what is kept on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test.each([
    ['ASCII', 'x'.repeat(MAX_TEXT_LENGTH)],
    ['letters of two bytes', 'é'.repeat(MAX_TEXT_LENGTH)],
    ['letters of three bytes', '鍵'.repeat(MAX_TEXT_LENGTH)],
    ['surrogate pairs', '🔑'.repeat(MAX_TEXT_LENGTH / 2)],
    ['combining marks', 'e\u0301'.repeat(MAX_TEXT_LENGTH / 2)],
    ['what SQL means something by', `'; drop table keys; -- "\\' $1 ? :a @b %_ \`${'"'.repeat(9)}`],
    ['what JSON means something by', '{"a":[null,"\\u0000"]}\\n'],
  ])('texts of %s stay as they are, at their full length', async (_what, text) => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const fields = { name: text, owner: text, stateReason: text, stateChangedBy: text };
    const key = await inNewKey(store, keyspaceId, {
      ...fields,
      secrets: [aSecret({ hint: text })],
    });
    const owner = anOwner(keyspaceId, { id: text, name: text, emails: [text], locale: text });
    const personal = [aPersonalValue(keyspaceId, { ownerId: text, value: JSON.stringify(text) })];
    const events = [anEvent(keyspaceId, { reason: text, requestId: text })];
    const put: Write = { kind: 'put_owner', owner, expectedVersion: 0 };
    await done(store, aChange(keyspaceId, [put], { personal, events }));
    expect(await store.getKey(key.id, 'all')).toEqual(key);
    expect(await store.listKeys(aKeyFilter(keyspaceId, { owner: text, search: text }))).toEqual([
      key,
    ]);
    expect(await store.getOwner(keyspaceId, text)).toEqual(owner);
    expect(await store.personalValues([personal[0]?.commitment ?? ''])).toEqual(personal);
    const newest = { within: [keyspaceId], limit: 1, order: 'newest' } as const;
    expect(await store.listEvents(newest)).toMatchObject(events);
  });

  test('the largest key that is allowed stays as it is', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const segment = 'a'.repeat(64);
    const scope = (index: number) => `${Array(7).fill(segment).join(':')}:${index}`;
    const network = (index: number) =>
      `2001:db8:ffff:ffff:ffff:ffff:ffff:${index.toString(16)}/128`;
    const path = (index: number) => `/${Array(15).fill(segment).join('/')}/${index}`;
    const largest = await inNewKey(store, keyspaceId, {
      scopes: Array.from({ length: MAX_SCOPES }, (_none, index) => scope(index)),
      metadata: JSON.stringify({ text: 'x'.repeat(MAX_METADATA_BYTES - '{"text":""}'.length) }),
      tags: Array.from({ length: MAX_TAGS }, (_none, index) => `${segment.slice(3)}${100 + index}`),
      restrictions: {
        addresses: Array.from({ length: 100 }, (_none, index) => network(index)),
        paths: Array.from({ length: 100 }, (_none, index) => path(index)),
      },
      expiresAt: Number.MAX_SAFE_INTEGER,
      notBefore: 0,
      secrets: Array.from({ length: 20 }, (_none, index) =>
        aSecret({ number: index + 1, state: index < 19 ? 'revoked' : 'current' }),
      ),
      version: 2 ** 31 - 1,
    });
    expect(await store.getKey(largest.id, 'all')).toEqual(largest);
    const { metadata } = largest;
    const found = await store.findByDigest(largest.secrets[19]?.digest ?? aSecret().digest);
    expect(found).toMatchObject({
      metadata,
      secretNumber: 20,
      scopes: JSON.stringify(largest.scopes),
    });
    const tag = largest.tags.at(-1);
    expect(await store.listKeys(aKeyFilter(keyspaceId, { tag }))).toEqual([largest]);
  });

  test('metadata stays the text it was, to the byte', async () => {
    const { store } = opened;
    const keyspaceId = await inNewKeyspace(store);
    const metadata = '{"b":1,"a": 1.0,"n":12345678901234567890,"z":"\\u0000\\ud800 é🔑","b":2}';
    const key = await inNewKey(store, keyspaceId, { metadata });
    expect((await store.getKey(key.id, 'all'))?.metadata).toBe(metadata);
    const { digest } = key.secrets[0] ?? aSecret();
    expect((await store.findByDigest(digest))?.metadata).toBe(metadata);
  });

  test('what belongs to no keyspace is not kept', async () => {
    const { store } = opened;
    const nowhere = aKeyspaceId();
    const key = aKey(nowhere);
    const owner = anOwner(nowhere);
    const insert: Write = { kind: 'insert_key', key };
    const put: Write = { kind: 'put_owner', owner, expectedVersion: 0 };
    await expect(attempt(store, nowhere, insert)).rejects.toThrow(Error);
    await expect(attempt(store, nowhere, put)).rejects.toThrow(Error);
    expect(await store.getKey(key.id, 'all')).toBeUndefined();
    expect(await store.getOwner(nowhere, owner.id)).toBeUndefined();
    expect(await store.chainHead(nowhere)).toBeUndefined();
  });

  test('what is done to an object after it was handed in changes nothing that is kept', async () => {
    const { store } = opened;
    const { change, read } = await everythingIn(store);
    const before = structuredClone(await read());
    spoil(change);
    expect(await read()).toEqual(before);
  });

  test('what is done to an object that was handed out changes nothing that is kept', async () => {
    const { store } = opened;
    const { read } = await everythingIn(store);
    const handedOut = await read();
    const before = structuredClone(handedOut);
    spoil(handedOut);
    expect(await read()).toEqual(before);
  });
});

describe.each(stores)('closing on $name', ({ open }) => {
  test('closing twice is no fault', async () => {
    const { store, close } = await open();
    await store.close();
    await store.close();
    await close();
  });

  test('a closed store refuses every call', async () => {
    const { store, close } = await open();
    const keyspaceId = await inNewKeyspace(store);
    const { digest } = aSecret();
    await store.close();
    const calls: readonly (() => unknown)[] = [
      () => store.findByDigest(digest),
      () => store.getKey(aKey(keyspaceId).id, 'all'),
      () => store.listKeys(aKeyFilter(keyspaceId)),
      () => store.listKeyspaces(),
      () => store.commit(aChange(keyspaceId, [])),
      () => store.recordUsage(aBatch([aCount(keyspaceId)])),
      () => store.changesSince(0, 1),
      () => store.heartbeat({ id: anInstanceId(), confirmedSequence: 0, flushedUntil: 0 }),
      () => store.sweep(nowMs()),
    ];
    for (const call of calls) {
      await expect((async () => call())()).rejects.toMatchObject({ code: 'closed' });
    }
    await close();
  });
});

/** Writes one of everything. @returns what was handed in, and how to read all of it. */
async function everythingIn(store: Store) {
  const keyspace = aKeyspace({ scopes: ['a:b'] });
  const keyspaceId = keyspace.id;
  const key = aKey(keyspaceId, { tags: ['t'], restrictions: { methods: ['GET'] } });
  const { digest } = key.secrets[0] ?? aSecret();
  const owner = anOwner(keyspaceId);
  const personal = [aPersonalValue(keyspaceId)];
  const { id: idempotencyId } = { id: uniqueText() };
  const expiresAt = nowMs() + 60_000;
  const idempotency = { id: idempotencyId, bodyHash: 'hash', answer: '{}', expiresAt };
  const changes = [{ field: 'metadata', from: null, to: { a: ['b'] } }];
  const events = [anEvent(keyspaceId, { changes })];
  const writes: readonly Write[] = [
    { kind: 'insert_keyspace', keyspace },
    { kind: 'insert_key', key },
    { kind: 'put_owner', owner, expectedVersion: 0 },
  ];
  const change = aChange(keyspaceId, writes, { personal, idempotency, events });
  const [{ id: keyId }, ownerId] = [key, owner.id];
  const commitments = personal.map(({ commitment }) => commitment);
  const sequence = await done(store, change);
  const batch = aBatch([aCount(keyspaceId, { keyId })]);
  await store.recordUsage(batch);
  const instance = { id: anInstanceId(), confirmedSequence: sequence, flushedUntil: 0 };
  await store.heartbeat(instance);
  const { id: instanceId } = { ...instance };
  const within = [keyspaceId];
  const usage = { within, fromMs: 0, toMs: DAY_AT * 2, per: 'hour', by: 'key' } as const;
  const read = async () => ({
    found: await store.findByDigest(digest),
    key: await store.getKey(keyId, 'all'),
    keys: await store.listKeys(aKeyFilter(keyspaceId)),
    keyspace: (await store.listKeyspaces()).find(({ id }) => id === keyspaceId),
    owner: await store.getOwner(keyspaceId, ownerId),
    owners: await store.listOwners({ within, limit: 9, after: null }),
    events: await store.listEvents({ within, limit: 9, order: 'oldest' }),
    head: await store.chainHead(keyspaceId),
    personal: await store.personalValues(commitments),
    idempotent: await store.findIdempotent(idempotencyId, 0),
    usage: await store.usage({ ...usage, limit: 9, after: null }),
    lastUses: await store.lastUses([keyId]),
    counts: await store.counts(),
    feed: (await store.changesSince(sequence - 1, 9)).changes,
    instance: (await store.listInstances()).find(({ id }) => id === instanceId),
  });
  return { change: [change, batch, instance], read };
}

/** Changes every field that can be changed, at every depth. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Map) {
    for (const inner of value.values()) spoil(inner);
    value.clear();
  }
  for (const [name, inner] of Object.entries(value)) {
    spoil(inner);
    Reflect.set(value, name, 'spoilt');
  }
}
