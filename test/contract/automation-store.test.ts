import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KeyspaceId, newDestinationId, newEventId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import type { DestinationRecord, SlotRow } from '../../src/store/automation.js';
import {
  aChange,
  aKeyId,
  anEvent,
  attempt,
  DAY_AT,
  deletionOf,
  idSource,
  inNewKey,
  inNewKeyspace,
} from './build.js';
import { rotationOf } from './rotation-build.js';
import { type OpenedStore, stores } from './stores.js';

const LATE = { ok: false, conflict: 'version' };
const TAKEN = { ok: false, conflict: 'exists' };

describe.each(stores)('what rotates keys by itself on $name', ({ open }) => {
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

  const automation = () => opened.store.automation;
  const aDestination = (fields: Partial<DestinationRecord> = {}): DestinationRecord => ({
    id: newDestinationId(idSource()),
    keyId: key.id,
    keyspaceId,
    name: 'production',
    kind: 'dotenv',
    settings: '{"path":"/srv/app/.env","variable":"API_KEY"}',
    position: 1,
    createdAt: DAY_AT,
    updatedAt: DAY_AT,
    version: 1,
    ...fields,
  });
  const put = (destination: DestinationRecord, expectedVersion = 0) =>
    attempt(opened.store, keyspaceId, { kind: 'put_destination', destination, expectedVersion });

  test('a destination is kept, changed under its version, and deleted', async () => {
    const destination = aDestination();
    expect(await put(destination)).toMatchObject({ ok: true });
    expect(await automation().getDestination(destination.id, 'all')).toEqual(destination);
    expect(await automation().getDestination(destination.id, [])).toBeUndefined();
    expect(await put(destination)).toMatchObject({ ok: false });
    const changed = { ...destination, name: 'staging', position: 3, version: 2 };
    expect(await put(changed, 9)).toEqual(LATE);
    expect(await put(changed, 1)).toMatchObject({ ok: true });
    expect(await automation().destinationsOf(key.id)).toEqual([changed]);
    const drop = (expectedVersion: number) =>
      attempt(opened.store, keyspaceId, {
        kind: 'delete_destination',
        destination: changed,
        expectedVersion,
      });
    expect(await drop(1)).toEqual(LATE);
    expect(await drop(2)).toMatchObject({ ok: true });
    expect(await automation().destinationsOf(key.id)).toEqual([]);
  });

  test('no two of a key have one name; they are written in order, and listed by id', async () => {
    const last = aDestination({ name: 'last', position: 9 });
    const first = aDestination({ name: 'first', position: 1 });
    const other = await inNewKey(opened.store, keyspaceId);
    const namesake = aDestination({ keyId: other.id, name: 'last' });
    for (const one of [last, first, namesake]) expect(await put(one)).toMatchObject({ ok: true });
    expect(await put(aDestination({ name: 'last' }))).toEqual(TAKEN);
    expect(await put({ ...first, name: 'last', version: 2 }, 1)).toEqual(TAKEN);
    expect(await automation().destinationsOf(key.id)).toEqual([first, last]);
    const page = { within: [keyspaceId], after: null, limit: 2 };
    const ids = [last, first, namesake].map(({ id }) => id).sort();
    const listed = await automation().listDestinations(page);
    expect(listed.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const rest = await automation().listDestinations({ ...page, after: listed[1]?.id ?? null });
    expect(rest.map(({ id }) => id)).toEqual(ids.slice(2));
    const own = await automation().listDestinations({ ...page, keyId: other.id });
    expect(own).toEqual([namesake]);
    expect(await automation().listDestinations({ ...page, within: [] })).toEqual([]);
  });

  test('slots are kept with how far the planning is, by who was first', async () => {
    const before = await automation().planning();
    const jobs = [{ keyspaceId, policy: 'quarterly', after: null }];
    const after = { sequence: before.sequence + 7, jobs };
    const slot: SlotRow = { keyId: key.id, keyspaceId, dueAt: DAY_AT + 9, startAt: DAY_AT + 5 };
    const gone: SlotRow = { ...slot, keyId: aKeyId() };
    const save = () =>
      automation().savePlanning({ slots: [slot, gone], without: [], before, after });
    expect(await Promise.all([save(), save()])).toHaveLength(2);
    expect(await save()).toBe(false);
    expect(await automation().planning()).toEqual(after);
    expect(await automation().slotsOf([key.id, gone.keyId])).toEqual([slot]);
    const mine = (rows: readonly SlotRow[]) => rows.filter(({ keyId }) => keyId === key.id);
    expect(mine(await automation().dueSlots(DAY_AT + 4, 100))).toEqual([]);
    expect(mine(await automation().dueSlots(DAY_AT + 5, 100))).toEqual([slot]);
    const end = { sequence: after.sequence, jobs: [] };
    const rest = { slots: [], without: [key.id], before: after, after: end };
    expect(await automation().savePlanning(rest)).toBe(true);
    expect(await automation().slotsOf([key.id])).toEqual([]);
  });

  test('how far the review is is kept by who was first, beside how far the planning is', async () => {
    const [planning, before] = [await automation().planning(), await automation().reviewing()];
    const job = { keyspaceId, policy: 'quarterly', after: null };
    const begun = { startedAt: before.startedAt + DAY_AT, jobs: [job] };
    expect(await automation().saveReviewing({ before, after: begun })).toBe(true);
    expect(await automation().saveReviewing({ before, after: begun })).toBe(false);
    expect(await automation().reviewing()).toEqual(begun);
    const further = { ...begun, jobs: [{ ...job, after: key.id }] };
    expect(await automation().saveReviewing({ before: begun, after: further })).toBe(true);
    expect(await automation().saveReviewing({ before: begun, after: begun })).toBe(false);
    expect(await automation().reviewing()).toEqual(further);
    expect(await automation().planning()).toEqual(planning);
  });

  test('when an event was recorded is known by its id', async () => {
    const [event] = await opened.store.listEvents({
      ...{ within: [keyspaceId], subjectId: key.id, limit: 1, order: 'newest' },
    });
    if (event === undefined) throw new Error('A key was made without an event.');
    const none = newEventId(idSource());
    const known = await automation().recordedAt([none, event.id]);
    expect(known).toEqual(new Map([[event.id, event.at]]));
    expect(await automation().recordedAt([])).toEqual(new Map());
  });

  test('the last two times that a key was said to be unused are known, the newest first', async () => {
    const other = await inNewKey(opened.store, keyspaceId);
    const say = async (id: typeof key.id, at: number) => {
      const subject = { kind: 'key', id } as const;
      const event = anEvent(keyspaceId, { type: 'key.unused', at, subject });
      await opened.store.commit({ ...aChange(keyspaceId, []), events: [event] });
      return { id: event.id, recordedAt: at };
    };
    await say(key.id, DAY_AT);
    // By when they were recorded, whatever a clock said.
    const [before, last] = [await say(key.id, DAY_AT + 9), await say(key.id, DAY_AT + 5)];
    const only = await say(other.id, DAY_AT + 1);
    const silent = await inNewKey(opened.store, keyspaceId);
    expect(await automation().warningsOf([key.id, other.id, silent.id])).toEqual(
      new Map([
        [key.id, [last, before]],
        [other.id, [only]],
      ]),
    );
    expect(await automation().warningsOf([])).toEqual(new Map());
  });

  test('a slot is rotated for once, and the last one is known', async () => {
    const insert = (fields: { readonly dueAt: number | null }) => {
      const rotation = rotationOf(key, { isOpen: false, ...fields });
      return attempt(opened.store, keyspaceId, { kind: 'insert_rotation', rotation, lease: null });
    };
    expect(await automation().usedDueTimes([key.id], Number.MAX_SAFE_INTEGER)).toEqual(new Map());
    expect(await insert({ dueAt: DAY_AT })).toMatchObject({ ok: true });
    expect(await insert({ dueAt: DAY_AT })).toEqual(TAKEN);
    expect(await insert({ dueAt: DAY_AT + 1 })).toMatchObject({ ok: true });
    expect(await insert({ dueAt: null })).toMatchObject({ ok: true });
    expect(await insert({ dueAt: null })).toMatchObject({ ok: true });
    expect(await automation().usedDueTimes([key.id], Number.MAX_SAFE_INTEGER)).toEqual(
      new Map([[key.id, DAY_AT + 1]]),
    );
  });

  test('a key that is deleted takes its destinations and its slot with it', async () => {
    const destination = aDestination();
    await put(destination);
    const before = await automation().planning();
    const slots = [{ keyId: key.id, keyspaceId, dueAt: 2, startAt: 1 }];
    const after = { sequence: before.sequence + 1, jobs: [] };
    await automation().savePlanning({ slots, without: [], before, after });
    expect(await attempt(opened.store, keyspaceId, deletionOf(key))).toMatchObject({ ok: true });
    expect(await automation().getDestination(destination.id, 'all')).toBeUndefined();
    expect(await automation().slotsOf([key.id])).toEqual([]);
  });
});
