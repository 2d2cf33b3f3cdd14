import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimOf, tokenIn, whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';

const LEASE_MS = 30_000;

describe.each(dataKinds)('a claim that is linked anew on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({
      create,
      roles: ['server'],
      options: { publicUrl: 'https://keys.example' },
    });
  });
  afterEach(() => fleet.close());

  test('takes no secret away that was used a moment ago', async () => {
    const { keyturn } = fleet.at(0);
    const { token, rotationId } = await claimOf(fleet);
    const { plaintext } = await whileSettling(fleet, keyturn.claims.open(token));
    // What it has seen it has not written out yet.
    const facts = { address: '203.0.113.7' };
    expect(await fleet.at(0).verify({ plaintext }, facts)).toMatchObject({ valid: true });
    await expect(keyturn.rotations.retry(rotationId)).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringContaining('its secret is in use'),
    });
    expect(await fleet.at(0).verify({ plaintext }, facts)).toMatchObject({ valid: true });
  });

  test('is opened at once, also where the link before came too late', async () => {
    const { keyturn } = fleet.at(0);
    const { token, rotationId } = await claimOf(fleet);
    const held = holdNext(fleet.at(0).store, 'after', 'leaseRotations');
    const late = keyturn.claims.open(token);
    await held.isHeld;
    const { claim } = await keyturn.rotations.retry(rotationId);
    held.letGo();
    await expect(late).rejects.toMatchObject({ code: 'claim_refused' });
    const startedAt = fleet.clock.nowMs();
    const opening = keyturn.claims.open(tokenIn(claim?.url ?? ''));
    const { plaintext } = await whileSettling(fleet, opening);
    expect(fleet.clock.nowMs() - startedAt).toBeLessThan(LEASE_MS / 2);
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
  });
});
