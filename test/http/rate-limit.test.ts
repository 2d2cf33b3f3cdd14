import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { systemPorts } from '../../src/ports.js';
import { openWorld, type World } from './world.js';

const MOST = 300; // More unknown keys than any address may try at once.

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** Tries unknown keys until one is too many. @returns how many were answered, and that answer. */
async function tryUntilLimited() {
  for (let count = 0; count < MOST; count += 1) {
    const key = mint({ prefix: 'key', environment: 'live' }, systemPorts().random).reveal();
    const got = await world.ask('GET', '/v1/authorize', { key });
    if (got.status === 429) return { count, got };
    expect(got.json.code).toBe('unknown');
    expect(got.headers.has('ratelimit')).toBe(false);
    expect(got.headers.has('ratelimit-policy')).toBe(false);
  }
  throw new Error('No key was too many.');
}

describe('the fields of a limit', () => {
  test('say of an address what it may try, and hold', async () => {
    const { count, got } = await tryUntilLimited();
    const policy = /^"unknown-keys";q=(\d+);w=(\d+)$/.exec(
      got.headers.get('ratelimit-policy') ?? '',
    );
    const [quota, windowSeconds] = [Number(policy?.[1]), Number(policy?.[2])];
    expect(count).toBe(quota);
    const limit = /^"unknown-keys";r=0;t=(\d+)$/.exec(got.headers.get('ratelimit') ?? '');
    const resetSeconds = Number(limit?.[1]);
    expect(got.headers.get('retry-after')).toBe(String(resetSeconds));
    world.keyturn.clock.advanceMs(resetSeconds * 1_000);
    const soon = await tryUntilLimited();
    expect(soon.count).toBeGreaterThan(0);
    expect(soon.count).toBeLessThan(quota);
    world.keyturn.clock.advanceMs(windowSeconds * 1_000);
    expect((await tryUntilLimited()).count).toBe(quota);
  });
});
