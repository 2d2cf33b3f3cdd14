import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const AT_ONCE = 1_000; // Lookups that may wait for the store.

let fleet: Fleet;
beforeEach(async () => {
  const inMemory = dataKinds.find(({ name }) => name === 'memory');
  if (inMemory === undefined) throw new Error('There is no such kind.');
  fleet = await startFleet({ create: inMemory.create, roles: ['server'] });
  await fleet.at(0).keyturn.keyspaces.update('default', { storeLoss: '1m' });
  await fleet.settle();
});
afterEach(() => fleet.close());

test('who may pass while the store is lost does not wait for it, once a poll has', async () => {
  const made = await fleet.at(0).issue();
  await fleet.settle();
  expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  const { store } = fleet.at(0);
  store.isLost = true;
  await fleet.passMs(DEFAULT_STALENESS_MS);
  store.forgetCalls();
  expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  expect(store.callCount('findByDigest')).toBe(0);
  store.isLost = false;
  await vi.waitFor(async () => {
    await fleet.passMs(100);
    expect(await fleet.at(0).keyturn.readiness()).toMatchObject({ ready: true });
  });
  fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
  expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  expect(store.callCount('findByDigest')).toBe(1); // It is asked again as soon as it answers.
});

test('who may pass while the store is lost does so when too many wait for it already', async () => {
  const made = await Promise.all(Array.from({ length: AT_ONCE + 1 }, () => fleet.at(0).issue()));
  await fleet.settle();
  const passes = async (one: { readonly plaintext: string }) =>
    (await fleet.at(0).verify(one)).valid;
  for (const one of made) expect(await passes(one)).toBe(true);
  fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
  let letGo = () => {};
  const waiting = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  fleet.at(0).store.before = (method) => (method === 'findByDigest' ? waiting : undefined);
  const [last, ...others] = made;
  const asked = others.map(passes);
  expect(await passes(last ?? { plaintext: '' })).toBe(true);
  letGo();
  expect(new Set(await Promise.all(asked))).toEqual(new Set([true]));
});
