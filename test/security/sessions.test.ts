import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { personIn, type SignedInPerson } from '../http/people.js';
import { type DataKind, dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { peopleAttempts } from './people-attempts.js';
import { rotationAttempts, VENDING } from './rotation-attempts.js';
import { type Served, serve } from './served.js';

const HOUR_MS = 3_600_000;

let fleet: Fleet;
/** Where it is ended, and where its thief asks. */
let near: Served;
let far: Served;
let admin: SignedInPerson;

async function start({ create }: Pick<DataKind, 'create'>): Promise<void> {
  fleet = await startFleet({ create, options: { destinations: VENDING, notices: {} } });
  near = await serve(fleet.at(0).keyturn);
  far = await serve(fleet.at(1).keyturn);
  await newPerson('admin'); // The last one is not taken away.
  admin = await newPerson('admin');
}

function newPerson(role: 'admin' | 'operator') {
  const { keyturn } = fleet.at(1);
  return personIn({ keyturn, url: far.url, ask: far.ask }, role);
}

afterEach(() => fleet.close());

/** A good request to each of these routes. */
async function attempts(): Promise<readonly (readonly [string, string, object])[]> {
  const { keyturn } = fleet.at(0);
  const active = (await fleet.at(0).issue()).key.id;
  await keyturn.owners.create({ id: 'acme', name: 'Acme' });
  const known: Readonly<Record<string, readonly [string, object]>> = {
    'POST /v1/keys': ['', { name: 'child', keyspace: 'keyturn', scopes: ['*'] }],
    'PATCH /v1/keys/{id}': [active, { name: 'changed' }],
    'POST /v1/keys/{id}/revoke': [active, {}],
    'POST /v1/keyspaces': ['', { name: 'thiefs', prefix: 'thief' }],
    'POST /v1/owners/{id}/erase': ['acme', {}],
    ...(await rotationAttempts(fleet)),
    ...(await peopleAttempts(fleet)),
  };
  return Object.entries(known)
    .filter(([route]) => !route.endsWith('/test'))
    .map(([route, [id, body]]) => {
      const [method = '', path = ''] = route.split(' ');
      return [method, path.replace(/\{\w+\}/, id), body];
    });
}

async function eventCount(): Promise<number> {
  return (await fleet.at(0).store.counts()).events;
}

describe.each(dataKinds)('a session on $name', ({ create }) => {
  beforeEach(() => start({ create }));

  test('security 46: changes nothing where it is ended before the commit', async () => {
    for (const [method, path, body] of await attempts()) {
      const thiefs = await newPerson('admin');
      const held = holdNext(fleet.at(1).store, 'before', 'commit');
      const made = thiefs.ask(method, path, method === 'DELETE' ? {} : { body });
      await held.isHeld;
      const ended = await near.ask('DELETE', `/v1/sessions/${thiefs.session.id}`);
      expect(ended.status).toBe(204);
      const countBefore = await eventCount();
      held.letGo();
      const { status, json } = await made;
      expect([method, path, status, json?.code]).toEqual([method, path, 401, 'unauthenticated']);
      expect([path, await eventCount()]).toEqual([path, countBefore]);
    }
  });

  test.each([
    ['of another role', { role: 'viewer' }],
    ['bound to a keyspace', { keyspaces: ['default'] }],
  ] as const)('security 46: changes nothing where its person is %s by then', async (_how, body) => {
    const held = holdNext(fleet.at(1).store, 'before', 'commit');
    const made = admin.ask('POST', '/v1/keys', { body: { name: 'late' } });
    await held.isHeld;
    expect((await near.ask('PATCH', `/v1/people/${admin.id}`, { body })).status).toBe(200);
    held.letGo();
    expect((await made).json.code).toBe('unauthenticated');
    expect((await fleet.at(0).keyturn.keys.list({ maker: admin.id })).items).toEqual([]);
  });

  test('security 46: changes nothing where its person is removed before the commit', async () => {
    const held = holdNext(fleet.at(1).store, 'before', 'commit');
    const made = admin.ask('POST', '/v1/keys', { body: { name: 'late' } });
    await held.isHeld;
    expect((await near.ask('DELETE', `/v1/people/${admin.id}`)).status).toBe(204);
    held.letGo();
    expect((await made).json.code).toBe('unauthenticated');
    expect((await fleet.at(0).keyturn.keys.list({ maker: admin.id })).items).toEqual([]);
  });

  test('security 46: nothing is read by it once it is ended, wherever that was done', async () => {
    expect((await admin.ask('GET', '/v1/keys')).status).toBe(200);
    await fleet.at(0).keyturn.sessions.end(admin.session.id ?? '');
    expect((await admin.ask('GET', '/v1/keys')).json.code).toBe('session_ended');
  });

  test('security 46: its person approves no more what it asked for before it was removed', async () => {
    const { keyturn } = fleet.at(0);
    await keyturn.policies.create({ name: 'agreed', approval: { approvers: 2 } });
    const key = (await fleet.at(0).issue({ policy: 'agreed' })).key.id;
    const asker = await newPerson('admin');
    const asked = await asker.ask('POST', `/v1/keys/${key}/rotate`);
    const id = String(asked.json.rotation.id);
    expect((await admin.ask('POST', `/v1/rotations/${id}/approve`)).status).toBe(200);
    await keyturn.people.remove(admin.id);
    const other = await newPerson('admin');
    const { json } = await other.ask('POST', `/v1/rotations/${id}/approve`);
    expect(json.rotation.step).toBe('approve');
  });

  test('security 46: ends when it was not used for 8 hours, and after 7 days all the same', async () => {
    const idle = await newPerson('operator');
    for (let hour = 0; hour < 7 * 24; hour += 7) {
      expect((await admin.ask('GET', '/v1/session')).status, `after ${hour} hours`).toBe(200);
      if (hour === 7) expect((await idle.ask('GET', '/v1/session')).status).toBe(200);
      if (hour === 21) expect((await idle.ask('GET', '/v1/session')).status).toBe(401);
      fleet.clock.advanceMs(7 * HOUR_MS);
    }
    expect((await admin.ask('GET', '/v1/session')).json.code).toBe('session_ended');
    if (fleet.data.url.startsWith('postgres:')) return; // Its own clock has not moved.
    const commit = fleet.at(0).keyturn.as({
      actor: { kind: 'admin', id: admin.id },
      session: admin.session,
    });
    await expect(commit.keys.create({ name: 'late' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  test('security 44: a second session, or a key of the same person, approves nothing it asked for', async () => {
    const { keyturn } = fleet.at(0);
    await keyturn.policies.create({ name: 'agreed', approval: { approvers: 1 } });
    const second = await near.ask('POST', '/v1/sign-in', {
      key: undefined,
      body: { email: admin.email, password: 'correct horse battery' },
    });
    const cookie = second.headers.get('set-cookie')?.split(';')[0] ?? '';
    const again = (path: string) =>
      near.ask('POST', path, { key: undefined, headers: { cookie, origin: near.url } });
    const makeKey = async () => {
      const body = { name: 'own', keyspace: 'keyturn', scopes: ['*'] };
      return String((await admin.ask('POST', '/v1/keys', { body })).json.plaintext);
    };
    const [own, sibling] = [await makeKey(), await makeKey()];
    await fleet.settle();
    const askers = [
      (path: string) => admin.ask('POST', path),
      (path: string) => far.ask('POST', path, { key: own }),
    ];
    for (const ask of askers) {
      const key = (await fleet.at(0).issue({ policy: 'agreed' })).key.id;
      const asked = await ask(`/v1/keys/${key}/rotate`);
      expect(asked.status, asked.text).toBe(202);
      const approve = `/v1/rotations/${asked.json.rotation.id}/approve`;
      expect((await again(approve)).status).toBe(403);
      expect((await admin.ask('POST', approve)).status).toBe(403);
      for (const mine of [own, sibling]) {
        // The very key that asked is told so.
        expect((await near.ask('POST', approve, { key: mine })).status).toBeOneOf([403, 409]);
      }
      const other = await newPerson('operator');
      expect((await other.ask('POST', approve)).status).toBe(200);
    }
  });
});
