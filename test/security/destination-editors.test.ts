import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CreatedKey, Management } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { expectNothingOf } from './canaries.js';

const EDIT = ['destinations:write', 'keys:rotate'];

describe.each(dataKinds)('who edits a destination on $name', ({ create }) => {
  let fleet: Fleet;
  let root: string;
  let other: string;
  /** A consumer's key, a management key, and a destination of each. */
  let consumer: CreatedKey;
  let manager: CreatedKey;
  let ofConsumer: string;
  let ofManager: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'keyturn-editors-'));
    const destinations = { roots: [root] };
    fleet = await startFleet({ create, roles: ['server'], options: { destinations } });
    const { keyturn } = fleet.at(0);
    other = (await keyturn.keyspaces.create({ name: 'other', prefix: 'other' })).id;
    consumer = await fleet.at(0).issue();
    manager = await fleet.at(0).issue({ keyspace: 'keyturn', scopes: ['*'] });
    await writeFile(join(root, '.env'), `API_KEY=${consumer.plaintext}\n`);
    ofConsumer = (await keyturn.destinations.create(input(consumer))).id;
    ofManager = (await keyturn.destinations.create(input(manager))).id;
  });
  afterAll(async () => {
    await fleet.close();
    await rm(root, { recursive: true, force: true });
  });

  const settings = (name = '.env') => ({ path: join(root, name), variable: 'API_KEY' });
  const input = ({ key }: CreatedKey, name = 'app') => {
    return { name, key: key.id, kind: 'dotenv', settings: settings() };
  };

  /** Somebody with a management key of these rights. */
  async function as(scopes: readonly string[], keyspaces?: readonly string[]): Promise<Management> {
    const restrictions = keyspaces === undefined ? {} : { restrictions: { keyspaces } };
    const made = await fleet.at(0).issue({ keyspace: 'keyturn', scopes, ...restrictions });
    const { keyturn } = fleet.at(0);
    const verdict = await keyturn.verify({ plaintext: made.plaintext, keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error('The management key does not work.');
    return keyturn.as({ actor: { kind: 'management_key', id: made.key.id }, key: verdict.key });
  }

  /** Every way to say where a secret goes, or to learn what is there. */
  function edits({ destinations }: Management, of: CreatedKey, id: string) {
    return [
      () => destinations.create(input(of, 'thiefs')),
      () => destinations.update(id, { settings: settings('thiefs.env') }),
      () => destinations.test(id),
      () => destinations.delete(id),
    ];
  }

  async function expectRefused(who: Management, of: CreatedKey, code: string): Promise<void> {
    const { keyturn } = fleet.at(0);
    const id = of === consumer ? ofConsumer : ofManager;
    const before = await keyturn.destinations.list();
    for (const edit of edits(who, of, id)) {
      const fault = await edit().catch((thrown: unknown) => thrown);
      expect(fault).toMatchObject({ code });
      expectNothingOf([consumer.plaintext, manager.plaintext], String(fault));
    }
    expect(await keyturn.destinations.list()).toEqual(before);
    expect(await readdir(root)).toEqual(['.env']);
  }

  test.each([
    ['may only read', ['destinations:read', 'keys:rotate']],
    ['may write destinations, and rotate no key', ['destinations:*', 'keys:read', 'keys:write']],
    ['may rotate keys, and write no destination', ['keys:*', 'rotations:*']],
  ])('security 44: who %s changes none', async (_who, scopes) => {
    await expectRefused(await as(scopes), consumer, 'forbidden');
  });

  test('security 44: of a key in another keyspace there is none', async () => {
    await expectRefused(await as(EDIT, [other]), consumer, 'not_found');
  });

  test('security 44: of a management key that can do more nobody changes one', async () => {
    await expectRefused(await as(EDIT), manager, 'forbidden');
  });

  test('security 44: who may rotate a key says where it goes', async () => {
    const { destinations } = await as(EDIT);
    const { id } = await destinations.create(input(consumer, 'rightful'));
    expect(await destinations.test(id)).toMatchObject({ holds: { secret: 1 } });
    await destinations.update(id, { position: 5 });
    await destinations.delete(id);
    const covering = await as(['*']);
    const ofOther = await covering.destinations.create(input(manager, 'rightful'));
    await covering.destinations.delete(ofOther.id);
  });

  test('security 44: nobody leads one out of the roots, whatever rights it has', async () => {
    const { destinations } = await as(['*']);
    for (const path of ['/etc/passwd', join(root, '..', 'x'), `${root}/../x`, root, 'x']) {
      const edited = destinations.update(ofConsumer, { settings: { path, variable: 'A' } });
      await expect(edited).rejects.toMatchObject({ code: 'unprocessable' });
    }
  });

  test('security 44: none holds or tells a secret', async () => {
    const { destinations, events } = fleet.at(0).keyturn;
    const told = [
      await destinations.list(),
      await destinations.get(ofConsumer),
      await destinations.test(ofConsumer),
      await events.list({ subject: ofConsumer }),
      fleet.log,
    ];
    expectNothingOf([consumer.plaintext], JSON.stringify(told));
  });
});
