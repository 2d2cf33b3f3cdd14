import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../http/world.js';

const RIGHTS = ['keys:read', 'keys:write', 'keys:rotate', 'rotations:read'];

describe('who approves a rotation', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    for (const approvers of [1, 2]) {
      const body = { name: `agreed-${approvers}`, approval: { approvers } };
      await world.ask('POST', '/v1/policies', { body });
    }
  });
  afterAll(() => world.close());

  /** A management key that another one makes. */
  const childOf = async (maker: string) => {
    const body = { name: 'child', keyspace: 'keyturn', scopes: RIGHTS };
    const { status, json } = await world.ask('POST', '/v1/keys', { key: maker, body });
    expect(status).toBe(201);
    return String(json.plaintext);
  };
  const askedBy = async (key: string, approvers = 1) => {
    const { id } = await world.newKey({ policy: `agreed-${approvers}` });
    const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`, { key });
    return String(json.rotation.id);
  };
  const approve = (id: string, key: string) =>
    world.ask('POST', `/v1/rotations/${id}/approve`, { key });

  test('security 44: no key approves what its maker asked for, nor its maker what it asked for', async () => {
    const { plaintext: maker } = await world.manager(RIGHTS);
    const child = await childOf(maker);
    const grandchild = await childOf(child);
    for (const [asker, approver] of [
      [maker, child],
      [maker, grandchild],
      [child, maker],
      [grandchild, maker],
    ] as const) {
      const id = await askedBy(asker);
      expect(await approve(id, approver)).toMatchObject({ status: 403 });
      const { json } = await world.ask('GET', `/v1/rotations/${id}`);
      expect(json).toMatchObject({ step: 'approve', approvals: [] });
      const { plaintext: another } = await world.manager(RIGHTS);
      expect((await approve(id, another)).json.rotation.step).toBe('issue');
    }
  });

  test('security 44: a key and its maker are one of the people who agree', async () => {
    const { plaintext: asker } = await world.manager(RIGHTS);
    const { plaintext: maker } = await world.manager(RIGHTS);
    const child = await childOf(maker);
    const id = await askedBy(asker, 2);
    expect((await approve(id, child)).status).toBe(200);
    expect((await approve(id, maker)).status).toBe(403);
    const { json } = await world.ask('GET', `/v1/rotations/${id}`);
    expect(json).toMatchObject({ step: 'approve' });
  });

  test('security 44: no key that comes from who approved is shown the secret', async () => {
    const { plaintext: asker } = await world.manager(RIGHTS);
    const { plaintext: maker } = await world.manager(RIGHTS);
    const child = await childOf(maker);
    const retry = (id: string, key: string) =>
      world.ask('POST', `/v1/rotations/${id}/retry`, { key });
    for (const [approver, other] of [
      [maker, child],
      [child, maker],
    ] as const) {
      const id = await askedBy(asker);
      expect((await approve(id, approver)).status).toBe(200);
      const refused = await retry(id, other);
      expect(refused).toMatchObject({ status: 403 });
      expect(refused.json).not.toHaveProperty('plaintext');
      expect((await retry(id, asker)).json.plaintext).toEqual(expect.any(String));
    }
  });
});
