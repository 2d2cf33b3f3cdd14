import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventId, type KeyspaceId, keyspaceIdFrom, newEventId } from '../keys/id.js';
import { type ChainFault, chainStart, linkEvent, verifyEvents } from './chain.js';
import type { AuditEvent, EventDraft } from './event.js';

const AT_MS = 1_790_035_200_000;
const KEYSPACE_ID = keyspaceOf('ks_01jdc8w0000000000000000000');
const OTHER_ID = keyspaceOf('ks_01jdc8w0000000000000000001');

const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const draft: fc.Arbitrary<EventDraft> = fc.record({
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => eventIdOf(bytes)),
  keyspaceId: fc.constant(KEYSPACE_ID),
  type: fc.constantFrom('key.created' as const, 'key.revoked' as const),
  at: fc.nat(),
  actor: fc.record({ kind: fc.constant('admin' as const), id: text }),
  subject: fc.record({ kind: fc.constant('key' as const), id: text }),
  changes: fc.array(
    fc.record({ field: text, from: fc.constantFrom(null, 1, 'a'), to: fc.constant({ a: ['b'] }) }),
    { maxLength: 2 },
  ),
  reason: fc.option(text),
  requestId: fc.option(text),
});
const drafts = fc.array(draft, { minLength: 2, maxLength: 6 });

function keyspaceOf(id: string): KeyspaceId {
  const keyspaceId = keyspaceIdFrom(id);
  if (keyspaceId === undefined) throw new Error(`${id} is no keyspace id.`);
  return keyspaceId;
}

function eventIdOf(bytes: Uint8Array) {
  return newEventId({ nowMs: AT_MS, random: { bytes: () => bytes } });
}

function chainOf(list: readonly EventDraft[]): readonly AuditEvent[] {
  const events: AuditEvent[] = [];
  for (const one of list) events.push(linkEvent(one, events.at(-1) ?? chainStart(KEYSPACE_ID)));
  return events;
}

function faultIn(events: readonly AuditEvent[]): ChainFault | undefined {
  const result = verifyEvents(events, chainStart(KEYSPACE_ID));
  return result.ok ? undefined : result.fault;
}

describe('a chain of events', () => {
  // Made with another implementation: json and hashlib of Python.
  test('is linked by the SHA-256 of what each event says and of the one before it', () => {
    const id: EventId = JSON.parse('"evt_01jdc8w0000000000000000000"');
    const event: EventDraft = {
      id,
      keyspaceId: KEYSPACE_ID,
      type: 'key.updated',
      at: AT_MS,
      actor: { kind: 'admin', id: 'root' },
      subject: { kind: 'key', id: 'key_01jdc8w0000000000000000000' },
      changes: [{ field: 'name', from: 'é', to: null }],
      reason: 'moved',
      requestId: null,
    };
    expect(chainStart(KEYSPACE_ID)).toEqual({
      number: 0,
      hash: '5_i6rf7rWVXF8Uo3Cdu_ti5TalxLJGKxOyTtNvMZYRQ',
    });
    expect(linkEvent(event, chainStart(KEYSPACE_ID))).toMatchObject({
      number: 1,
      hash: 'z5or0f97pqbzeS9q_scJgOyhTsOchSMplbK81PTpRac',
    });
  });

  test('verifies as it was linked, whole and in parts', () => {
    fc.assert(
      fc.property(drafts, fc.nat(), (list, place) => {
        const events = chainOf(list);
        const last = events.at(-1);
        const head = { number: list.length, hash: last?.hash };
        expect(verifyEvents(events, chainStart(KEYSPACE_ID))).toEqual({ ok: true, head });
        const cut = place % events.length;
        const first = verifyEvents(events.slice(0, cut), chainStart(KEYSPACE_ID));
        expect(first.ok && verifyEvents(events.slice(cut), first.head)).toEqual({ ok: true, head });
      }),
    );
  });

  test('verifies when its facts come back from JSON with their names in another order', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const stored = chainOf(list).map((event) => {
          const fields = Object.entries(event).reverse();
          return JSON.stringify(Object.fromEntries(fields));
        });
        expect(faultIn(stored.map((one) => JSON.parse(one)))).toBeUndefined();
      }),
    );
  });

  test('tells of any field of any event that was edited', () => {
    const edits: readonly Partial<AuditEvent>[] = [
      { id: eventIdOf(new Uint8Array(16).fill(9)) },
      { keyspaceId: OTHER_ID },
      { type: 'key.deleted' },
      { at: -1 },
      { actor: { kind: 'scheduler', id: 'x' } },
      { subject: { kind: 'owner', id: 'x' } },
      { changes: [{ field: 'x', from: null, to: 'y' }] },
      { reason: 'another reason' },
      { requestId: 'another request' },
      { hash: 'A'.repeat(43) },
    ];
    fc.assert(
      fc.property(drafts, fc.nat(), fc.constantFrom(...edits), (list, place, edit) => {
        const events = chainOf(list);
        const index = place % events.length;
        const edited = events.map((event, at) => (at === index ? { ...event, ...edit } : event));
        expect(faultIn(edited)).toEqual({ kind: 'edited', number: index + 1 });
      }),
    );
  });

  test('tells of an event that was taken out, put in twice, or moved', () => {
    fc.assert(
      fc.property(drafts, fc.nat(), (list, place) => {
        const events = chainOf(list);
        const index = place % (events.length - 1);
        const number = index + 1;
        const gap = { kind: 'gap', number };
        expect(faultIn(events.toSpliced(index, 1))).toEqual(gap);
        const twice = events.toSpliced(index, 0, ...events.slice(index, index + 1));
        expect(faultIn(twice)).toEqual({ kind: 'gap', number: number + 1 });
        const moved = events.toSpliced(index, 2, ...events.slice(index, index + 2).reverse());
        expect(faultIn(moved)).toEqual(gap);
      }),
    );
  });

  test('tells of an event that was rewritten with a hash that fits', () => {
    fc.assert(
      fc.property(drafts, fc.nat(), (list, place) => {
        const events = chainOf(list);
        const index = place % (events.length - 1);
        const before = events[index - 1] ?? chainStart(KEYSPACE_ID);
        const [original] = events.slice(index, index + 1);
        fc.pre(original !== undefined);
        const rewritten = linkEvent({ ...original, reason: 'never happened' }, before);
        const forged = events.toSpliced(index, 1, rewritten);
        expect(faultIn(forged)).toEqual({ kind: 'unlinked', number: index + 2 });
      }),
    );
  });

  test('of one keyspace is none of another', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const result = verifyEvents(chainOf(list), chainStart(OTHER_ID));
        expect(result).toEqual({ ok: false, fault: { kind: 'unlinked', number: 1 } });
      }),
    );
  });

  test('without events ends where it began', () => {
    const head = chainStart(KEYSPACE_ID);
    expect(verifyEvents([], head)).toEqual({ ok: true, head });
  });
});
