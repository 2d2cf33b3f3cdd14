import { afterEach, describe, expect, test } from 'vitest';
import type { CreatedKey } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, type Instance, startFleet } from '../setup/fleet.js';

const BOUND_BYTES = 256 * 1024;
const KEYS = 60;

let fleet: Fleet;
afterEach(() => fleet.close());

async function startOne(create: (typeof dataKinds)[number]['create']): Promise<Instance> {
  fleet = await startFleet({ create, roles: ['server'], cacheBytes: BOUND_BYTES });
  return fleet.at(0);
}

describe.each(dataKinds.filter(({ name }) => name === 'memory'))('the cache', ({ create }) => {
  test('weighs what its keys may do, and keeps within its bound', async () => {
    const instance = await startOne(create);
    let textBytes = 0;
    for (let index = 0; index < KEYS; index += 1) {
      const scopes = Array.from({ length: 50 }, (_, n) => `service-${index}:a-longer-action-${n}`);
      textBytes += JSON.stringify(scopes).length;
      await instance.verify(await instance.issue({ scopes }));
      expect(instance.metric('keyturn_cache_bytes')).toBeLessThanOrEqual(BOUND_BYTES);
    }
    expect(textBytes).toBeGreaterThan(BOUND_BYTES / 4);
    expect(instance.metric('keyturn_cache_secrets')).toBeGreaterThan(1);
    expect(instance.metric('keyturn_cache_secrets')).toBeLessThan(KEYS);
  });

  test('weighs once what keys have in common, until the last of them is gone', async () => {
    const instance = await startOne(create);
    const scopes = Array.from({ length: 50 }, (_, n) => `service:a-longer-action-${n}`);
    const made = await instance.issue({ scopes });
    await instance.verify(made);
    const one = instance.metric('keyturn_cache_bytes');
    const others: CreatedKey[] = [];
    for (let index = 0; index < KEYS; index += 1) others.push(await instance.issue({ scopes }));
    for (const other of others) await instance.verify(other);
    expect(instance.metric('keyturn_cache_secrets')).toBe(KEYS + 1);
    const each = (instance.metric('keyturn_cache_bytes') - one) / KEYS;
    expect(each).toBeLessThan(one / 4);
    for (const { key } of [made, ...others]) await instance.keyturn.keys.disable(key.id);
    expect(instance.metric('keyturn_cache_secrets')).toBe(0);
    expect(instance.metric('keyturn_cache_bytes')).toBe(0);
  });
});
