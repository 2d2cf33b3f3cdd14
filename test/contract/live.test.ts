import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LiveNews, LiveQuery } from '../../src/live-views.js';
import type { Caller } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const IDLE_MS = 15_000;

describe.each(dataKinds)('following what is changed on $name', ({ create }) => {
  let fleet: Fleet;
  const endings: AbortController[] = [];
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterEach(async () => {
    for (const ending of endings.splice(0)) ending.abort();
    await fleet.close();
  });

  const keyturn = () => fleet.at(0).keyturn;

  async function manager(scopes: readonly string[], keyspaces?: readonly string[]) {
    const restrictions = keyspaces === undefined ? {} : { keyspaces };
    const input = { name: 'looks', keyspace: 'keyturn', scopes, restrictions };
    const { plaintext } = await keyturn().keys.create(input);
    const verdict = await keyturn().verify({ plaintext, keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error(verdict.code);
    const { key, secret } = verdict;
    return { actor: { kind: 'management_key', id: key.id }, key, secret } satisfies Caller;
  }

  async function follow(caller?: Caller, query: LiveQuery = {}) {
    const ending = new AbortController();
    endings.push(ending);
    const nouns = caller === undefined ? keyturn() : keyturn().as(caller);
    const news = await nouns.live({ ...query, signal: ending.signal });
    return { next: nextOf(news[Symbol.asyncIterator]()), end: () => ending.abort() };
  }

  function numberOf(news: LiveNews | undefined): number {
    return news?.kind === 'change' ? news.number : 0;
  }

  function nextOf(iterator: AsyncIterator<LiveNews>) {
    return async (): Promise<LiveNews | undefined> => {
      const { done, value } = await iterator.next();
      return done === true ? undefined : value;
    };
  }

  test('tells each change once, in order, with what it was of', async () => {
    const { next } = await follow();
    const { key } = await fleet.at(0).issue();
    await keyturn().keys.disable(key.id);
    const first = await next();
    expect(first).toMatchObject({
      kind: 'change',
      type: 'key.created',
      keyspace: 'default',
      subject: { kind: 'key', id: key.id },
    });
    const second = await next();
    expect(second).toMatchObject({ type: 'key.disabled', subject: { id: key.id } });
    const numbers = [first, second].map((one) => numberOf(one));
    expect(numbers[1]).toBeGreaterThan(numbers[0] ?? 0);
    const waiting = next();
    await keyturn().keys.enable(key.id);
    expect(await waiting).toMatchObject({ type: 'key.enabled' });
  });

  test('goes on after a number that was seen last', async () => {
    const { key } = await fleet.at(0).issue();
    const { next } = await follow(undefined, { after: 0 });
    let news = await next();
    while (news?.kind === 'change' && news.type !== 'key.created') news = await next();
    expect(news).toMatchObject({ subject: { id: key.id } });
    const seen = numberOf(news);
    await keyturn().keys.disable(key.id);
    const again = await follow(undefined, { after: seen });
    expect(await again.next()).toMatchObject({ type: 'key.disabled' });
  });

  test('says that all has to be read anew, to whom more is missing than is told', async () => {
    const ahead = await follow(undefined, { after: 1_000_000 });
    expect(await ahead.next()).toEqual({ kind: 'reset', number: fleet.sequence });
    const rows = Array.from({ length: 1_001 }, (_, row) => ({
      id: `r${row}`,
      name: 'imported',
      plaintext: `imported-${row}-elsewhere`,
    }));
    await keyturn().keys.import({ rows: rows.slice(0, 1_000) });
    await keyturn().keys.import({ rows: rows.slice(1_000) });
    const behind = await follow(undefined, { after: 1 });
    expect(await behind.next()).toEqual({ kind: 'reset', number: fleet.sequence });
  });

  test('says after 15 seconds that nothing was changed', async () => {
    const { next } = await follow();
    const waiting = next();
    await fleet.passMs(IDLE_MS + 1_000);
    expect(await waiting).toEqual({ kind: 'idle' });
  });

  test('security 47: an ended caller gets no further event', async () => {
    const caller = await manager(['*']);
    const { next } = await follow(caller);
    const { key } = await fleet.at(0).issue();
    await fleet.at(0).issue({ name: 'never told of' });
    expect(await next()).toMatchObject({ subject: { id: key.id } });
    await keyturn().keys.revoke(caller.key.id);
    expect(await next()).toBeUndefined();
    const waiting = await follow(await manager(['*']));
    const told = waiting.next();
    waiting.end();
    expect(await told).toBeUndefined();
  });

  test('security 47: the secret that was shown ends it, though its key lives on', async () => {
    const caller = await manager(['*']);
    const { next } = await follow(caller);
    const told = next();
    await keyturn().keys.revoke(caller.key.id, { secret: 1 });
    await fleet.at(0).issue();
    expect(await told).toBeUndefined();
  });

  test('security 47: rights are read again before each event', async () => {
    const caller = await manager(['keyspaces:read', 'keys:read']);
    const { next } = await follow(caller);
    const { key } = await fleet.at(0).issue();
    expect(await next()).toMatchObject({ subject: { id: key.id } });
    await keyturn().keys.update(caller.key.id, { scopes: ['keyspaces:read', 'owners:read'] });
    await fleet.at(0).issue();
    await keyturn().owners.create({ id: 'acme' });
    expect(await next()).toMatchObject({ type: 'owner.created' });
  });

  test('security 47: a caller follows four times at once, and no more', async () => {
    const caller = await manager(['keyspaces:read']);
    const open: { readonly end: () => void }[] = [];
    for (let count = 0; count < 4; count += 1) open.push(await follow(caller));
    await expect(follow(caller)).rejects.toMatchObject({ code: 'state_conflict' });
    open[0]?.end();
    open.push(await follow(caller));
    await expect(follow(caller)).rejects.toMatchObject({ code: 'state_conflict' });
    await follow(await manager(['keyspaces:read']));
  });

  test("security 15: nothing of another tenant's is told", async () => {
    await keyturn().keyspaces.create({ name: 'own', prefix: 'own' });
    await keyturn().keyspaces.create({ name: 'other', prefix: 'other' });
    const { id } = await keyturn().keyspaces.get('own');
    const caller = await manager(['*'], [id]);
    const { next } = await follow(caller);
    await fleet.at(0).issue({ keyspace: 'other' });
    const { key } = await fleet.at(0).issue({ keyspace: 'own' });
    expect(await next()).toMatchObject({ keyspace: 'own', subject: { id: key.id } });
    await expect(follow(caller, { keyspace: 'other' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(follow(await manager(['keys:read']))).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('ends with the process', async () => {
    const { next } = await follow();
    const told = next();
    await keyturn().close();
    expect(await told).toBeUndefined();
  });
});
