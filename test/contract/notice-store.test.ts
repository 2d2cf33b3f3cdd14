import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KeyspaceId, newNoticeId } from '../../src/keys/id.js';
import { type OutboxRecord, SENT_MEMORY_MS, WARNING_MEMORY_MS } from '../../src/store/notices.js';
import { anInstanceId, attempt, DAY_AT, idSource, inNewKeyspace, uniqueText } from './build.js';
import { outcomeOf } from './notice-build.js';
import { type OpenedStore, stores } from './stores.js';

const DONE = { ok: true };
const LATE = { ok: false, conflict: 'version' };

describe.each(stores)('the outbox on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
  });
  afterAll(() => opened.close());

  const notices = () => opened.store.notices;
  const aNotice = (fields: Partial<OutboxRecord> = {}): OutboxRecord => ({
    id: newNoticeId(idSource()),
    keyspaceId,
    idempotencyKey: uniqueText(),
    recipient: 'security',
    ownerId: null,
    kind: 'done',
    notice: '{"kind":"done"}',
    sealed: 'sealed',
    state: 'waiting',
    tryCount: 0,
    firstTryAt: null,
    nextAt: DAY_AT,
    sentAs: null,
    isDigest: false,
    failure: null,
    createdAt: DAY_AT,
    sentAt: null,
    ...fields,
  });
  const insert = (...rows: OutboxRecord[]) =>
    attempt(opened.store, keyspaceId, { kind: 'insert_notices', notices: rows });
  const page = () => ({ within: [keyspaceId], after: null, limit: 10 });
  const lease = async (owner: ReturnType<typeof anInstanceId>, nowMs = DAY_AT) => {
    const query = { owner, nowMs, dueMs: nowMs, retryMs: nowMs, leaseMs: 30_000, limit: 1_000 };
    const leased = await notices().leaseNotices(query);
    return leased.filter((one) => one.keyspaceId === keyspaceId);
  };
  test('what was told already is not told again', async () => {
    const notice = aNotice();
    expect(await insert(notice, aNotice())).toMatchObject(DONE);
    const again = aNotice({ idempotencyKey: notice.idempotencyKey });
    expect(await insert(again, aNotice())).toMatchObject(DONE);
    const listed = await notices().listNotices(page());
    expect(listed).toHaveLength(3);
    expect(listed.at(-2)?.id === notice.id || listed.at(-1)?.id === notice.id).toBe(true);
    expect(await notices().getNotice(notice.id, 'all')).toEqual(notice);
    expect(await notices().getNotice(notice.id, [])).toBeUndefined();
    expect(await notices().getNotice(again.id, 'all')).toBeUndefined();
  });

  test('two who send at once take nothing twice; what one that died held is taken over', async () => {
    await insert(aNotice(), aNotice(), aNotice({ recipient: 'ops', nextAt: DAY_AT + 60_000 }));
    const [one, two] = [anInstanceId(), anInstanceId()];
    const both = await Promise.all([lease(one), lease(two)]);
    expect(both.flat()).toHaveLength(2);
    expect(await lease(two, DAY_AT + 29_999)).toEqual([]);
    expect(await lease(two, DAY_AT + 30_000)).toHaveLength(2);
  });

  test('who sends takes what else waits for the same recipient, and nothing that is on its way', async () => {
    const later = { nextAt: DAY_AT + 60_000 };
    const acme = { recipient: 'owner-mail', ownerId: 'acme' };
    const [due, dueOfOwner] = [aNotice(), aNotice(acme)];
    const [waits, waitsForOwner] = [aNotice(later), aNotice({ ...acme, ...later })];
    await insert(due, dueOfOwner, waits, waitsForOwner);
    await insert(
      aNotice({ ...later, recipient: 'ops' }),
      aNotice({ ...acme, ...later, ownerId: 'other' }),
      aNotice({ ...later, sentAs: 'ntc_1', tryCount: 1 }),
      aNotice({ ...later, state: 'dead', nextAt: null }),
    );
    const owner = anInstanceId();
    const ids = (await lease(owner)).map(({ id }) => id);
    expect(ids).toEqual([due, dueOfOwner, waits, waitsForOwner].map(({ id }) => id));
    expect(await lease(anInstanceId(), DAY_AT + 20_000)).toEqual([]);
  });

  test('whoever looks ahead takes what was never tried, and not what waits for another try', async () => {
    const later = { nextAt: DAY_AT + 60_000 };
    const fresh = aNotice(later);
    const tried = { ...later, sentAs: 'ntc_1', tryCount: 1 };
    await insert(fresh, aNotice(tried));
    const owner = anInstanceId();
    const query = { owner, nowMs: DAY_AT, dueMs: DAY_AT + 60_000, leaseMs: 1, limit: 1_000 };
    const take = async (retryMs: number) => {
      const leased = await notices().leaseNotices({ ...query, retryMs });
      return leased.filter((one) => one.keyspaceId === keyspaceId).map(({ id }) => id);
    };
    expect(await take(DAY_AT + 59_999)).toEqual([fresh.id]);
    expect(await take(DAY_AT + 60_000)).toHaveLength(1);
  });

  test('whoever takes what is urgent takes nothing else, whatever a name says', async () => {
    const text = (name: string, isEmergency: boolean) => JSON.stringify({ name, isEmergency });
    const forged = aNotice({ notice: text('"isEmergency":true', false) });
    const emergency = aNotice({ notice: text('CI', true), nextAt: DAY_AT + 1 });
    const always = aNotice({ kind: 'self_rotation' });
    await insert(forged, aNotice(), emergency, always);
    const owner = anInstanceId();
    const query = {
      owner,
      nowMs: DAY_AT,
      dueMs: DAY_AT,
      retryMs: DAY_AT,
      leaseMs: 9,
      limit: 1_000,
    };
    const urgentKinds = ['self_rotation'];
    const leased = await notices().leaseNotices({ ...query, urgentKinds });
    const ids = leased.filter((one) => one.keyspaceId === keyspaceId).map(({ id }) => id);
    expect(ids.toSorted()).toEqual([emergency.id, always.id].toSorted());
    expect(await lease(owner)).toHaveLength(2);
  });

  test('a link that opens nothing is taken back, unless it was sent', async () => {
    const [waits, dead, sent] = [aNotice(), aNotice(), aNotice()];
    const other = aNotice();
    await insert(waits, dead, sent, other);
    const owner = anInstanceId();
    await lease(owner);
    const died = outcomeOf(dead, { state: 'dead', sentAt: null });
    await notices().settleNotices(owner, [outcomeOf(sent), died]);
    const idempotencyKeys = [waits, dead, sent].map((one) => one.idempotencyKey);
    const withdraw = { kind: 'withdraw_links', idempotencyKeys } as const;
    expect(await attempt(opened.store, keyspaceId, withdraw)).toMatchObject(DONE);
    const left = (await notices().listNotices(page())).map(({ id }) => id);
    expect(left.toSorted()).toEqual([sent.id, other.id].toSorted());
  });

  test('what is to be told of an outcome is written with it, once', async () => {
    const notice = aNotice({ ownerId: 'acme' });
    await insert(notice);
    const owner = anInstanceId();
    await lease(owner);
    const told = aNotice({ recipient: 'ops', sealed: null });
    await notices().settleNotices(owner, [outcomeOf(notice, { state: 'dead' })], [told]);
    const again = { ...told, id: newNoticeId(idSource()) };
    await notices().insertNotices([again]);
    expect(await notices().getNotice(told.id, 'all')).toEqual(told);
    expect(await notices().listNotices(page())).toHaveLength(2);
  });

  test('who has lost a notice to another can no longer say what became of it', async () => {
    const notice = aNotice();
    await insert(notice);
    const [one, two] = [anInstanceId(), anInstanceId()];
    await lease(one);
    await lease(two, DAY_AT + 30_000);
    await notices().settleNotices(one, [outcomeOf(notice)]);
    expect(await notices().getNotice(notice.id, 'all')).toMatchObject({ state: 'waiting' });
    await notices().settleNotices(two, [outcomeOf(notice)]);
    expect(await notices().getNotice(notice.id, 'all')).toMatchObject({
      state: 'sent',
      sentAs: 'ntc_1',
      sentAt: DAY_AT + 7,
      sealed: null, // A link is kept no longer than it is needed.
    });
    expect(await lease(two, DAY_AT + 90_000)).toEqual([]);
  });

  test('a notice that is held on is taken by nobody else; one that is let go of when it is due', async () => {
    const notice = aNotice();
    await insert(notice);
    const [one, two] = [anInstanceId(), anInstanceId()];
    await lease(one);
    const waiting = { state: 'waiting', nextAt: DAY_AT, sentAt: null } as const;
    await notices().settleNotices(one, [outcomeOf(notice, { ...waiting, isHeldOn: true })]);
    expect(await lease(two)).toEqual([]);
    await notices().settleNotices(one, [outcomeOf(notice, { ...waiting, nextAt: DAY_AT + 5 })]);
    expect(await lease(two, DAY_AT + 4)).toEqual([]);
    expect(await lease(two, DAY_AT + 5)).toMatchObject([{ id: notice.id, sentAs: 'ntc_1' }]);
  });

  test('what was bound together is taken together, however few are taken', async () => {
    const [one, two, other] = [aNotice(), aNotice(), aNotice()];
    await insert(one, two, other);
    const owner = anInstanceId();
    await lease(owner);
    const again = { state: 'waiting', nextAt: DAY_AT, sentAt: null } as const;
    const later = { ...again, nextAt: DAY_AT + 50 };
    await notices().settleNotices(owner, [
      outcomeOf(one, { ...again, sentAs: uniqueText() }),
      outcomeOf(two, { ...later, sentAs: 'another' }),
      outcomeOf(other, { ...later, sentAs: 'another' }),
    ]);
    const nowMs = DAY_AT + 50;
    const query = { owner, nowMs, dueMs: nowMs, retryMs: nowMs, leaseMs: 30_000 };
    const taken: (readonly string[])[] = [];
    for (let look = 0; look < 3; look += 1) {
      const leased = await notices().leaseNotices({ ...query, limit: 1 });
      taken.push(leased.map(({ id }) => id).toSorted());
    }
    expect(taken).toEqual([[one.id], [two.id, other.id].toSorted(), []]);
  });

  test('a dead letter is listed, and sent again when a person wants it', async () => {
    const notice = aNotice();
    await insert(notice, aNotice());
    const owner = anInstanceId();
    await lease(owner);
    const failure = { class: 'auth', message: 'Slack answered 403.' };
    const tried = { tryCount: 6, firstTryAt: DAY_AT + 1 };
    const dead = { state: 'dead', failure, ...tried, sentAt: null } as const;
    const retry = () =>
      attempt(opened.store, keyspaceId, { kind: 'retry_notice', notice, nowMs: DAY_AT + 9 });
    expect(await retry()).toEqual(LATE);
    await notices().settleNotices(owner, [outcomeOf(notice, dead)]);
    const found = await notices().listNotices({ ...page(), state: 'dead' });
    expect(found).toMatchObject([{ id: notice.id, failure, ...tried }]);
    expect(await retry()).toMatchObject(DONE);
    const [leased] = await lease(owner, DAY_AT + 9);
    const untried = { tryCount: 0, firstTryAt: null, sentAs: null };
    expect(leased).toMatchObject({ id: notice.id, ...untried, failure });
  });

  test('what a recipient was sent is counted once for each thing that was sent', async () => {
    const rows = [aNotice(), aNotice(), aNotice(), aNotice({ ownerId: 'acme' })];
    await insert(...rows);
    const owner = anInstanceId();
    await lease(owner);
    const outcomes = rows.map((row, index) =>
      outcomeOf(row, index < 2 ? { isDigest: true, sentAs: 'both' } : { sentAs: `one ${index}` }),
    );
    await notices().settleNotices(owner, outcomes);
    const to = { keyspaceId, recipient: 'security', ownerId: null, limit: 100 };
    const sent = await notices().sentSince({ ...to, sinceMs: DAY_AT });
    expect(new Set(sent)).toEqual(
      new Set([
        { sentAs: 'both', sentAt: DAY_AT + 7, isDigest: true },
        { sentAs: 'one 2', sentAt: DAY_AT + 7, isDigest: false },
      ]),
    );
    expect(await notices().sentSince({ ...to, sinceMs: DAY_AT + 7 })).toEqual([]);
    expect(await notices().sentSince({ ...to, ownerId: 'acme', sinceMs: 0 })).toHaveLength(1);
  });

  test('what became of notices is known by their names', async () => {
    const [sent, dead, waiting] = [aNotice(), aNotice(), aNotice()];
    await insert(sent, dead);
    const owner = anInstanceId();
    await lease(owner);
    const died = outcomeOf(dead, { state: 'dead', sentAt: null });
    await notices().settleNotices(owner, [outcomeOf(sent), died]);
    await insert(waiting);
    const names = [sent, dead, waiting, aNotice()].map(({ idempotencyKey }) => idempotencyKey);
    expect(await notices().tellingsOf(names)).toEqual(
      new Map([
        [names[0], { state: 'sent', sentAt: DAY_AT + 7 }],
        [names[1], { state: 'dead', sentAt: null }],
        [names[2], { state: 'waiting', sentAt: null }],
      ]),
    );
    expect(await notices().tellingsOf([])).toEqual(new Map());
  });

  test('what was sent long ago is forgotten; a dead letter is not', async () => {
    const [sent, dead] = [aNotice(), aNotice()];
    await insert(sent, dead);
    const owner = anInstanceId();
    await lease(owner);
    const died = outcomeOf(dead, { state: 'dead', sentAt: null });
    await notices().settleNotices(owner, [outcomeOf(sent), died]);
    await opened.store.sweep(DAY_AT + 6 + SENT_MEMORY_MS);
    expect(await notices().listNotices(page())).toHaveLength(2);
    await opened.store.sweep(DAY_AT + 7 + SENT_MEMORY_MS);
    expect(await notices().listNotices(page())).toMatchObject([{ id: dead.id }]);
  });

  test('a warning that a key is unused is remembered for longer than any grace', async () => {
    const [warning, other] = [aNotice({ kind: 'unused' }), aNotice({ kind: 'expiring' })];
    await insert(warning, other);
    const owner = anInstanceId();
    await lease(owner);
    await notices().settleNotices(owner, [outcomeOf(warning), outcomeOf(other)]);
    const names = [warning, other].map(({ idempotencyKey }) => idempotencyKey);
    const known = async () => [...(await notices().tellingsOf(names)).keys()];
    await opened.store.sweep(DAY_AT + 6 + WARNING_MEMORY_MS);
    expect(await known()).toEqual([warning.idempotencyKey]);
    await opened.store.sweep(DAY_AT + 7 + WARNING_MEMORY_MS);
    expect(await known()).toEqual([]);
  });
});
