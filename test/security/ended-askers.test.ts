import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../http/world.js';

type Manager = Awaited<ReturnType<World['manager']>>;

const tokenIn = (url: string) => new URL(url).hash.slice(1);

/** A management key that may rotate. */
const manager = ({ manager: make }: World): Promise<Manager> =>
  make(['keys:rotate', 'rotations:read']);

describe('what a management key has asked for', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ publicUrl: 'https://keys.example' });
  });
  afterAll(() => world.close());

  const open = (body: object) => world.ask('POST', '/claim', { key: undefined, body });

  test('security 46: a claim opens nothing once the management key that made it is revoked', async () => {
    const maker = await manager(world);
    const key = await world.newKey();
    const asked = await world.ask('POST', `/v1/keys/${key.id}/rotate`, {
      key: maker.plaintext,
      body: { deliver: 'claim' },
    });
    const token = tokenIn(asked.json.claim.url);
    const rotationId = String(asked.json.rotation.id);
    await world.ask('POST', `/v1/keys/${maker.id}/revoke`);
    const unknown = await open({ token: 'A'.repeat(43) });
    const refused = await open({ token });
    expect(refused.status).toBe(unknown.status);
    expect(refused.text).toBe(unknown.text);
    expect((await world.ask('GET', `/v1/rotations/${rotationId}`)).json.step).toBe('announce');
    const { json } = await world.ask('POST', `/v1/rotations/${rotationId}/retry`);
    expect((await open({ token: tokenIn(json.claim.url) })).status).toBe(200);
  });

  test('security 46: nobody agrees to what a revoked key asked for, and what it agreed to is void', async () => {
    const policy = 'two-agree';
    const body = { name: policy, approval: { approvers: 2 } };
    await world.ask('POST', '/v1/policies', { body });
    const [maker, first, second, third] = await Promise.all([1, 2, 3, 4].map(() => manager(world)));
    const asked = async (by: Manager | undefined) => {
      const { id } = await world.newKey({ policy });
      const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`, { key: by?.plaintext });
      return String(json.rotation.id);
    };
    const agree = (rotationId: string, by: Manager | undefined) =>
      world.ask('POST', `/v1/rotations/${rotationId}/approve`, { key: by?.plaintext });
    const revoke = (one: Manager | undefined) => world.ask('POST', `/v1/keys/${one?.id}/revoke`);
    const [ofMaker, ofOther] = [await asked(maker), await asked(second)];
    await agree(ofOther, first);
    await Promise.all([revoke(maker), revoke(first)]);
    expect(await agree(ofMaker, second)).toMatchObject({ status: 409 });
    expect((await agree(ofOther, third)).json.rotation).toMatchObject({ step: 'approve' });
    const fourth = await manager(world);
    expect((await agree(ofOther, fourth)).json.rotation).toMatchObject({ step: 'issue' });
  });
});
