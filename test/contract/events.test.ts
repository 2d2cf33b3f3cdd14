import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chainStart, linkEvent, verifyEvents } from '../../src/audit/chain.js';
import type { EventDraft } from '../../src/audit/event.js';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { EventFilter, StoredEvent } from '../../src/store/store.js';
import {
  aChange,
  aKey,
  aKeyId,
  aKeyspaceId,
  anEvent,
  DAY_AT,
  done,
  inNewKeyspace,
} from './build.js';
import { type OpenedStore, stores } from './stores.js';

describe.each(stores)('events on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(() => {
    keyspaceId = aKeyspaceId();
  });
  afterAll(() => opened.close());

  /** Commits the drafts, each as a change of its own. @returns their sequence numbers. */
  async function record(...drafts: readonly Partial<EventDraft>[]): Promise<readonly number[]> {
    const sequences: number[] = [];
    for (const fields of drafts) {
      const events = [anEvent(keyspaceId, fields)];
      sequences.push(await done(opened.store, aChange(keyspaceId, [], { events })));
    }
    return sequences;
  }

  function list(fields: Partial<EventFilter> = {}): Promise<readonly StoredEvent[]> {
    const filter = { within: [keyspaceId], limit: 200, order: 'oldest', ...fields } as const;
    return opened.store.listEvents(filter);
  }

  const sequencesOf = (events: readonly StoredEvent[]) => events.map(({ sequence }) => sequence);

  test('an event comes back as it was recorded, in its place', async () => {
    const draft = anEvent(keyspaceId, {
      type: 'key.updated',
      at: DAY_AT + 5,
      actor: { kind: 'management_key', id: aKeyId() },
      subject: { kind: 'key', id: aKeyId() },
      changes: [
        { field: 'scopes', from: ['a:b'], to: ['a:b', 'c:d'] },
        { field: 'metadata', from: null, to: { plan: { seats: 3, ratio: 0.25 }, on: true } },
      ],
      reason: 'asked for by mail',
      requestId: 'req-1',
    });
    const sequence = await done(opened.store, aChange(keyspaceId, [], { events: [draft] }));
    const linked = linkEvent(draft, chainStart(keyspaceId));
    expect(await list()).toEqual([{ ...linked, sequence }]);
  });

  test('each event is linked to the one before it in its keyspace', async () => {
    const other = aKeyspaceId();
    await record({}, {});
    await done(opened.store, aChange(other, []));
    await done(
      opened.store,
      aChange(keyspaceId, [], {
        events: [anEvent(keyspaceId), anEvent(other), anEvent(keyspaceId)],
      }),
    );
    const events = await list();
    expect(events.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    const head = await opened.store.chainHead(keyspaceId);
    expect(verifyEvents(events, chainStart(keyspaceId))).toEqual({ ok: true, head });
    const others = await list({ within: [other] });
    const otherHead = await opened.store.chainHead(other);
    expect(verifyEvents(others, chainStart(other))).toEqual({ ok: true, head: otherHead });
    expect(otherHead?.number).toBe(2);
  });

  test('a chain with values that are hard to keep still verifies', async () => {
    const texts = ['\u0000\u001f', 'é e\u0301 🔑', '\ud800', '"\\/\b', "'; drop table events; --"];
    const numbers = [0, -1, 1.5, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, 2 ** 53];
    const tangled = { b: 1, a: { '': [], z: {}, 10: 'ten', 9: 'nine' } };
    const changes = [...texts, ...numbers, tangled, [[[]]], true, null].map((to) => ({
      field: 'metadata',
      from: null,
      to,
    }));
    await record({ changes, reason: 'é🔑 \\ "' }, {});
    const events = await list();
    expect(verifyEvents(events, chainStart(keyspaceId))).toMatchObject({ ok: true });
    expect(events[0]?.changes).toEqual(changes);
  });

  test('a keyspace without events has no head', async () => {
    expect(await opened.store.chainHead(keyspaceId)).toBeUndefined();
    expect(await list()).toEqual([]);
  });

  test('sequence numbers count every event of every keyspace, in the order of commits', async () => {
    const other = aKeyspaceId();
    const [first = 0] = await record({});
    const events = [anEvent(other), anEvent(keyspaceId)];
    const second = await done(opened.store, aChange(other, [], { events }));
    const [third] = await record({});
    expect([second, third]).toEqual([first + 2, first + 3]);
    const all = await list({ within: [other, keyspaceId] });
    expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4].map((n) => first - 1 + n));
  });

  test('a refused change takes no number', async () => {
    const [first = 0] = await record({});
    const key = aKey(keyspaceId, { version: 2 });
    const update = { kind: 'update_key', key, expectedVersion: 1, changedSecrets: [] } as const;
    expect(await opened.store.commit(aChange(keyspaceId, [update]))).toMatchObject({ ok: false });
    expect(await record({})).toEqual([first + 1]);
    expect(await opened.store.chainHead(keyspaceId)).toMatchObject({ number: 2 });
  });

  test('the newest come first or the oldest, as asked', async () => {
    const sequences = await record({}, {}, {});
    expect(sequencesOf(await list({ order: 'oldest' }))).toEqual(sequences);
    expect(sequencesOf(await list({ order: 'newest' }))).toEqual(sequences.toReversed());
  });

  test.each(['newest', 'oldest'] as const)(
    'pages from the %s have no gap and no repeat',
    async (order) => {
      const sequences = await record(...Array.from({ length: 9 }, () => ({})));
      const seen: number[] = [];
      for (let cut: number | undefined; ; cut = seen.at(-1)) {
        const page = sequencesOf(await list({ order, limit: 4, afterSequence: cut }));
        if (page.length === 0) break;
        seen.push(...page);
        expect(seen.length, 'a page came twice').toBeLessThan(100);
        if (order === 'newest') await record({}); // What is added later is on no later page.
      }
      expect(seen).toEqual(order === 'newest' ? sequences.toReversed() : sequences);
    },
  );

  test('each filter finds what it names', async () => {
    const subject = { kind: 'key', id: aKeyId() } as const;
    const [wanted] = await record(
      { subject, type: 'key.revoked', at: DAY_AT + 10 },
      { subject: { kind: 'key', id: aKeyId() }, type: 'key.created', at: DAY_AT + 20 },
    );
    expect(sequencesOf(await list({ subjectId: subject.id }))).toEqual([wanted]);
    expect(sequencesOf(await list({ type: 'key.revoked' }))).toEqual([wanted]);
    expect(sequencesOf(await list({ toMs: DAY_AT + 20 }))).toEqual([wanted]);
    const all = { subjectId: subject.id, type: 'key.revoked', fromMs: DAY_AT, toMs: DAY_AT + 11 };
    expect(sequencesOf(await list(all))).toEqual([wanted]);
    expect(await list({ ...all, type: 'key.created' })).toEqual([]);
    expect(await list({ type: 'no.such_type' })).toEqual([]);
  });

  test('a time range holds its beginning and not its end', async () => {
    const [early, late] = await record({ at: DAY_AT }, { at: DAY_AT + 1 });
    expect(sequencesOf(await list({ fromMs: DAY_AT }))).toEqual([early, late]);
    expect(sequencesOf(await list({ fromMs: DAY_AT + 1 }))).toEqual([late]);
    expect(sequencesOf(await list({ toMs: DAY_AT + 1 }))).toEqual([early]);
    expect(await list({ fromMs: DAY_AT, toMs: DAY_AT })).toEqual([]);
  });

  test('only events within the asked keyspaces are listed', async () => {
    const own = await record({});
    const other = aKeyspaceId();
    const foreign = await done(opened.store, aChange(other, []));
    expect(sequencesOf(await list({ within: [other] }))).toEqual([foreign]);
    expect(sequencesOf(await list({ within: [other, keyspaceId] }))).toEqual([...own, foreign]);
    expect(await list({ within: [] })).toEqual([]);
    const newest = await list({ within: 'all', order: 'newest', limit: 2 });
    expect(sequencesOf(newest)).toEqual([foreign, ...own]);
  });

  test('erasing what is personal leaves the chain whole', async () => {
    const space = await inNewKeyspace(opened.store);
    const erase = { kind: 'erase_personal', keyspaceId: space, ownerId: 'acme' } as const;
    await done(opened.store, aChange(space, [erase]));
    const events = await list({ within: [space] });
    expect(verifyEvents(events, chainStart(space))).toMatchObject({ ok: true });
  });
});
