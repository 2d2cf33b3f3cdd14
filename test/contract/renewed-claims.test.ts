import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimOf, tokenIn, whileSettling } from '../setup/claiming.js';
import { cutOff } from '../setup/cut-off.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { HeldRotations } from '../setup/rotations.js';

const [LEASE_MS, MINUTE_MS] = [30_000, 60_000];

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

  test('is not offered one whose secret is in use, nor one that was rolled back', async () => {
    const { keyturn } = fleet.at(0);
    const { token, rotationId } = await claimOf(fleet);
    const { plaintext } = await whileSettling(fleet, keyturn.claims.open(token));
    const offered = async () => {
      const { actions } = await keyturn.rotations.get(rotationId);
      return actions.map(({ name }) => name);
    };
    expect(await offered()).toContain('retry');
    await fleet.at(0).verify({ plaintext }, { address: '203.0.113.7' });
    await new HeldRotations(fleet).pass(MINUTE_MS);
    expect(await offered()).not.toContain('retry');
    await keyturn.rotations.rollback(rotationId);
    expect(await offered()).not.toContain('retry');
    await expect(keyturn.rotations.retry(rotationId)).rejects.toThrow(/it waits for the evidence/);
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

describe.each(dataKinds)('a claim of two instances that is linked anew on $name', ({ create }) => {
  const facts = { address: '203.0.113.7' };
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, options: { publicUrl: 'https://keys.example' } });
  });
  afterEach(() => fleet.close());

  async function opened() {
    const { token, rotationId } = await claimOf(fleet);
    await fleet.settle();
    const { plaintext } = await whileSettling(fleet, fleet.at(0).keyturn.claims.open(token));
    await fleet.settle();
    return { plaintext, rotationId };
  }

  test('waits for what another has seen a moment ago', async () => {
    const { plaintext, rotationId } = await opened();
    expect(await fleet.at(1).verify({ plaintext }, facts)).toMatchObject({ valid: true });
    const { rotations } = fleet.at(0).keyturn;
    await expect(whileSettling(fleet, rotations.retry(rotationId))).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringContaining('its secret is in use'),
    });
    expect(await fleet.at(1).verify({ plaintext }, facts)).toMatchObject({ valid: true });
  });

  test('is so as soon as all have told that nobody uses its secret', async () => {
    const { plaintext, rotationId } = await opened();
    const { rotations } = fleet.at(0).keyturn;
    const startedAt = fleet.clock.nowMs();
    const { rotation, claim } = await whileSettling(fleet, rotations.retry(rotationId));
    expect(fleet.clock.nowMs() - startedAt).toBeLessThan(5_000);
    expect(rotation.step).toBe('announce');
    expect(claim).toHaveProperty('url');
    await fleet.settle();
    expect(await fleet.at(1).verify({ plaintext }, facts)).toMatchObject({ code: 'revoked' });
  });

  test('waits for no instance that has died', async () => {
    const { rotationId } = await opened();
    fleet.at(1).store.before = () => {
      throw cutOff();
    };
    const { rotations } = fleet.at(0).keyturn;
    const { rotation } = await whileSettling(fleet, rotations.retry(rotationId));
    expect(rotation.step).toBe('announce');
  });

  test('is not while one that lives does not tell', async () => {
    const { plaintext, rotationId } = await opened();
    fleet.at(1).store.before = (method) => {
      if (method === 'recordUsage') throw cutOff();
    };
    await fleet.at(1).verify({ plaintext }, facts);
    const { rotations } = fleet.at(0).keyturn;
    await expect(whileSettling(fleet, rotations.retry(rotationId))).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringContaining('has not told'),
    });
    expect(await fleet.at(1).verify({ plaintext }, facts)).toMatchObject({ valid: true });
  });
});
