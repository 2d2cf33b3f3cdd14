import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Management } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const THIEF = { emails: ['thief@evil.example'] };
const [memory] = dataKinds;

describe('who says where the links of claims are mailed', () => {
  let fleet: Fleet;
  let key: string;
  beforeAll(async () => {
    if (memory === undefined) throw new Error('There is no kind of database.');
    fleet = await startFleet({ create: memory.create, roles: ['server'] });
    const { owners } = fleet.at(0).keyturn;
    for (const keyspace of ['default', 'keyturn']) {
      await owners.create({ id: 'acme', keyspace, emails: ['dev@acme.example'] });
    }
    key = (await fleet.at(0).issue({ owner: 'acme' })).key.id;
  });
  afterAll(() => fleet.close());

  async function as(...scopes: readonly string[]): Promise<Management> {
    const made = await fleet.at(0).issue({ keyspace: 'keyturn', scopes });
    const { keyturn } = fleet.at(0);
    const verdict = await keyturn.verify({ plaintext: made.plaintext, keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error('The management key does not work.');
    return keyturn.as({ actor: { kind: 'management_key', id: made.key.id }, key: verdict.key });
  }

  const forbidden = { code: 'forbidden' };

  test('security 44: may rotate keys, or changes no address and no owner of a key', async () => {
    const { owners, keys } = await as('owners:*', 'keys:read', 'keys:write');
    await expect(owners.create({ id: 'thief', ...THIEF })).rejects.toMatchObject(forbidden);
    await expect(owners.update('acme', THIEF)).rejects.toMatchObject(forbidden);
    await expect(keys.update(key, { owner: 'thief' })).rejects.toMatchObject(forbidden);
    await expect(keys.update(key, { owner: null })).rejects.toMatchObject(forbidden);
    expect(await owners.get('acme')).toMatchObject({ emails: ['dev@acme.example'] });
    // All else is theirs to say.
    await owners.create({ id: 'zenit', name: 'Zenit' });
    await owners.update('acme', { name: 'Acme AG' });
    await keys.update(key, { owner: 'acme', name: 'Acme CI' });
    await owners.erase('zenit');
    await expect(owners.create({ id: 'zenit', ...THIEF })).rejects.toMatchObject(forbidden);
  });

  test('security 44: changes them where they may', async () => {
    const { owners, keys } = await as('owners:write', 'keys:write', 'keys:rotate');
    await owners.update('acme', { emails: ['ops@acme.example'] });
    await keys.update(key, { owner: 'orb' });
  });

  test('security 44: has all rights, or changes none of who holds management keys', async () => {
    const some = await as('owners:*', 'keys:*');
    const place = { keyspace: 'keyturn' };
    await expect(some.owners.update('acme', THIEF, place)).rejects.toMatchObject(forbidden);
    const all = await as('*');
    await all.owners.update('acme', { emails: ['root@acme.example'] }, place);
  });
});
