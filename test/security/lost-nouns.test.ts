import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newNoticeId } from '../../src/keys/id.js';
import type { Keyturn } from '../../src/public.js';
import { idSource, uniqueText } from '../contract/build.js';
import { dataKinds } from '../setup/data.js';
import { startAging, UNUSED } from '../setup/expiring.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { type Changes, eventCount, lie, madeOnce } from './repeated-changes.js';

const root = mkdtempSync(join(tmpdir(), 'keyturn-lost-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const settings = (variable: string) => ({ path: join(root, '.env'), variable });
const addresses = ['ops@acme.example'];
let made = 0;

function newName(): string {
  made += 1;
  return `some-${made}`;
}

async function aDestination(keyturn: Keyturn) {
  const { key } = await keyturn.keys.create({ name: 'delivered' });
  const place = { kind: 'dotenv', settings: settings('API_KEY') };
  return keyturn.destinations.create({ name: 'env', key: key.id, ...place });
}

/** What rotation by itself is said with. */
const changes: Changes = {
  'destination.created': async (keyturn) => {
    const { key } = await keyturn.keys.create({ name: 'delivered' });
    const place = { kind: 'dotenv', settings: settings('API_KEY') };
    return (on, how) => on.destinations.create({ name: 'env', key: key.id, ...place }, how);
  },
  'destination.updated': async (keyturn) => {
    const { id } = await aDestination(keyturn);
    return (on, how) => on.destinations.update(id, { settings: settings('OTHER') }, how);
  },
  'destination.deleted': async (keyturn) => {
    const { id } = await aDestination(keyturn);
    return (on, how) => on.destinations.delete(id, how);
  },
  'channel.created': async () => {
    const name = newName();
    return (on, how) => on.channels.create({ name, kind: 'mail', addresses }, how);
  },
  'channel.updated': async (keyturn) => {
    const { id } = await keyturn.channels.create({ name: newName(), kind: 'mail', addresses });
    return (on, how) => on.channels.update(id, { addresses: ['dev@acme.example'] }, how);
  },
  'channel.deleted': async (keyturn) => {
    const { id } = await keyturn.channels.create({ name: newName(), kind: 'mail', addresses });
    return (on, how) => on.channels.delete(id, how);
  },
  'notice.retried': async (keyturn, fleet) => {
    const id = await aDeadNotice(keyturn, fleet);
    return (on, how) => on.notices.retry(id, how);
  },
  'policy.applied': async (keyturn) => {
    const name = newName();
    await keyturn.policies.create({ name });
    const file = `policy: ${name}\nschedule: { every: 90d, mode: after }\n`;
    return (on, how) => on.policies.apply({ file }, how);
  },
  'policy.deleted': async (keyturn) => {
    const name = newName();
    await keyturn.policies.create({ name });
    return (on, how) => on.policies.delete(name, how);
  },
};

async function aDeadNotice(keyturn: Keyturn, fleet: Fleet): Promise<string> {
  const { store } = fleet.at(0);
  const { key } = await keyturn.keys.create({ name: 'told' });
  const [keyspace] = (await store.listKeyspaces()).filter(({ name }) => name === 'default');
  if (keyspace === undefined) throw new Error('There is no keyspace.');
  const id = newNoticeId(idSource());
  const notice = JSON.stringify({ kind: 'done', items: [{ id: key.id }] });
  const failure = { class: 'rejected', message: 'it was refused' };
  await store.notices.insertNotices([
    {
      ...{ id, keyspaceId: keyspace.id, idempotencyKey: uniqueText(), recipient: 'ops' },
      ...{ ownerId: null, kind: 'done', notice, sealed: null, state: 'dead', tryCount: 9 },
      ...{
        firstTryAt: 0,
        nextAt: null,
        sentAs: null,
        isDigest: false,
        failure,
        createdAt: 0,
        sentAt: null,
      },
    },
  ]);
  return id;
}

// What is asked of the store alike by all of them is tried on every kind in lost-answers.test.ts.
describe.each(dataKinds.filter(({ name }) => name !== 'postgres'))(
  'a change of what rotates by itself, whose answer is lost, on $name',
  ({ create }) => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await startFleet({ create, options: { destinations: { roots: [root] } } });
    });
    afterAll(() => fleet.close());

    madeOnce(() => fleet, changes);
  },
);

test('security 35: a person enables a key that was disabled as unused once, and it stays so', async () => {
  const [memory] = dataKinds;
  if (memory === undefined) throw new Error('There is no memory.');
  const aging = await startAging(memory);
  try {
    const { keyturn } = aging;
    await aging.policy('swept', { expiry: UNUSED });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    await aging.until(async () => (await aging.events(id, 'key.unused')).length > 0);
    await aging.days(11);
    await aging.until(async () => (await aging.get(id)).state === 'disabled');
    lie(aging.fleet.at(0).store, 1, () => new Error('Something broke.'));
    const enable = () => keyturn.keys.enable(id, {}, { idempotencyKey: 'once' });
    await expect(enable()).rejects.toThrow('Something broke.');
    expect(await enable()).toMatchObject({ key: { state: 'active' }, replayed: true });
    await aging.days(2);
    expect((await aging.get(id)).state).toBe('active');
    expect(await eventCount(keyturn, 'key.enabled')).toBe(1);
    expect(await aging.events(id, 'key.unused')).toHaveLength(1);
    expect(await aging.events(id, 'key.disabled')).toHaveLength(1);
  } finally {
    await aging.fleet.close();
  }
});
