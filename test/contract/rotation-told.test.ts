import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cutOff } from '../setup/cut-off.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate, whileTimePasses } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';

const HOUR_MS = 3_600_000;

describe.each(dataKinds)('what is told of a rotation on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create });
  });
  afterEach(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;

  test('to who repeats the call that began it, is how it is by now, and no secret', async () => {
    const { key } = await fleet.at(0).issue();
    await fleet.settle();
    const options = { idempotencyKey: 'once' };
    const rotating = keyturn().keys.rotate(key.id, {}, options);
    await whileTimePasses(fleet, async () => {
      const { items } = await keyturn().rotations.list({ key: key.id });
      return items[0]?.step === 'observe';
    });
    const first = await rotating;
    const again = await keyturn().keys.rotate(key.id, {}, options);
    expect(again).toMatchObject({
      replayed: true,
      key: { secrets: [{ number: 1 }, { number: 2 }] },
      rotation: { step: 'observe', newSecret: 2 },
    });
    expect(first).toHaveProperty('plaintext');
    expect(again).not.toHaveProperty('plaintext');
  });

  test('in the receipt, names who was silent from before the end, too', async () => {
    const { key } = await fleet.at(0).issue();
    await fleet.settle();
    const { rotation } = await rotate(fleet, key.id);
    const [here, there] = [fleet.at(0).store, fleet.at(1).store];
    there.before = () => {
      throw cutOff();
    };
    await new HeldRotations(fleet).pass(HOUR_MS);
    for (const _word of ['refused', 'for good']) {
      await keyturn().rotations.finish(rotation.id);
    }
    const now = () => keyturn().rotations.get(rotation.id);
    await whileTimePasses(fleet, async () => (await now()).state === 'completed');
    const receipt = new Map(
      (await now()).receipt.map(({ instance, afterMs }) => [instance, afterMs]),
    );
    expect(receipt.get(here.instanceId ?? '')).toEqual(expect.any(Number));
    expect(receipt.get(there.instanceId ?? '')).toBeNull();
  });
});
