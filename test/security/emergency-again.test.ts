import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { answered } from '../setup/rotating.js';

const EMERGENCY = { compromised: true, reason: 'a stolen laptop', tag: 'stolen' } as const;
const MINUTE_MS = 60_000;
const STEP_MS = 100;
const [memory] = dataKinds; // What it does is no adapter's.

let fleet: Fleet;
beforeAll(async () => {
  if (memory === undefined) throw new Error('There is no store.');
  fleet = await startFleet({ create: memory.create, roles: ['server'] });
});
afterAll(() => fleet.close());

/** A management key, as it acts with the rights that it has now. */
async function actingAs(maker: { readonly plaintext: string }) {
  const verdict = await fleet.at(0).verify(maker, { keyspace: 'keyturn' });
  if (!verdict.valid) throw new Error(`The management key is ${verdict.code}.`);
  const { key } = verdict;
  return fleet.at(0).keyturn.as({ actor: { kind: 'management_key', id: key.id }, key });
}

test('security 13: an emergency that is repeated with fewer rights shows no secret that has more', async () => {
  const { keys } = fleet.at(0).keyturn;
  const input = { keyspace: 'keyturn', name: 'root', scopes: ['*'] };
  const maker = await keys.create(input);
  const other = await keys.create({ ...input, name: 'other', tags: ['stolen'] });
  const { store } = fleet.at(0);
  let commitCount = 0;
  store.before = async (method) => {
    if (method === 'commit') commitCount += 1;
    if (method === 'commit' && commitCount > 1) throw new StoreUnavailableError('It has died.');
  };
  const emergency = async () => {
    const { rotations } = await actingAs(maker);
    return rotations.emergency(EMERGENCY, { idempotencyKey: 'em-1' });
  };
  await expect(answered(fleet, emergency(), STEP_MS)).rejects.toMatchObject({
    code: 'store_unavailable',
  });
  store.before = undefined;
  const scopes = ['keys:rotate', 'keys:revoke', 'keys:read'];
  await keys.update(maker.key.id, { scopes });
  fleet.clock.advanceMs(MINUTE_MS); // Nobody holds it any more, and no worker has looked yet.
  const again = await emergency();
  expect(again).toMatchObject({ items: [{ key: other.key.id, code: 'forbidden' }] });
  expect(JSON.stringify(again)).not.toContain('plaintext');
  expect(await fleet.at(0).verify(other, { keyspace: 'keyturn' })).toMatchObject({ valid: true });
});
