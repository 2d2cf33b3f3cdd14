import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IdempotencyRecord, Write } from '../../src/store/change.js';
import { aChange, aDigest, attempt, done, inNewKeyspace, nowMs, uniqueText } from './build.js';
import { type OpenedStore, stores } from './stores.js';

const HOUR_MS = 3_600_000;

describe.each(stores)('idempotency records on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  async function keep(idempotency: IdempotencyRecord) {
    const keyspaceId = await inNewKeyspace(opened.store);
    return opened.store.commit(aChange(keyspaceId, [], { idempotency }));
  }

  test('a record comes back as it was kept, long answers too', async () => {
    const record = aRecord({ answer: JSON.stringify({ text: 'é🔑"'.repeat(20_000) }) });
    expect(await keep(record)).toMatchObject({ ok: true });
    expect(await opened.store.findIdempotent(record.id, nowMs())).toEqual(record);
    expect(await opened.store.findIdempotent(uniqueText(), nowMs())).toBeUndefined();
  });

  test('a record is found until it expires, and not from then on', async () => {
    const record = aRecord();
    await keep(record);
    expect(await opened.store.findIdempotent(record.id, record.expiresAt - 1)).toEqual(record);
    expect(await opened.store.findIdempotent(record.id, record.expiresAt)).toBeUndefined();
  });

  test('a taken id is refused, and its first record stays', async () => {
    const record = aRecord();
    await keep(record);
    const later = { ...record, bodyHash: 'other', answer: '{"other":1}' };
    expect(await keep(later)).toEqual({ ok: false, conflict: 'idempotency' });
    expect(await opened.store.findIdempotent(record.id, nowMs())).toEqual(record);
  });

  test('an expired record gives its id free', async () => {
    const late = aRecord({ expiresAt: nowMs() - 1 });
    await keep(late);
    const fresh = { ...late, bodyHash: 'new', answer: '{"new":1}', expiresAt: nowMs() + HOUR_MS };
    expect(await keep(fresh)).toMatchObject({ ok: true });
    expect(await opened.store.findIdempotent(late.id, nowMs())).toEqual(fresh);
    expect(await keep(fresh)).toEqual({ ok: false, conflict: 'idempotency' });
  });

  test('the sweep removes what has expired and nothing else', async () => {
    const [late, live] = [aRecord({ expiresAt: nowMs() - 1 }), aRecord()];
    await keep(late);
    await keep(live);
    await opened.store.sweep(nowMs());
    expect(await opened.store.findIdempotent(late.id, 0)).toBeUndefined();
    expect(await opened.store.findIdempotent(live.id, nowMs())).toEqual(live);
  });
});

describe.each(stores)('set-up links on $name', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  async function made(expiresAt: number) {
    const digest = aDigest();
    const keyspaceId = await inNewKeyspace(opened.store);
    const insert: Write = { kind: 'insert_setup_link', digest, expiresAt };
    await done(opened.store, aChange(keyspaceId, [insert]));
    return {
      insert: () => attempt(opened.store, keyspaceId, insert),
      useAt: (atMs: number) =>
        attempt(opened.store, keyspaceId, { kind: 'use_setup_link', digest, nowMs: atMs }),
    };
  }

  const refused = { ok: false, conflict: 'setup_link' };

  test('a link can be used once', async () => {
    const link = await made(nowMs() + HOUR_MS);
    expect(await link.useAt(nowMs())).toMatchObject({ ok: true });
    expect(await link.useAt(nowMs())).toEqual(refused);
  });

  test('a link can be used until it expires, and not from then on', async () => {
    const expiresAt = nowMs() + HOUR_MS;
    const link = await made(expiresAt);
    expect(await link.useAt(expiresAt)).toEqual(refused);
    expect(await link.useAt(expiresAt - 1)).toMatchObject({ ok: true });
  });

  test('an unknown link is refused', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const write: Write = { kind: 'use_setup_link', digest: aDigest(), nowMs: nowMs() };
    expect(await attempt(opened.store, keyspaceId, write)).toEqual(refused);
  });

  test('the digest of a link is taken once', async () => {
    const link = await made(nowMs() + HOUR_MS);
    expect(await link.insert()).toEqual({ ok: false, conflict: 'exists' });
  });

  test('the sweep removes what is late and nothing else', async () => {
    const [late, live] = [await made(nowMs() - 1), await made(nowMs() + HOUR_MS)];
    await opened.store.sweep(nowMs());
    expect(await late.useAt(0)).toEqual(refused);
    expect(await live.useAt(nowMs())).toMatchObject({ ok: true });
  });
});

function aRecord(fields: Partial<IdempotencyRecord> = {}): IdempotencyRecord {
  const expiresAt = nowMs() + HOUR_MS;
  return { id: uniqueText(), bodyHash: 'hash', answer: '{"a":1}', expiresAt, ...fields };
}
