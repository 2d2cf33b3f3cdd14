import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rotationIdFrom } from '../../src/keys/id.js';
import { tokenIn, whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { anInstanceId } from './build.js';

const HELD_MS = 10_000;

describe.each(dataKinds)('a secret that waits for who asked, on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, options: { publicUrl: 'https://keys.acme.test' } });
  });
  afterEach(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const another = () => keyturn().as({ actor: { kind: 'admin', id: 'bo' } });

  /** Somebody else works on it, and is slow. */
  async function held(text: string): Promise<void> {
    const id = rotationIdFrom(text);
    const query = {
      owner: anInstanceId(),
      nowMs: fleet.clock.nowMs(),
      leaseMs: HELD_MS,
      mostMs: 86_400_000,
      limit: 1,
    };
    const taken = id && (await fleet.at(1).store.leaseRotations({ ...query, id }));
    expect(taken).toHaveLength(1);
  }

  async function approved() {
    await keyturn().policies.create({ name: 'agreed', approval: { approvers: 1 } });
    const made = await fleet.at(0).issue({ policy: 'agreed' });
    await fleet.settle();
    const answer = await whileSettling(fleet, keyturn().keys.rotate(made.key.id));
    if (!('rotation' in answer)) throw new Error('It has not begun.');
    expect(answer.rotation.step).toBe('approve');
    return { made, rotation: answer.rotation };
  }

  test('is collected as soon as nobody else works on it', async () => {
    const { rotation } = await approved();
    await another().rotations.approve(rotation.id);
    await held(rotation.id);
    const answer = await whileSettling(fleet, keyturn().rotations.retry(rotation.id));
    expect(answer).toHaveProperty('plaintext', expect.stringMatching(/^key_live_/));
  });

  test('is given to one of those who collect it at once, and is the one that is accepted', async () => {
    const { made, rotation } = await approved();
    await another().rotations.approve(rotation.id);
    const all = [0, 1, 0].map((index) => fleet.at(index).keyturn.rotations.retry(rotation.id));
    const settled = await whileSettling(fleet, Promise.allSettled(all));
    const given = settled.flatMap((one) =>
      one.status === 'fulfilled' && 'plaintext' in one.value ? [one.value.plaintext] : [],
    );
    expect(given).toHaveLength(1);
    const [plaintext = ''] = given;
    await fleet.settle();
    for (const instance of fleet.instances) {
      expect(await instance.verify({ plaintext })).toMatchObject({ valid: true });
    }
    const { secrets } = await keyturn().keys.get(made.key.id);
    expect(secrets.map(({ state }) => state)).toEqual(['retiring', 'current']);
    const refusals = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refusals).toHaveLength(2);
    for (const reason of refusals) expect(reason).toMatchObject({ code: 'state_conflict' });
  });

  test('is not collected by who has approved it', async () => {
    const { rotation } = await approved();
    await another().rotations.approve(rotation.id);
    const refused = another().rotations.retry(rotation.id);
    await expect(refused).rejects.toMatchObject({ code: 'state_conflict' });
    const answer = await whileSettling(fleet, keyturn().rotations.retry(rotation.id));
    expect(answer).toHaveProperty('plaintext');
  });

  test('is collected by a consumer that asked for it itself, likewise', async () => {
    await keyturn().policies.create({ name: 'own', selfRotation: true });
    const { plaintext } = await fleet.at(0).issue({ policy: 'own' });
    await fleet.settle();
    const ask = () =>
      whileSettling(fleet, keyturn().rotateSelf({ plaintext, idempotencyKey: 'once' }));
    const { rotation } = await ask();
    await keyturn().rotations.approve(rotation.id);
    await held(rotation.id);
    expect(await ask()).toHaveProperty('plaintext', expect.stringMatching(/^key_live_/));
  });

  test('is handed over by its link, likewise', async () => {
    const { key } = await fleet.at(0).issue();
    await fleet.settle();
    const answer = await whileSettling(fleet, keyturn().keys.rotate(key.id, { deliver: 'claim' }));
    if (!('claim' in answer)) throw new Error('There is no claim.');
    await held(answer.rotation.id);
    const opening = keyturn().claims.open(tokenIn(answer.claim.url));
    expect(await whileSettling(fleet, opening)).toHaveProperty('plaintext');
  });
});
