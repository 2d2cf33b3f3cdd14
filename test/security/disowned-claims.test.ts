import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import { openWorld, type World } from '../http/world.js';
import { type Announced, type claimOf, tokenIn, whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const HOUR_MS = 3_600_000;
const OWNER = { address: '203.0.113.7', userAgent: 'report/1' };
const THIEF = { address: '198.51.100.9', userAgent: 'report/1' };
const LEAK = { compromised: true, reason: 'taken over', deliver: 'claim' } as const;

describe.each(dataKinds)('a link that somebody else has opened on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, options: { publicUrl: 'https://keys.example' } });
  });
  afterAll(() => fleet.close());

  const keyturn = () => fleet.at(0).keyturn;
  const now = ({ rotationId }: Announced) => keyturn().rotations.get(rotationId);
  const disown = ({ token }: Announced) => whileSettling(fleet, keyturn().claims.disown(token));
  const outcomeOf = async (plaintext: string, from: object = OWNER) => {
    const verdict = await fleet.at(1).verify({ plaintext }, from);
    return verdict.valid ? 'valid' : verdict.code;
  };
  const eventsOf = async ({ rotationId: subject }: Announced) =>
    (await keyturn().events.list({ subject, limit: 200 })).items.filter(
      ({ type }) => type === 'rotation.claim_disowned',
    );

  /** Of a key that its owner uses; the link is opened. */
  async function opened(
    input: Parameters<typeof claimOf>[1] = { deliver: 'claim' },
    of: { readonly policy?: string } = {},
  ) {
    const made = await fleet.at(0).issue(of);
    await fleet.settle();
    await outcomeOf(made.plaintext);
    await fleet.passMs(2_000);
    const answer = await whileSettling(fleet, keyturn().keys.rotate(made.key.id, input));
    if (!('claim' in answer)) throw new Error('There is no claim.');
    const link = { made, token: tokenIn(answer.claim.url), rotationId: answer.rotation.id };
    const { plaintext } = await whileSettling(fleet, keyturn().claims.open(link.token));
    await fleet.settle();
    return { link, old: made.plaintext, claimed: plaintext };
  }

  test('security 40: shows a secret that ends, where nobody uses it, or strangers alone', async () => {
    for (const uses of [0, 3]) {
      const { link, old, claimed } = await opened();
      for (let use = 0; use < uses; use += 1) expect(await outcomeOf(claimed, THIEF)).toBe('valid');
      await disown(link);
      await fleet.settle();
      expect(await outcomeOf(claimed, THIEF)).toBe('revoked');
      expect(await outcomeOf(old)).toBe('valid');
      const asks = expect.stringContaining('retry makes another link');
      expect(await now(link)).toMatchObject({ step: 'announce', newSecret: null, asks });
      expect(await eventsOf(link)).toHaveLength(1);
      await disown(link); // It is of no link now.
      expect(await eventsOf(link)).toHaveLength(1);
    }
  });

  test('security 40: cuts nobody off who was there before: a person is asked, and nothing ends', async () => {
    const { link, old, claimed } = await opened();
    expect(await outcomeOf(claimed)).toBe('valid'); // Another mailbox of the owner says so, or a thief.
    await disown(link);
    const asks = expect.stringContaining('is used, by 203.0.113.0/24');
    expect(await now(link)).toMatchObject({ step: 'observe', state: 'needs_operator', asks });
    fleet.clock.advanceMs(40 * 24 * HOUR_MS);
    await fleet.passMs(2_000);
    await outcomeOf(claimed);
    fleet.clock.advanceMs(HOUR_MS);
    await fleet.passMs(2_000);
    expect(await now(link)).toMatchObject({ step: 'observe', state: 'needs_operator' });
    for (const plaintext of [old, claimed]) expect(await outcomeOf(plaintext)).toBe('valid');
    await disown(link);
    expect(await eventsOf(link)).toHaveLength(1);
    await keyturn().rotations.extend(link.rotationId, { until: '60d' });
    await fleet.passMs(2_000);
    expect(await now(link)).toMatchObject({ state: 'needs_operator', asks }); // It answers nothing.
    const { rotation } = await keyturn().rotations.finish(link.rotationId, { reason: 'ours' });
    expect(rotation).toMatchObject({ step: 'disable' });
  });

  test('security 40: has its old secret refused on trial no more, until a person has decided', async () => {
    const brownouts = { after: '1h', for: '5m', share: [100] };
    await keyturn().policies.create({ name: 'tried', brownouts });
    const { link, old, claimed } = await opened({ deliver: 'claim' }, { policy: 'tried' });
    expect(await outcomeOf(claimed)).toBe('valid');
    await disown(link);
    const asks = expect.stringContaining('is used, by 203.0.113.0/24');
    for (let hour = 0; hour < 3; hour += 1) {
      await fleet.passMs(2_000);
      expect(await now(link)).toMatchObject({ step: 'observe', asks, brownouts: [] });
      expect(await outcomeOf(old)).toBe('valid');
      fleet.clock.advanceMs(HOUR_MS);
    }
  });

  test('security 40: ends no only secret, and people hear of it also where the rotation is over', async () => {
    const { link, claimed } = await opened(LEAK);
    const isOver = async () => (await now(link)).closedAt !== null;
    for (let step = 0; step < 200 && !(await isOver()); step += 1) await fleet.passMs(500);
    expect(await isOver()).toBe(true);
    await disown(link);
    await disown(link);
    expect(await outcomeOf(claimed, THIEF)).toBe('valid');
    expect(await eventsOf(link)).toHaveLength(1);
  });

  test.each(['revoke', 'finish', 'rollback'] as const)(
    'security 40: ends nothing after a person’s %s, and asks',
    async (word) => {
      const { link, claimed } = await opened();
      expect(await outcomeOf(claimed, THIEF)).toBe('valid');
      await fleet.passMs(2_000);
      const { id } = link.made.key;
      if (word === 'revoke') await keyturn().keys.revoke(id, { secret: 1, reason: 'r' });
      else await keyturn().rotations[word](link.rotationId, { reason: 'r' });
      await disown(link);
      await fleet.settle();
      expect(await outcomeOf(claimed, THIEF)).toBe('valid');
      const { asks, state }: Rotation = await now(link);
      if (state !== 'completed') expect(asks).toContain('Take the key back: keyturn key rotate');
      const undo = expect.stringContaining(`keyturn rotation undo ${link.rotationId}`);
      if (word === 'finish') expect(asks).toEqual(undo);
      expect(await eventsOf(link)).toHaveLength(1);
    },
  );
});

describe('saying so over HTTP', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ publicUrl: 'https://keys.example' });
  });
  afterAll(() => world.close());

  const open = (body: object) => world.ask('POST', '/claim', { key: undefined, body });
  const disown = (token: string) =>
    world.ask('POST', '/claim/disown', { key: undefined, body: { token } });

  /** A claim that nobody has opened. */
  async function announced({ ask, newKey }: World) {
    const key = await newKey();
    const { json } = await ask('POST', `/v1/keys/${key.id}/rotate`, { body: { deliver: 'claim' } });
    return { key, token: tokenIn(json.claim.url), rotationId: String(json.rotation.id) };
  }

  test('security 40: is heard alike whatever became of it, and ends nothing that is not its own', async () => {
    const [waiting, ended, opened] = [
      await announced(world),
      await announced(world),
      await announced(world),
    ];
    await world.ask('POST', `/v1/rotations/${ended.rotationId}/abort`);
    await open({ token: opened.token });
    const unknown = await disown('A'.repeat(43));
    expect(unknown).toMatchObject({ status: 200, json: { heard: true } });
    for (const token of ['x', waiting.token, ended.token, opened.token]) {
      expect((await disown(token)).text).toBe(unknown.text);
    }
    const at = `/v1/rotations/${waiting.rotationId}`;
    expect((await world.ask('GET', at)).json).toMatchObject({ step: 'announce' });
    expect((await open({ token: waiting.token })).status).toBe(200);
    expect((await world.ask('GET', '/v1/self', { key: ended.key.plaintext })).status).toBe(200);
    const told = await world.ask('GET', `/v1/events?subject=${opened.rotationId}`);
    expect(told.text).toContain('rotation.claim_disowned');
  });
});
