import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyspaceIdFrom } from '../../src/keys/id.js';
import { settleFlood } from '../../src/notify/flood.js';
import { isUrgent, type KeyNotice, keyCountOf, type Notice } from '../../src/notify/notice.js';
import { grouped, idempotencyKeyOf, recipientsOf } from '../../src/notify/plan.js';
import {
  facts,
  keyNoticeKinds,
  keyspaceId,
  noticedAtMs,
  noticeKey,
  noticeOf,
} from '../setup/notices.js';

const letter = fc.constantFrom(...'0123456789abcdefghjkmnpqrstvwxyz');
const owner = fc.option(fc.constantFrom('acme', 'zenit', 'orb'), { nil: null });

/** A notice of any kind about one key, of few owners, stages and cycles, so that some meet. */
const notices: fc.Arbitrary<KeyNotice> = fc
  .record({
    kind: fc.constantFrom(...keyNoticeKinds),
    key: letter,
    owner,
    stage: fc.constantFrom('30d', '7d'),
    cycle: fc.constantFrom('2026', '2027'),
    isEmergency: fc.boolean(),
  })
  .map(({ kind, key, owner: id, ...rest }) => ({
    ...noticeOf(kind, [noticeKey(key)]),
    ...rest,
    owner: id === null ? null : { id, name: null },
  }));

function placeOf(notice: KeyNotice): string {
  const { kind, stage, cycle, isEmergency } = notice;
  return JSON.stringify([kind, notice.owner?.id, stage, cycle, isEmergency]);
}

function keysIn(list: readonly KeyNotice[]): readonly string[] {
  const all = list.flatMap((one) => one.items.map(({ id }) => `${placeOf(one)} ${id}`));
  return [...new Set(all)].toSorted();
}

describe('grouping', () => {
  test('leaves one notice for each owner, kind, stage and cycle, and loses no key', () => {
    fc.assert(
      fc.property(fc.array(notices), (list) => {
        const groups = grouped(list);
        expect(new Set(groups.map(placeOf)).size).toBe(groups.length);
        expect(keysIn(groups)).toEqual(keysIn(list));
        for (const { items } of groups) {
          expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
        }
      }),
    );
  });

  test('says the same in whatever order its notices came, and again of what it said', () => {
    fc.assert(
      fc.property(fc.array(notices), (list) => {
        const byPlace = (one: readonly KeyNotice[]) =>
          one.toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1));
        expect(byPlace(grouped(list.toReversed()))).toEqual(byPlace(grouped(list)));
        expect(grouped(grouped(list))).toEqual(grouped(list));
      }),
    );
  });

  test('names the key first that is due first', () => {
    const dueAt = (key: string, dueAtMs: number): KeyNotice => ({
      ...noticeOf('due'),
      items: [{ ...noticeKey(key), ...facts.due, dueAtMs }],
    });
    const [group] = grouped([dueAt('a', 9), dueAt('b', 3), dueAt('c', 5)]);
    expect(group?.items.map(({ id }) => id.at(-1))).toEqual(['b', 'c', 'a']);
  });
});

describe('an idempotency key', () => {
  test('is the same for what an owner is told once of, and for nothing else', () => {
    fc.assert(
      fc.property(notices, notices, (left, right) => {
        const isSame = placeOf(left) === placeOf(right);
        const [one, other] = [left, right].map((notice) => idempotencyKeyOf(notice, 'mail'));
        expect(one === other).toBe(isSame);
        expect(one).toMatch(/^ntc_[0-9a-f]{32}$/);
        expect(idempotencyKeyOf(left, 'slack')).not.toBe(one);
      }),
    );
  });

  test('does not change when keys join', () => {
    const alone = noticeOf('due', [noticeKey('a')]);
    const more = noticeOf('due', [noticeKey('a'), noticeKey('b')]);
    expect(idempotencyKeyOf(more, 'mail')).toBe(idempotencyKeyOf(alone, 'mail'));
  });
});

describe('who is told', () => {
  const reachable = { emails: ['ops@customer.example'], erasedAtMs: null };
  const lost = [null, { emails: [], erasedAtMs: null }, { ...reachable, erasedAtMs: 1 }];

  test('is somebody, but of a claim whose owner has no address', () => {
    fc.assert(
      fc.property(notices, fc.constantFrom(reachable, ...lost), (notice, whose) => {
        const told = recipientsOf(notice, whose);
        const isTold = told.isToOperators || told.ownerEmails.length > 0;
        const isLostLink = notice.kind === 'claim_link' && whose !== reachable;
        expect(isTold).toBe(!isLostLink);
        if (isLostLink) expect(told.isOwnerUnreachable).toBe(true);
      }),
    );
  });

  test('of a claim is its owner alone, and of what only operators can mend, they alone', () => {
    for (const kind of keyNoticeKinds) {
      const told = recipientsOf(noticeOf(kind), reachable);
      if (kind === 'claim_link') expect(told.isToOperators).toBe(false);
      const isInternal = [
        'needs_approval',
        'needs_operator',
        'failed',
        'owner_unreachable',
        'not_started',
      ].includes(kind);
      expect(told.ownerEmails).toEqual(isInternal ? [] : reachable.emails);
    }
  });
});

describe('a flood', () => {
  const bound = { count: 5, windowMs: 60_000 };
  const sent = fc.array(
    fc.record({
      atMs: fc.integer({ min: noticedAtMs - 90_000, max: noticedAtMs }),
      isDigest: fc.boolean(),
    }),
    { maxLength: 8 },
  );

  function noticeCountOf(notice: Notice): number {
    if (notice.kind !== 'digest') return 1;
    return notice.parts.reduce((sum, part) => sum + part.noticeCount, 0);
  }

  test('becomes a digest, in which each notice and each key is counted once', () => {
    fc.assert(
      fc.property(fc.array(notices, { maxLength: 30 }), sent, (waiting, before) => {
        const settled = settleFlood(waiting, before, { nowMs: noticedAtMs, bound });
        const all = [...settled.send, ...settled.hold];
        const sum = (list: readonly Notice[], of: (notice: Notice) => number) =>
          list.reduce((total, notice) => total + of(notice), 0);
        expect(sum(all, noticeCountOf)).toBe(waiting.length);
        expect(sum(all, keyCountOf)).toBe(sum(waiting, keyCountOf));
        expect(settled.hold.some(isUrgent)).toBe(false);
        expect(settled.untilMs === null).toBe(settled.hold.length === 0);
        if (settled.untilMs !== null) expect(settled.untilMs).toBeGreaterThan(noticedAtMs);
      }),
    );
  });

  test('takes a channel no more than its bound and a digest, beside what is urgent', () => {
    fc.assert(
      fc.property(fc.array(notices, { maxLength: 40 }), sent, (waiting, before) => {
        const { send } = settleFlood(waiting, before, { nowMs: noticedAtMs, bound });
        const recent = before.filter(({ atMs }) => atMs > noticedAtMs - bound.windowMs);
        const usual = send.filter((one) => !isUrgent(one) && one.kind !== 'claim_link');
        expect(usual.length).toBeLessThanOrEqual(Math.max(bound.count - recent.length, 1));
        expect(send.filter(isUrgent).length).toBeLessThanOrEqual(
          bound.count + send.filter(({ kind }) => kind === 'claim_link').length,
        );
      }),
    );
  });

  test('loses no link of a claim in a digest', () => {
    const claims = Array.from({ length: 20 }, (_, index) => ({
      ...noticeOf('claim_link'),
      cycle: String(index),
    }));
    const { send } = settleFlood(claims, [], { nowMs: noticedAtMs, bound });
    expect(send).toEqual(claims);
  });

  test('of the same notices is the same digest', () => {
    const many = Array.from({ length: 9 }, (_, index) => ({
      ...noticeOf('done'),
      cycle: String(index),
    }));
    const digestOf = (list: readonly KeyNotice[]) => {
      const [first] = settleFlood(list, [], { nowMs: noticedAtMs, bound }).send;
      return first && idempotencyKeyOf(first, 'slack');
    };
    expect(digestOf(many)).toBe(digestOf(many.toReversed()));
    expect(digestOf(many)).not.toBe(digestOf(many.slice(1)));
  });

  test('of two tenants is a digest for each', () => {
    const other = keyspaceIdFrom('ks_01k9z6w2r8v4t0q7m3x5b1n9hz') ?? keyspaceId;
    const many = Array.from({ length: 8 }, (_, index) => ({
      ...noticeOf('done'),
      keyspace: { id: index < 4 ? keyspaceId : other, name: '' },
      cycle: String(index),
    }));
    const { send } = settleFlood(many, [], { nowMs: noticedAtMs, bound });
    expect(send.map(({ kind, keyspace }) => [kind, keyspace.id])).toEqual([
      ['digest', keyspaceId],
      ['digest', other],
    ]);
  });
});
