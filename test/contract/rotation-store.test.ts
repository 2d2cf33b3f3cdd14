import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InstanceId, KeyspaceId, RotationId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import type { Write } from '../../src/store/change.js';
import type { Lease, RotationRecord } from '../../src/store/rotation.js';
import {
  aChange,
  aDigest,
  anInstanceId,
  attempt,
  DAY_AT,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  updateOf,
} from './build.js';
import { LATE, rotationOf, seenBy } from './rotation-build.js';
import { type OpenedStore, stores } from './stores.js';
import { aBatch } from './usage-build.js';

const MINUTE_MS = 60_000;
const LATER = 4_000_000_000_000;

describe.each(stores)('rotations on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  let key: KeyRecord;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
    key = await inNewKey(opened.store, keyspaceId);
  });
  afterAll(() => opened.close());

  const store = () => opened.store;
  const aRotation = (fields: Partial<RotationRecord> = {}) => rotationOf(key, fields);
  const insert = (rotation: RotationRecord, lease: (Lease & { untilMs: number }) | null = null) =>
    attempt(store(), keyspaceId, { kind: 'insert_rotation', rotation, lease });
  const update = (before: RotationRecord, fields: Partial<RotationRecord>, lease: Lease | null) => {
    const rotation = { ...before, ...fields, version: before.version + 1 };
    const expectedVersion = before.version;
    const write = { kind: 'update_rotation', rotation, expectedVersion, lease } as const;
    return attempt(store(), keyspaceId, write);
  };
  const stored = (id: RotationId) => store().getRotation(id, 'all');
  const inserted = async (fields: Partial<RotationRecord> = {}) => {
    const rotation = aRotation(fields);
    expect(await insert(rotation)).toMatchObject({ ok: true });
    return rotation;
  };
  const leased = async (id: RotationId, of: { owner?: InstanceId; nowMs?: number } = {}) => {
    const { owner = anInstanceId(), nowMs: at = nowMs() } = of;
    const query = {
      owner,
      id,
      nowMs: at,
      leaseMs: MINUTE_MS,
      mostMs: Number.MAX_SAFE_INTEGER / 2,
      limit: 1,
    };
    const [one] = await store().leaseRotations(query);
    return one?.lease;
  };

  test('comes back as it was written', async () => {
    const rotation = await inserted({ claimDigest: aDigest(), evidence: '{"a":1}', nextAt: null });
    expect(await stored(rotation.id)).toEqual(rotation);
    expect(await store().openRotationOf(key.id)).toEqual(rotation);
    expect(await store().getRotation(rotation.id, [])).toBeUndefined();
    const other = await inNewKeyspace(store());
    expect(await store().getRotation(rotation.id, [other])).toBeUndefined();
    const { claimDigest } = rotation;
    expect(claimDigest && (await store().findClaim(claimDigest))).toEqual(rotation);
    expect(await store().findClaim(aDigest())).toBeUndefined();
  });

  test('are one a key while one is open, and any number once closed', async () => {
    const first = await inserted();
    expect(await insert(aRotation())).toEqual({ ok: false, conflict: 'exists' });
    const closing = { isOpen: false, state: 'completed', closedAt: DAY_AT } as const;
    expect(await update(first, closing, null)).toMatchObject({ ok: true });
    expect(await store().openRotationOf(key.id)).toBeUndefined();
    const second = await inserted();
    expect(await store().openRotationOf(key.id)).toEqual(second);
  });

  test('are one a key, of fifty that are asked for at once', async () => {
    const all = Array.from({ length: 50 }, () => aRotation());
    const results = await Promise.all(all.map((one) => insert(one)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const refused = results.filter(({ ok }) => !ok);
    expect(refused).toEqual(refused.map(() => ({ ok: false, conflict: 'exists' })));
  });

  test('have a place of their own for each claim', async () => {
    const claimDigest = aDigest();
    await inserted({ claimDigest });
    key = await inNewKey(store(), keyspaceId);
    expect(await insert(aRotation({ claimDigest }))).toEqual({ ok: false, conflict: 'exists' });
    expect(await store().openRotationOf(key.id)).toBeUndefined();
    // Nor does a link that is made later take another's place; its own it keeps.
    const other = await inserted();
    expect(await update(other, { claimDigest }, null)).toEqual({ ok: false, conflict: 'exists' });
    expect(await stored(other.id)).toEqual(other);
    const own = { ...other, version: 1, claimDigest: aDigest() };
    expect(await update(other, { claimDigest: own.claimDigest }, null)).toMatchObject({ ok: true });
    expect(await update({ ...own, version: 2 }, { nextAt: LATER }, null)).toMatchObject({
      ok: true,
    });
  });

  test('change from the version that was read, and no more once closed', async () => {
    const rotation = await inserted();
    expect(await update(rotation, { step: 'activate' }, null)).toMatchObject({ ok: true });
    expect(await update(rotation, { step: 'probe' }, null)).toEqual(LATE);
    const now = { ...rotation, step: 'activate', version: 2 } as const;
    expect(await stored(rotation.id)).toEqual(now);
    expect(await update(now, { isOpen: false, state: 'aborted' }, null)).toMatchObject({
      ok: true,
    });
    const closed = { ...now, isOpen: false, state: 'aborted', version: 3 } as const;
    expect(await update(closed, { isOpen: true, state: 'running' }, null)).toEqual(LATE);
    expect(await stored(rotation.id)).toEqual(closed);
  });

  test('keep what they are about', async () => {
    const rotation = await inserted();
    const { id: keyId } = await inNewKey(store(), keyspaceId);
    await update(rotation, { keyId, createdAt: 1, details: '{"b":2}' }, null);
    expect(await stored(rotation.id)).toEqual({ ...rotation, details: '{"b":2}', version: 2 });
  });

  test('are taken by one of many who come at once, with a fence that grows', async () => {
    const { id } = await inserted();
    const all = await Promise.all(Array.from({ length: 8 }, () => leased(id)));
    const [first, ...others] = all.filter((lease) => lease !== undefined);
    expect(others).toEqual([]);
    expect(first).toMatchObject({ fence: 1 });
    expect(await leased(id)).toBeUndefined();
    expect(await leased(id, { nowMs: nowMs() + MINUTE_MS + 1 })).toMatchObject({ fence: 2 });
  });

  test('are taken when they are due, the longest due first, as many as were asked for', async () => {
    const due: RotationRecord[] = [];
    for (const nextAt of [30, 10, 20]) {
      key = await inNewKey(store(), keyspaceId);
      due.push(await inserted({ nextAt }));
    }
    for (const fields of [{ nextAt: null }, { nextAt: nowMs() + MINUTE_MS }]) {
      key = await inNewKey(store(), keyspaceId);
      await inserted(fields);
    }
    const query = {
      owner: anInstanceId(),
      nowMs: 25,
      leaseMs: MINUTE_MS,
      mostMs: Number.MAX_SAFE_INTEGER / 2,
    };
    const first = await store().leaseRotations({ ...query, limit: 1 });
    expect(first.map(({ rotation }) => rotation)).toEqual([due[1]]);
    // The clock of who asks says when the lease ends.
    const rest = await store().leaseRotations({ ...query, limit: 9 });
    expect(rest.map(({ rotation }) => rotation)).toEqual([due[2]]);
  });

  test('are taken though a clock that was ahead holds them, or has put them off, for a year', async () => {
    const yearMs = 365 * 24 * 60 * MINUTE_MS;
    const mostMs = 24 * 60 * MINUTE_MS;
    const query = { owner: anInstanceId(), leaseMs: MINUTE_MS, mostMs, limit: 9 };
    const held = await inserted({ nextAt: nowMs() });
    await leased(held.id, { nowMs: nowMs() + yearMs });
    key = await inNewKey(store(), keyspaceId);
    const putOff = await inserted({ nextAt: nowMs() + yearMs });
    key = await inNewKey(store(), keyspaceId);
    const later = await inserted({ nextAt: nowMs() + mostMs / 2 });
    const taken = await store().leaseRotations({ ...query, nowMs: nowMs() });
    const ids = taken.map(({ rotation }) => rotation.id);
    expect(ids).toEqual(expect.arrayContaining([held.id, putOff.id]));
    expect(ids).not.toContain(later.id);
    // It is held by who is here now, and its fence is a higher one.
    expect(await store().leaseRotations({ ...query, id: held.id, nowMs: nowMs() })).toEqual([]);
  });

  test('are not written by who has slept past its lease', async () => {
    const rotation = await inserted();
    const lease = await leased(rotation.id, { nowMs: nowMs() - 2 * MINUTE_MS });
    if (lease === undefined) throw new Error('It was not taken.');
    expect(await update(rotation, { step: 'probe' }, lease)).toEqual(LATE);
    const seen = { id: rotation.id, version: 1, nextAt: LATER, evidence: '{"seen":true}' };
    await store().recordSightings([{ ...seen, lease }]);
    expect(await stored(rotation.id)).toEqual(rotation);
  });

  test('are not written by who has lost its lease to another', async () => {
    const rotation = await inserted();
    const owner = anInstanceId();
    const old = await leased(rotation.id, { owner, nowMs: nowMs() - 2 * MINUTE_MS });
    const now = await leased(rotation.id, { owner });
    if (old === undefined || now === undefined) throw new Error('It was not taken.');
    const seen = { id: rotation.id, version: 1, nextAt: LATER, evidence: '{"seen":true}' };
    await store().recordSightings([{ ...seen, lease: old }]);
    expect(await update(rotation, { step: 'probe' }, old)).toEqual(LATE);
    expect(await stored(rotation.id)).toEqual(rotation);
    // Nor has the late one let go of it for the other.
    expect(await leased(rotation.id)).toBeUndefined();
    const another = { ...now, owner: anInstanceId() };
    expect(await update(rotation, { step: 'probe' }, another)).toEqual(LATE);
    expect(await update(rotation, { step: 'probe' }, now)).toMatchObject({ ok: true });
  });

  test('are written with the key by a holder, or neither is', async () => {
    const rotation = await inserted();
    const lease = await leased(rotation.id, { nowMs: nowMs() - 2 * MINUTE_MS });
    if (lease === undefined) throw new Error('It was not taken.');
    const next = { ...rotation, version: 2 };
    const late: Write = { kind: 'update_rotation', rotation: next, expectedVersion: 1, lease };
    const change = aChange(keyspaceId, [updateOf(key, { name: 'late' }), late]);
    expect(await store().commit(change)).toEqual(LATE);
    expect(await store().getKey(key.id, 'all')).toEqual(key);
  });

  test('are let go of by a sighting, which changes no version', async () => {
    const rotation = await inserted();
    const lease = await leased(rotation.id);
    if (lease === undefined) throw new Error('It was not taken.');
    const seen = { id: rotation.id, lease, version: 1, nextAt: LATER, evidence: '{"seen":true}' };
    await store().recordSightings([seen]);
    const { nextAt, evidence } = seen;
    expect(await stored(rotation.id)).toEqual({ ...rotation, nextAt, evidence });
    expect(await leased(rotation.id)).toMatchObject({ fence: 2 });
  });

  test('keep what a person said over what was seen before', async () => {
    const rotation = await inserted();
    const lease = await leased(rotation.id);
    if (lease === undefined) throw new Error('It was not taken.');
    await update(rotation, { nextAt: LATER + 1, evidence: null }, null);
    const seen = { id: rotation.id, lease, version: 1, nextAt: LATER, evidence: '{"seen":true}' };
    await store().recordSightings([seen]);
    expect(await stored(rotation.id)).toMatchObject({
      nextAt: LATER + 1,
      evidence: null,
      version: 2,
    });
    expect(await leased(rotation.id)).toMatchObject({ fence: 2 });
  });

  test('are listed newest first, by key, state, place and page', async () => {
    const first = await inserted();
    await update(first, { isOpen: false, state: 'completed' }, null);
    const second = await inserted();
    const mine = key;
    key = await inNewKey(store(), keyspaceId);
    const third = await inserted({ state: 'waiting' });
    const list = async (filter: object) => {
      const all = { within: [keyspaceId], limit: 9, after: null };
      return (await store().listRotations({ ...all, ...filter })).map(({ id }) => id);
    };
    expect(await list({})).toEqual([third.id, second.id, first.id]);
    expect(await list({ limit: 1 })).toEqual([third.id]);
    expect(await list({ after: third.id })).toEqual([second.id, first.id]);
    expect(await list({ keyId: mine.id })).toEqual([second.id, first.id]);
    expect(await list({ isOpen: true })).toEqual([third.id, second.id]);
    expect(await list({ isOpen: false })).toEqual([first.id]);
    expect(await list({ state: 'waiting' })).toEqual([third.id]);
    expect(await list({ within: [] })).toEqual([]);
    expect(await list({ within: [await inNewKeyspace(store())] })).toEqual([]);
  });

  test('go with their key', async () => {
    const rotation = await inserted();
    await store().recordUsage({ ...aBatch([]), consumers: [seenBy(key)] });
    await done(store(), aChange(keyspaceId, [updateOf(key, { state: 'revoked' })]));
    const revoked = { ...key, version: 2 };
    await done(store(), aChange(keyspaceId, [deletionOf(revoked)]));
    expect(await stored(rotation.id)).toBeUndefined();
    expect(await store().listConsumers(key.id, 9)).toEqual([]);
    // What was seen before is written later: nobody's rows come back.
    await store().recordUsage({ ...aBatch([]), consumers: [seenBy(key)] });
    expect(await store().listConsumers(key.id, 9)).toEqual([]);
  });
});
