import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { Probing } from '../setup/probing.js';
import { whileTimePasses } from '../setup/rotating.js';

const MINUTE_MS = 60_000;
const THIEF = { address: '198.51.100.9', userAgent: 'thief/1' };
const kinds = dataKinds.filter(({ name }) => name === 'memory'); // What it does is no adapter's.

describe.each(kinds)('a new secret that failed its test, on $name', ({ create }) => {
  let probing: Probing;
  beforeEach(async () => {
    probing = await Probing.start(create);
    await probing.follow();
  });
  afterEach(() => probing.close());

  test('is told of once somebody else than its test uses it', async () => {
    const { fleet, made } = probing.at;
    const { events, rotations } = fleet.at(0).keyturn;
    probing.answerWith(401);
    await expect(probing.rotated()).rejects.toMatchObject({ code: 'state_conflict' });
    const [rotation] = (await rotations.list({ key: made.key.id })).items;
    const [plaintext = ''] = probing.heard.map((one) => one.replace(/^\S+ /, ''));
    const uses = async () =>
      (await events.list({ subject: rotation?.id, type: 'secret.used_after_end' })).items;
    // What was asked may have looked it up only now.
    expect(await fleet.at(0).verify({ plaintext }, THIEF)).toMatchObject({ code: 'revoked' });
    for (let second = 0; second < 70; second += 1) await fleet.passMs(1_000);
    expect(await uses()).toEqual([]);
    fleet.clock.advanceMs(MINUTE_MS);
    await fleet.at(0).verify({ plaintext }, THIEF);
    await whileTimePasses(fleet, async () => (await uses()).length > 0);
    const [told] = await uses();
    expect(told?.changes).toContainEqual({ field: 'who', from: null, to: 'intruder' });
  });
});
