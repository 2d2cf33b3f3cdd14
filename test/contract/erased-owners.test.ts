import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds, durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

describe.each(dataKinds)('an owner who is erased on $name', ({ create }) => {
  let fleet: Fleet;
  let ownerCount = 0;
  let id: string;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  beforeEach(() => {
    ownerCount += 1;
    id = `owner-${ownerCount}`;
  });
  afterAll(() => fleet.close());

  const all = (index = 0) => fleet.at(index).keyturn;

  /** Every personal value that stands beside the events of a subject. */
  async function personalOf(subject: string): Promise<readonly unknown[]> {
    const { items } = await all().events.list({ subject });
    return items.flatMap(({ personal }) => Object.values(personal));
  }

  test('is nowhere in the answer that a repeated call gets', async () => {
    const input = { id, name: 'Ada', emails: ['ada@acme.example'], locale: 'en' };
    const options = { idempotencyKey: `create ${id}` };
    const update = { idempotencyKey: `update ${id}` };
    const made = await all().owners.create(input, options);
    const again = { replayed: true } as const;
    expect(await all(1).owners.create(input, options)).toEqual({ ...made, ...again });
    await all().owners.update(id, { name: 'Ada L.' }, update);
    const erased = await all().owners.erase(id);
    for (const index of [0, 1]) {
      const { create, update: change } = all(index).owners;
      expect(await create(input, options)).toEqual({ ...erased, ...again });
      expect(await change(id, { name: 'Ada L.' }, update)).toEqual({ ...erased, ...again });
    }
    expect(await all().owners.get(id)).toEqual(erased);
    expect(await personalOf(id)).toEqual([]);
  });

  test.each([
    ['is there still', async (_id: string) => undefined],
    ['is deleted since', (id: string) => all().keys.delete(id)],
  ])('is nowhere in what is kept for calls about its key, which %s', async (_what, then) => {
    const input = { name: 'k', owner: id, metadata: { mail: 'canary' } };
    const { key } = await all().keys.create(input, { idempotencyKey: `create ${id}` });
    await all().keys.disable(key.id, {}, { idempotencyKey: `disable ${id}` });
    await all().keys.revoke(key.id, {}, { idempotencyKey: `revoke ${id}` });
    await then(key.id);
    const other = { ...input, owner: `${id}_other` };
    const options = { idempotencyKey: `other ${id}` };
    const kept = await all().keys.create(other, options);
    await all().owners.erase(id);
    // What is made anew was not kept.
    const again = await all().keys.create(input, { idempotencyKey: `create ${id}` });
    expect(again.key.id).not.toBe(key.id);
    expect(again).not.toHaveProperty('replayed');
    expect(await all(1).keys.create(other, options)).toEqual({ key: kept.key, replayed: true });
  });

  test('may be nobody: what is kept for calls about such a key goes by its id', async () => {
    const options = { idempotencyKey: `create ${id}` };
    const input = { name: 'k', metadata: { mail: 'canary' } };
    const { key } = await all().keys.create(input, options);
    await all().owners.erase(key.id);
    expect((await all().keys.create(input, options)).key.id).not.toBe(key.id);
  });

  test('leaves what is kept for calls about one of its name in another keyspace', async () => {
    const prefix = `q${ownerCount}`;
    await all().keyspaces.create({ name: prefix, prefix });
    const input = { name: 'k', keyspace: prefix, owner: id, metadata: { mail: 'b' } };
    const options = { idempotencyKey: `create ${id}` };
    const { key } = await all().keys.create(input, options);
    await fleet.at(0).issue({ owner: id, metadata: { mail: 'a' } });
    await all().owners.erase(id);
    expect(await all().keys.create(input, options)).toEqual({ key, replayed: true });
  });

  test('leaves nothing of its own with who got its key', async () => {
    const next = `${id}-next`;
    const { key } = await fleet.at(0).issue({ owner: id, metadata: { mail: 'a' } });
    await all().keys.update(key.id, { owner: next, metadata: { mail: 'b' } });
    expect(await personalOf(key.id)).toHaveLength(3);
    await all().owners.erase(id);
    expect(await personalOf(key.id)).toEqual([{ mail: 'b' }]);
    await all().owners.erase(next);
    expect(await personalOf(key.id)).toEqual([]);
  });

  test('is erased, too, when no key names it any more', async () => {
    const { key } = await fleet.at(0).issue({ owner: id, metadata: { mail: 'a' } });
    await all().keys.revoke(key.id);
    await all().keys.delete(key.id);
    expect(await personalOf(key.id)).toEqual([{ mail: 'a' }]);
    await all().owners.erase(id);
    expect(await personalOf(key.id)).toEqual([]);
  });

  test('may be nobody: what stands at a key without an owner is erased by its id', async () => {
    const { key } = await fleet.at(0).issue({ metadata: { mail: 'a' } });
    const other = await fleet.at(0).issue({ metadata: { mail: 'b' } });
    expect(await personalOf(key.id)).toEqual([{ mail: 'a' }]);
    await all().owners.erase(key.id);
    expect(await personalOf(key.id)).toEqual([]);
    expect(await personalOf(other.key.id)).toEqual([{ mail: 'b' }]);
  });

  test('is unknown if nothing names it, in this keyspace', async () => {
    const { keyspaces, owners } = all();
    const prefix = `p${ownerCount}`;
    await keyspaces.create({ name: prefix, prefix });
    await fleet.at(0).issue({ keyspace: prefix, owner: id, metadata: { mail: 'a' } });
    await expect(owners.erase(id)).rejects.toMatchObject({ code: 'not_found' });
    await owners.erase(id, { keyspace: prefix });
  });
});

describe.each(durableKinds)('what was erased on $name', ({ create }) => {
  test('is in no row, no file and no log beside it, while the server runs', async () => {
    const fleet = await startFleet({ create, roles: ['server', 'tool'] });
    const { owners, keys } = fleet.at(0).keyturn;
    const input = { id: 'o', name: 'Canary Name', emails: ['canary@acme.example'] };
    await owners.create(input, { idempotencyKey: 'create' });
    const metadata = { note: 'canary' };
    const made = { idempotencyKey: 'make' };
    const { key } = await keys.create({ name: 'k', owner: 'o', metadata }, made);
    await keys.update(key.id, { metadata: {} });
    const gone = await keys.create({ name: 'gone', owner: 'o', metadata });
    await keys.revoke(gone.key.id, {}, { idempotencyKey: 'end' });
    await keys.delete(gone.key.id);
    expect((await dumpOf(fleet.data)).whole.toLowerCase()).toContain('canary');
    await owners.erase('o');
    expect((await dumpOf(fleet.data)).whole.toLowerCase()).not.toContain('canary');
    await fleet.close();
  });
});
