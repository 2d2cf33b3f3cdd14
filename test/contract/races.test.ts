import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainStart, verifyEvents } from '../../src/audit/chain.js';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { Change, CommitResult, Conflict, Write } from '../../src/store/change.js';
import type { Store } from '../../src/store/store.js';
import {
  aChange,
  aDigest,
  aKey,
  aKeyspace,
  anEvent,
  anOwner,
  aPersonalValue,
  aSecret,
  callerOf,
  deletionOf,
  done,
  inNewKey,
  inNewKeyspace,
  nowMs,
  uniqueText,
  updateOf,
} from './build.js';
import { type OpenedStore, stores } from './stores.js';
import { aBatch, aCount } from './usage-build.js';

const RACERS = 50;

describe.each(stores)('changes at once on $name', ({ open }) => {
  let opened: OpenedStore;
  let racers: readonly Store[];
  beforeAll(async () => {
    opened = await open();
    const second = await opened.second?.();
    racers = second === undefined ? [opened.store] : [opened.store, second];
  });
  afterAll(() => opened.close());

  /** Commits all changes at once, in turn from each process that shares the data. */
  function race(changes: readonly Change[]): Promise<readonly CommitResult[]> {
    const results = changes.map((change, index) => {
      const store = racers[index % racers.length] ?? opened.store;
      return store.commit(change);
    });
    return Promise.all(results);
  }

  const times = <T>(make: (index: number) => T): readonly T[] =>
    Array.from({ length: RACERS }, (_none, index) => make(index));

  async function expectOneWinner(changes: readonly Change[], conflict: Conflict) {
    const results = await race(changes);
    const lost = results.filter((result) => !result.ok);
    expect(lost).toEqual(
      Array.from({ length: changes.length - 1 }, () => ({ ok: false, conflict })),
    );
    return results.findIndex((result) => result.ok);
  }

  async function expectWholeChain(keyspaceId: KeyspaceId, count: number) {
    const filter = { within: [keyspaceId], limit: 200, order: 'oldest' } as const;
    const events = await opened.store.listEvents(filter);
    expect(events.map(({ number }) => number)).toEqual(
      Array.from({ length: count }, (_, n) => n + 1),
    );
    const head = await opened.store.chainHead(keyspaceId);
    expect(verifyEvents(events, chainStart(keyspaceId))).toEqual({ ok: true, head });
    expect(events.map(({ sequence }) => sequence)).toEqual(
      events.map(({ sequence }) => sequence).toSorted((left, right) => left - right),
    );
  }

  test('of fifty updates of one version, exactly one wins, whole', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const key = await inNewKey(opened.store, keyspaceId);
    const changes = times((index) => {
      const added = aSecret({ number: 2 });
      const fields = { name: `racer ${index}`, secrets: [...key.secrets, added] };
      return aChange(keyspaceId, [updateOf(key, fields)]);
    });
    const winner = await expectOneWinner(changes, 'version');
    const stored = await opened.store.getKey(key.id, 'all');
    expect(stored).toMatchObject({ name: `racer ${winner}`, version: 2 });
    expect(stored?.secrets).toHaveLength(2);
    await expectWholeChain(keyspaceId, 3);
  });

  test('no update lost: fifty that read again and retry are all in the end there', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const { id } = await inNewKey(opened.store, keyspaceId, { tags: [] });
    const addTag = async (index: number) => {
      const store = racers[index % racers.length] ?? opened.store;
      for (;;) {
        const key = await store.getKey(id, 'all');
        if (key === undefined) throw new Error('The key is gone.');
        const write = updateOf(key, { tags: [...key.tags, `t${index}`] });
        if ((await store.commit(aChange(keyspaceId, [write]))).ok) return;
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_none, index) => addTag(index)));
    const key = await opened.store.getKey(id, 'all');
    expect(key?.version).toBe(11);
    expect(new Set(key?.tags).size).toBe(10);
  });

  test('fifty changes in one keyspace make one chain without gap or fork', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const inserts = times((): Write => ({ kind: 'insert_key', key: aKey(keyspaceId) }));
    const results = await race(inserts.map((write) => aChange(keyspaceId, [write])));
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    await expectWholeChain(keyspaceId, RACERS + 1);
  });

  test('the first events of a keyspace may come all at once', async () => {
    const { id: keyspaceId } = aKeyspace();
    await race(times(() => aChange(keyspaceId, [])));
    await expectWholeChain(keyspaceId, RACERS);
  });

  test('changes that touch two keyspaces in either order do not block each other', async () => {
    const [left, right] = [await inNewKeyspace(opened.store), await inNewKeyspace(opened.store)];
    const results = await race(
      times((index) => {
        const order = index % 2 === 0 ? [left, right] : [right, left];
        return aChange(left, [], { events: order.map((id) => anEvent(id)) });
      }),
    );
    expect(results.filter(({ ok }) => !ok)).toEqual([]);
    await expectWholeChain(left, RACERS + 1);
    await expectWholeChain(right, RACERS + 1);
  });

  test('changes of two keys in either order end in a win or a conflict, never in a fault', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const keys = [
      await inNewKey(opened.store, keyspaceId),
      await inNewKey(opened.store, keyspaceId),
    ];
    const changes = times((index) => {
      const order = index % 2 === 0 ? keys : keys.toReversed();
      return aChange(
        keyspaceId,
        order.map((key) => updateOf(key, { name: `racer ${index}` })),
      );
    });
    const winner = await expectOneWinner(changes, 'version');
    for (const { id } of keys) {
      const expected = { name: `racer ${winner}`, version: 2 };
      expect(await opened.store.getKey(id, 'all')).toMatchObject(expected);
    }
  });

  test('callers who change each other end in a win or a conflict, never in a fault', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const [left, right] = [
      await inNewKey(opened.store, keyspaceId),
      await inNewKey(opened.store, keyspaceId),
    ];
    const results = await race(
      times((index) => {
        const [caller, target] = index % 2 === 0 ? [left, right] : [right, left];
        const revoke = updateOf(target, { state: 'revoked' });
        return aChange(keyspaceId, [revoke], { caller: callerOf(caller) });
      }),
    );
    // Whoever comes first ends the other, so the other's own change comes too late.
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    const after = [left, right].map(({ id }) => opened.store.getKey(id, 'all'));
    const states = (await Promise.all(after)).map((key) => key?.state);
    expect(states.toSorted()).toEqual(['active', 'revoked']);
  });

  test('a revoked caller makes no change, however close it comes', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const caller = await inNewKey(opened.store, keyspaceId);
    const revoke = aChange(keyspaceId, [updateOf(caller, { state: 'revoked' })]);
    const calls = times(() => aChange(keyspaceId, [], { caller: callerOf(caller) }));
    const changes = [...calls.slice(0, 25), revoke, ...calls.slice(25)];
    const results = await race(changes);
    const revokedAt = sequenceOf(results[25]);
    for (const [index, result] of results.entries()) {
      if (index === 25) continue;
      if (result.ok) expect(result.sequence).toBeLessThan(revokedAt);
      else expect(result.conflict).toBe('caller');
    }
  });

  test('one change sent fifty times is made once, and each call hears the same', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const insert: Write = { kind: 'insert_key', key: aKey(keyspaceId) };
    const personal = [aPersonalValue(keyspaceId)];
    const change = aChange(keyspaceId, [insert], { personal, idempotency: anAnswer() });
    const results = await race(times(() => change));
    const [first] = results;
    expect(first).toMatchObject({ ok: true });
    expect(results).toEqual(times(() => first));
    await expectWholeChain(keyspaceId, 2);
  });

  test('a key is deleted and changed at once: one of them wins', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const key = await inNewKey(opened.store, keyspaceId);
    const changes = times((index) => {
      const write = index % 2 === 0 ? deletionOf(key) : updateOf(key, { name: 'racer' });
      return aChange(keyspaceId, [write]);
    });
    const winner = await expectOneWinner(changes, 'version');
    const stored = await opened.store.getKey(key.id, 'all');
    expect(stored === undefined).toBe(winner % 2 === 0);
  });

  test('one id, digest, keyspace name and prefix is taken once', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const insertKey = (fields: Partial<ReturnType<typeof aKey>>): Write => ({
      kind: 'insert_key',
      key: aKey(keyspaceId, fields),
    });
    const insertKeyspace = (fields: Partial<ReturnType<typeof aKeyspace>>): Write => ({
      kind: 'insert_keyspace',
      keyspace: aKeyspace(fields),
    });
    const { id } = aKey(keyspaceId);
    const { digest } = aSecret();
    const { name, prefix } = aKeyspace();
    const racing = [
      () => insertKey({ id }),
      () => insertKey({ secrets: [aSecret({ digest })] }),
      () => insertKeyspace({ name }),
      () => insertKeyspace({ prefix }),
    ];
    for (const make of racing) {
      await expectOneWinner(times(() => aChange(keyspaceId, [make()])).slice(0, 10), 'exists');
    }
  });

  test('one owner is put once', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const owner = anOwner(keyspaceId);
    const put: Write = { kind: 'put_owner', owner, expectedVersion: 0 };
    await expectOneWinner(
      times(() => aChange(keyspaceId, [put])),
      'version',
    );
  });

  test('a set-up link is used once', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const digest = aDigest();
    const insert: Write = { kind: 'insert_setup_link', digest, expiresAt: nowMs() + 60_000 };
    await done(opened.store, aChange(keyspaceId, [insert]));
    const use: Write = { kind: 'use_setup_link', digest, nowMs: nowMs() };
    await expectOneWinner(
      times(() => aChange(keyspaceId, [use])),
      'setup_link',
    );
  });

  test('one idempotency key is taken once, also where an expired one is replaced', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const fresh = anAnswer();
    const late = anAnswer(nowMs() - 1);
    await done(opened.store, aChange(keyspaceId, [], { idempotency: late }));
    for (const { id } of [fresh, late]) {
      const changes = times(() => aChange(keyspaceId, [], { idempotency: { ...anAnswer(), id } }));
      await expectOneWinner(changes, 'idempotency');
    }
  });

  test('one flush sent ten times counts once, and ten flushes count ten times', async () => {
    const keyspaceId = await inNewKeyspace(opened.store);
    const { id: keyId } = await inNewKey(opened.store, keyspaceId);
    const { id: other } = await inNewKey(opened.store, keyspaceId);
    const one = [aCount(keyspaceId, { keyId }), aCount(keyspaceId, { keyId: other })];
    const repeated = aBatch(one);
    // Half of them name the keys in the other order, as two instances might.
    const batches = Array.from({ length: 10 }, (_none, index) =>
      aBatch(index % 2 === 0 ? one : one.toReversed()),
    );
    await Promise.all(
      batches.flatMap((batch, index) => {
        const store = racers[index % racers.length] ?? opened.store;
        return [store.recordUsage(batch), store.recordUsage(repeated)];
      }),
    );
    const span = { within: [keyspaceId], fromMs: 0, toMs: nowMs() * 2 };
    const query = { ...span, per: 'hour', by: 'key', limit: 10, after: null } as const;
    const rows = await opened.store.usage(query);
    expect(rows.map(({ outcomes }) => outcomes)).toEqual([{ valid: 11 }, { valid: 11 }]);
  });
});

function sequenceOf(result: CommitResult | undefined): number {
  if (!result?.ok) throw new Error('The revocation itself was refused.');
  return result.sequence;
}

function anAnswer(expiresAt = nowMs() + 60_000) {
  return { id: uniqueText(), bodyHash: 'hash', answer: '{}', expiresAt };
}
