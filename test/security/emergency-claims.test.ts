import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rotatedBy, tokenIn, untilSeen, whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const PUBLIC_URL = 'https://keys.example';

describe.each(dataKinds)('a claim in an emergency on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, options: { publicUrl: PUBLIC_URL } });
  });
  afterEach(() => fleet.close());

  test('security 36: one of an emergency ends every secret at once, on every instance', async () => {
    const made = await fleet.at(0).issue();
    const { keyturn } = fleet.at(0);
    const rotated = await whileSettling(fleet, keyturn.keys.rotate(made.key.id));
    const second = 'plaintext' in rotated ? rotated.plaintext : '';
    const input = { compromised: true, reason: 'taken', deliver: 'claim' } as const;
    const planned = await keyturn.keys.rotate(made.key.id, { ...input, dryRun: true });
    if (!('plan' in planned)) throw new Error('There is no plan.');
    expect(planned.plan.ends).toMatchObject([
      { secret: 2, after: '0s' },
      { secret: 1, after: '0s' },
    ]);
    expect(planned.plan.says).toContain('Until it is opened the key has no secret.');
    expect(await fleet.at(1).verify(made)).toMatchObject({ valid: true });

    const answer = await rotatedBy(keyturn, made.key.id, input);
    const { rotation } = answer;
    await fleet.settle();
    for (const plaintext of [made.plaintext, second]) {
      const verdict = await fleet.at(1).verify({ plaintext });
      expect(verdict).toMatchObject({ valid: false, code: 'revoked' });
    }
    const seen = () => keyturn.rotations.get(rotation.id);
    await whileSettling(
      fleet,
      untilSeen(async () => (await seen()).receipt.length === 2),
    );
    const told = await seen();
    expect(told).toMatchObject({ step: 'announce', end: 'emergency', revokedAt: told.createdAt });

    // The receipt is of the end, however much later the link is opened.
    await fleet.passMs(60_000);
    const opening = fleet.at(1).keyturn.claims.open(tokenIn(answer.claim.url));
    const { plaintext, old } = await whileSettling(fleet, opening);
    expect(old).toMatchObject({ number: 2, state: 'revoked' });
    await fleet.settle();
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
    await whileSettling(
      fleet,
      untilSeen(async () => (await seen()).state === 'completed'),
    );
    expect(await seen()).toMatchObject({ receipt: told.receipt, revokedAt: told.revokedAt });
    const key = await keyturn.keys.get(made.key.id);
    expect(key.secrets.map(({ state }) => state)).toEqual(['revoked', 'revoked', 'current']);
  });

  test('security 36: one of an emergency that nobody opens is linked anew, and ends nothing more', async () => {
    const made = await fleet.at(0).issue();
    const { keyturn } = fleet.at(0);
    const input = { compromised: true, reason: 'taken', deliver: 'claim' } as const;
    const { rotation } = await rotatedBy(keyturn, made.key.id, input);
    await keyturn.rotations.abort(rotation.id);
    const [secret] = (await keyturn.keys.get(made.key.id)).secrets;
    expect(secret?.state).toBe('revoked');
    // It has no secret, and is given one as any other key.
    const again = await rotatedBy(keyturn, made.key.id, { deliver: 'claim' });
    const retried = await keyturn.rotations.retry(again.rotation.id);
    const opening = keyturn.claims.open(tokenIn(retried.claim?.url ?? ''));
    const { plaintext } = await whileSettling(fleet, opening);
    await fleet.settle();
    expect(await fleet.at(1).verify({ plaintext })).toMatchObject({ valid: true });
  });
});
