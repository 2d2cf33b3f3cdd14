import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const URL_BASE = 'https://keys.example';
const CLIENT = { address: '203.0.113.7', userAgent: 'job/1' };
const FORGOTTEN = { address: '192.0.2.5', userAgent: 'monthly/1' };
const REFUSING = { scopes: ['zz:q'] };

describe.each(dataKinds)('an answer to a retiring secret on $name', ({ create }) => {
  let fleet: Fleet;
  let time: HeldRotations;
  let verifier: string;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    time = new HeldRotations(fleet);
    verifier = (await keyturn().keys.create({ name: 'service', ...MANAGER })).plaintext;
  });
  afterAll(() => fleet.close());

  const MANAGER = { keyspace: 'keyturn', scopes: ['keys:verify', 'keys:read'] };
  const keyturn = () => fleet.at(0).keyturn;
  const ask = (path: string, key: string, { body, ...more }: Asked = {}) => {
    const headers = { 'x-api-key': key, 'content-type': 'application/json', ...more.headers };
    const said = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return keyturn().handler(new Request(`${URL_BASE}${path}`, { ...said, headers }));
  };
  const guarded = (key: string, options = {}) =>
    requireKey(keyturn(), options).guarded(() => new Response())(
      new Request(`${URL_BASE}/reports`, { headers: { 'x-api-key': key } }),
    );
  const verified = async (plaintext: string, more = {}) =>
    (await ask('/v1/keys/verify', verifier, { body: { plaintext, ...more } })).json();
  const told = (answer: Response) => [answer.status, answer.headers.get('api-key-status')];

  /** A key with two users, and a deadline. */
  async function rotated(overlap: string | undefined, policy?: string) {
    const made = await fleet.at(0).issue({ policy });
    for (const one of [CLIENT, FORGOTTEN]) await fleet.at(0).verify(made, one);
    await time.pass(MINUTE_MS);
    const { rotation, plaintext } = await time.rotate(made.key.id, { overlap });
    const { deadline } = rotation;
    return { id: made.key.id, old: made.plaintext, plaintext, deadline };
  }

  test('says so with its deadline, also where it refuses', async () => {
    const { old, plaintext, deadline } = await rotated('7d');
    const status = `retiring; deadline=${deadline}`;
    expect(deadline).toMatch(/Z$/);
    expect(told(await ask('/v1/authorize', old))).toEqual([200, status]);
    expect(told(await ask('/v1/authorize?scopes=zz:q', old))).toEqual([403, status]);
    expect(told(await guarded(old))).toEqual([200, status]);
    expect(told(await guarded(old, REFUSING))).toEqual([403, status]);
    expect(told(await guarded(old, { ...REFUSING, refusal: 'drf' }))).toEqual([403, status]);
    expect(told(await guarded(old, { allow: () => false }))).toEqual([403, status]);
    expect(await verified(old)).toMatchObject({ valid: true, status: 'retiring', deadline });
    expect(await verified(old, REFUSING)).toEqual({
      valid: false,
      code: 'insufficient_scope',
      status: 'retiring',
      deadline,
    });
    // Nothing of it is said of the new one, however it is refused.
    expect(told(await ask('/v1/authorize?scopes=zz:q', plaintext))).toEqual([403, null]);
    expect(told(await guarded(plaintext, REFUSING))).toEqual([403, null]);
    expect(await verified(plaintext, REFUSING)).toEqual({
      valid: false,
      code: 'insufficient_scope',
    });
  });

  test('says so where its holder asks about it, and is told no', async () => {
    const { old, deadline } = await rotated('7d');
    const status = `retiring; deadline=${deadline}`;
    expect(told(await ask('/v1/self', old))).toEqual([200, status]);
    const headers = { 'idempotency-key': 'a' };
    expect(told(await ask('/v1/self/rotate', old, { body: {} }))).toEqual([400, status]);
    expect(told(await ask('/v1/self/rotate', old, { body: {}, headers }))).toEqual([409, status]);
  });

  test('says so to a management key, whatever it asks', async () => {
    const made = await keyturn().keys.create({ name: 'service', ...MANAGER });
    const { rotation } = await time.rotate(made.key.id, { overlap: '7d' });
    const status = `retiring; deadline=${rotation.deadline}`;
    const body = { plaintext: 'key_live_x' };
    expect(told(await ask('/v1/keys/verify', made.plaintext, { body }))).toEqual([200, status]);
    expect(told(await ask('/v1/keys', made.plaintext))).toEqual([200, status]);
    expect(told(await ask('/v1/keys/nope', made.plaintext))).toEqual([404, status]);
    expect(told(await ask('/v1/owners', made.plaintext))).toEqual([403, status]);
  });

  test('says so while it is refused on trial', async () => {
    const brownouts = { after: '1h', for: '5m', share: [100] };
    await keyturn().policies.create({ name: 'tries', brownouts });
    const { old, plaintext, deadline } = await rotated(undefined, 'tries');
    await time.pass(2 * DAY_MS);
    await fleet.at(0).verify({ plaintext }, CLIENT);
    await time.pass(MINUTE_MS);
    expect(await verified(old)).toEqual({
      valid: false,
      code: 'browned_out',
      retryAfter: expect.any(Number),
      status: 'retiring',
      deadline,
    });
    const status = `retiring; deadline=${deadline}`;
    expect(told(await ask('/v1/authorize', old))).toEqual([403, status]);
    expect(told(await guarded(old))).toEqual([403, status]);
  });

  test('does not, where it is not known as one that retires', async () => {
    const { id, old } = await rotated('7d');
    await keyturn().keyspaces.create({ name: 'other', prefix: 'other' });
    // Of another keyspace, damaged, and at last revoked.
    expect(told(await ask('/v1/authorize?keyspace=other', old))).toEqual([401, null]);
    expect(told(await guarded(old, { keyspace: 'other' }))).toEqual([401, null]);
    expect(await verified(old, { keyspace: 'other' })).toEqual({ valid: false, code: 'unknown' });
    expect(told(await guarded(old.slice(0, -1)))).toEqual([401, null]);
    await keyturn().keys.revoke(id);
    expect(told(await guarded(old))).toEqual([401, null]);
    expect(await verified(old)).toEqual({ valid: false, code: 'revoked' });
  });
});

interface Asked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
