import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DestinationKind, DestinationOutside, Keyturn } from '../../src/index.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const MOST = 20;

/** What nothing can be learned from but its own words. */
const broken: DestinationKind<object, DestinationOutside> = {
  kind: 'broken',
  settings: { wanted: 'an object', fits: () => true },
  open() {
    const fail = async () => {
      throw new Error('It quotes key_live_secret.');
    };
    const acts = { preflight: fail, read: fail, write: fail, readBack: fail, reload: fail };
    return { place: 'a broken place', ...acts };
  },
};

const SAID: unknown = 'key_live_secret';
let tear: (() => boolean) | undefined; // What reading its settings comes to.

/** What reads its settings further than their form says. */
const parsing: DestinationKind<object, DestinationOutside> = {
  ...broken,
  kind: 'parsing',
  settings: { wanted: 'an object', fits: () => tear?.() ?? true },
};

describe.each(dataKinds)('destinations on $name', ({ create }) => {
  let fleet: Fleet;
  let root: string;
  let keyturn: Keyturn;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'keyturn-destinations-'));
    const destinations = { roots: [root], kinds: [broken, parsing] };
    fleet = await startFleet({ create, roles: ['server'], options: { destinations } });
    keyturn = fleet.at(0).keyturn;
  });
  afterAll(async () => {
    await fleet.close();
    await rm(root, { recursive: true, force: true });
  });

  const env = (variable = 'API_KEY') => ({ path: join(root, '.env'), variable });
  const made = async (name = 'app', key?: string) => {
    const of = key ?? (await fleet.at(0).issue()).key.id;
    return keyturn.destinations.create({ name, key: of, kind: 'dotenv', settings: env() });
  };

  test('are made, read, listed, changed and deleted', async () => {
    const { missedBy, joinsOnRetry, ...first } = await made('first');
    expect([missedBy, joinsOnRetry]).toEqual([null, null]);
    expect(first).toMatchObject({ name: 'first', keyspace: 'default', kind: 'dotenv', version: 1 });
    expect(first).toMatchObject({ settings: env(), position: 1 });
    const { missedBy: _none, joinsOnRetry: _neither, ...second } = await made('second', first.key);
    expect(second.position).toBe(2);
    expect(await keyturn.destinations.get(first.id)).toEqual(first);
    const listed: unknown[] = [];
    for await (const one of keyturn.destinations.list({ key: first.key, limit: 1 }))
      listed.push(one);
    expect(listed).toHaveLength(2);
    expect(listed).toEqual(expect.arrayContaining([first, second]));
    expect((await keyturn.destinations.list({ keyspace: 'keyturn' })).items).toEqual([]);
    const patch = { name: 'renamed', settings: env('OTHER'), position: 0 };
    const changed = await keyturn.destinations.update(first.id, patch, { ifMatch: 1 });
    expect(changed).toMatchObject({ ...patch, version: 2 });
    const stale = keyturn.destinations.update(first.id, patch, { ifMatch: 1 });
    await expect(stale).rejects.toMatchObject({ code: 'version_conflict' });
    expect(await keyturn.destinations.update(first.id, patch)).toEqual(changed);
    await keyturn.destinations.delete(first.id);
    const gone = keyturn.destinations.get(first.id);
    await expect(gone).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    [
      'a parser that quotes them',
      () => JSON.parse('key_live_secret'),
      /damaged\. Say all of them anew/,
    ],
    [
      'no error at all',
      () => {
        throw SAID;
      },
      /Look at them with destination show/,
    ],
  ])(
    'of a kind that stumbles over its settings, by %s, ask a person at once',
    async (_by, torn, says) => {
      const { key } = await fleet.at(0).issue();
      const of = { name: 'torn', key: key.id, kind: 'parsing', settings: {} };
      await keyturn.destinations.create(of);
      tear = torn;
      try {
        const begun = await keyturn.keys.rotate(key.id);
        const id = 'rotation' in begun ? begun.rotation.id : '';
        const now = () => keyturn.rotations.get(id);
        await expect.poll(async () => (await now()).trouble).not.toBeNull();
        const { state, trouble } = await now();
        expect({ state, trouble }).toMatchObject({
          state: 'needs_operator',
          trouble: { class: 'target_missing', message: expect.stringMatching(says) },
        });
        expect(trouble?.message).not.toContain('key_live_secret');
      } finally {
        tear = undefined;
      }
    },
  );

  test('are written into the trail as they were and are', async () => {
    const { id, key } = await made('told');
    await keyturn.destinations.update(id, { position: 9 });
    await keyturn.destinations.delete(id);
    const { items } = await keyturn.events.list({ subject: id });
    expect(items.map(({ type }) => type).toSorted()).toEqual([
      'destination.created',
      'destination.deleted',
      'destination.updated',
    ]);
    const changesOf = (type: string) => items.find((one) => one.type === type)?.changes;
    expect(changesOf('destination.updated')).toEqual([{ field: 'position', from: 1, to: 9 }]);
    expect(changesOf('destination.created')).toContainEqual({ field: 'key', from: null, to: key });
    const lost = { field: 'settings', from: env(), to: null };
    expect(changesOf('destination.deleted')).toContainEqual(lost);
  });

  test('are refused where the configuration does not allow them, with what to add', async () => {
    const { key } = await fleet.at(0).issue();
    const ask = (kind: string, settings: object) =>
      keyturn.destinations.create({ name: 'x', key: key.id, kind, settings: { ...settings } });
    const outside = ask('dotenv', { path: '/etc/environment', variable: 'A' });
    await expect(outside).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(outside).rejects.toThrow(/\/settings: \/etc\/environment .*"destinations.roots"/);
    await expect(ask('dotenf', env())).rejects.toThrow(/\/kind: .*Did you mean "dotenv"\?/);
    const misspelt = ask('dotenv', { path: join(root, '.env'), varable: 'A' });
    await expect(misspelt).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [
        { pointer: '/settings/varable', fix: 'Did you mean "variable"?' },
        { pointer: '/settings/variable', message: 'is missing.' },
      ],
    });
    for (const [kind, name] of [
      ['vault', 'connection'],
      ['command', 'command'],
    ] as const) {
      const settings = { [name]: 'none', path: 'a', field: 'b' };
      const { path: _path, field: _field, ...only } = settings;
      const asked = ask(kind, kind === 'vault' ? settings : only);
      await expect(asked).rejects.toThrow(`"destinations.${name}s`);
    }
    const long = ask('broken', { text: 'x'.repeat(9_000) });
    await expect(long).rejects.toMatchObject({ errors: [{ pointer: '/settings' }] });
    expect((await keyturn.destinations.list({ key: key.id })).items).toEqual([]);
    const { id } = await made('moved');
    const moved = keyturn.destinations.update(id, { settings: { path: '/a', variable: 'A' } });
    await expect(moved).rejects.toMatchObject({ code: 'unprocessable' });
  });

  test('have names of their own, and there are so many of a key at the most', async () => {
    const { key } = await made('same');
    const twice = made('same', key);
    await expect(twice).rejects.toMatchObject({ code: 'already_exists' });
    await expect(made('\u202e', key)).rejects.toMatchObject({ errors: [{ pointer: '/name' }] });
    for (let count = 1; count < MOST; count += 1) await made(`no ${count}`, key);
    await expect(made('one more', key)).rejects.toMatchObject({ code: 'state_conflict' });
  });

  test('are not made of a key that is revoked, and go with one that is deleted', async () => {
    const { id, key } = await made('last');
    await keyturn.keys.revoke(key);
    await expect(made('later', key)).rejects.toMatchObject({ code: 'state_conflict' });
    await keyturn.keys.delete(key);
    await expect(keyturn.destinations.get(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('are made once under one idempotency key', async () => {
    const { key } = await fleet.at(0).issue();
    const input = { name: 'once', key: key.id, kind: 'dotenv', settings: env() };
    const options = { idempotencyKey: `once ${key.id}` };
    const first = await keyturn.destinations.create(input, options);
    expect(await keyturn.destinations.create(input, options)).toEqual(first);
    expect((await keyturn.destinations.list({ key: key.id })).items).toHaveLength(1);
  });

  test('say which secret stands there, and change nothing', async () => {
    const { key, plaintext } = await fleet.at(0).issue();
    const { id } = await made('tested', key.id);
    const path = join(root, '.env');
    for (const [text, holds] of [
      [`API_KEY=${plaintext}\n`, { secret: 1 }],
      ['API_KEY=something-else\n', 'another value'],
      ['# empty\n', 'nothing'],
    ] as const) {
      await writeFile(path, text);
      const found = await keyturn.destinations.test(id);
      expect(found).toEqual({ place: `${path}, variable API_KEY`, preflight: 'ready', holds });
      expect(await readFile(path, 'utf8')).toBe(text);
    }
    await rm(path);
    const missing = await keyturn.destinations.test(id);
    expect(missing).toMatchObject({ preflight: { class: 'target_missing' }, holds: 'unreadable' });
  });

  test('of a kind that fails say no more than that', async () => {
    const { key } = await fleet.at(0).issue();
    const input = { name: 'broken', key: key.id, kind: 'broken', settings: {} };
    const { id } = await keyturn.destinations.create(input);
    const found = await keyturn.destinations.test(id);
    expect(found).toMatchObject({ preflight: { class: 'internal' }, holds: 'unreadable' });
    expect(JSON.stringify(found)).not.toContain('key_live_secret');
  });
});
