import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../src/http/routes.js';
import { mint } from '../../src/keys/format.js';
import {
  newChannelId,
  newDestinationId,
  newKeyId,
  newKeyspaceId,
  newNoticeId,
  newPersonId,
  newRotationId,
  newSessionId,
} from '../../src/keys/id.js';
import { systemPorts } from '../../src/ports.js';
import type { Keyturn } from '../../src/public.js';
import { type Got, readAnswer } from '../http/world.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { VENDING } from './rotation-attempts.js';
import { newPeople } from './tenant-people.js';
import {
  type Names,
  newChannels,
  newDestinations,
  newRotations,
  type Sent,
  sessionOf,
} from './tenant-session.js';

/** Who calls: with a key bound to the keyspace, in which it may do everything. */
interface Tenant {
  readonly names: Names;
  readonly manager: string;
}

const KINDS: readonly (keyof Names)[] = [
  ...(['keyspaceId', 'keyspace', 'keyId', 'doomedId', 'endedId', 'managerId', 'owner'] as const),
  ...([
    'plaintext',
    'policy',
    'askedId',
    'approvedId',
    'abortedId',
    'rolledId',
    'observedId',
  ] as const),
  'endingId',
  'destinationId',
  'leftId',
  'channelId',
  'unusedId',
  'noticeId',
  'personId',
  'firedId',
  'sessionId',
];
const { clock, random } = systemPorts();
/** About no tenant's things, or not for a key that is bound to keyspaces. */
const OF_NO_TENANT = [
  'POST /v1/keyspaces',
  'GET /v1/keyspaces',
  'GET /metrics',
  'GET /v1/channels',
  'GET /v1/notices',
  'GET /v1/people',
  'GET /v1/roles',
];
const OF_NO_KEY = ['public', 'self', 'session'];
/** What these name narrows a list that is the caller's own, to nothing: not to a fault. */
const FILTER = /[?&](?:owner|subject|key|maker)=/;

describe.each(dataKinds)('two tenants on $name', ({ create }) => {
  let fleet: Fleet;
  let own: Tenant;
  let other: Tenant;
  const recorded: Sent[] = [];
  beforeAll(async () => {
    // Each use is counted at once, so that there is usage that could be shown.
    const options = { recording: 'write-through', destinations: VENDING, notices: {} } as const;
    fleet = await startFleet({ create, roles: ['server'], options });
    own = await newTenant(fleet, 'blue');
    other = await newTenant(fleet, 'green');
    for (const sent of sessionOf(own.names)) {
      const { status, text } = await ask(sent, own);
      expect(status, `${sent.method} ${sent.path} ${text}`).toBeLessThan(300);
      recorded.push(sent);
    }
  });
  afterAll(() => fleet.close());

  async function ask({ method, path, body }: Sent, { manager }: Tenant): Promise<Got> {
    const request = new Request(`http://keyturn.test${path}`, {
      method,
      headers: { 'x-api-key': manager, 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    return readAnswer(await fleet.at(0).keyturn.handler(request));
  }

  /** Without the ids that the caller has sent, and gets back whether they name anything or not. */
  async function askUnheard(sent: Sent, as: Tenant): Promise<Got> {
    const got = await ask(sent, as);
    if (routeOf(sent) !== 'POST /v1/keys/bulk') return got;
    const { ids } = JSON.parse(sent.body ?? '');
    return { ...got, text: got.text.replaceAll(ids[0], 'sent') };
  }

  test('security 15: every route that names a thing of a tenant was recorded', () => {
    const names = routes
      .filter(({ access }) => !OF_NO_KEY.includes(access))
      .map(({ method, path }) => `${method} ${path}`)
      .filter((name) => !OF_NO_TENANT.includes(name));
    expect(new Set(recorded.map(routeOf))).toEqual(new Set(names));
  });

  test("security 15: another tenant's names in a recorded request are as names of nothing", async () => {
    const never = namesOfNothing(other.names);
    const before = await everythingOf(fleet.at(0).keyturn, other.names);
    let swapCount = 0;
    for (const sent of recorded) {
      for (const kinds of swapsOf(sent, own.names)) {
        const [toTheirs, toNothing] = [other.names, never].map((to) =>
          swapped(sent, kinds, { from: own.names, to }),
        );
        const theirs = await askUnheard(toTheirs ?? sent, own);
        const nothing = await askUnheard(toNothing ?? sent, own);
        const what = `${sent.method} ${sent.path} with ${kinds.join(' and ')}`;
        expect(theirs.status, what).toBe(nothing.status);
        expect(shownOf(theirs, other.names), what).toEqual(shownOf(nothing, never));
        if (!isHarmless(sent, kinds, theirs)) expect(theirs.status, what).toBe(404);
        swapCount += 1;
      }
    }
    expect(swapCount).toBeGreaterThan(recorded.length);
    expect(await everythingOf(fleet.at(0).keyturn, other.names)).toEqual(before);
  });

  test("security 15: a recorded request under another tenant's key names nothing", async () => {
    const never = namesOfNothing(own.names);
    const before = await everythingOf(fleet.at(0).keyturn, own.names);
    for (const sent of recorded) {
      const kinds = KINDS.filter((kind) => isIn(sent, own.names[kind]));
      const theirs = await askUnheard(sent, other);
      const unheard = swapped(sent, kinds, { from: own.names, to: never });
      const nothing = await askUnheard(unheard, other);
      const what = `${sent.method} ${sent.path}`;
      expect(shownOf(theirs, own.names), what).toEqual(shownOf(nothing, never));
      if (!isHarmless(sent, kinds, theirs)) expect(theirs.status, what).toBe(404);
    }
    expect(await everythingOf(fleet.at(0).keyturn, own.names)).toEqual(before);
  });

  test("security 15: a management key cannot be given another tenant's keyspace", async () => {
    const { keyturn } = fleet.at(0);
    const { id } = await keyturn.keyspaces.get('keyturn');
    const keyspaces = [id, own.names.keyspaceId];
    const manager = await newManager(keyturn, keyspaces);
    const make = (named: string) => {
      const restrictions = { keyspaces: [named] };
      const body = JSON.stringify({ name: 'm', keyspace: 'keyturn', scopes: ['*'], restrictions });
      return ask(
        { method: 'POST', path: '/v1/keys', body },
        { ...own, manager: manager.plaintext },
      );
    };
    expect((await make(own.names.keyspace)).status).toBe(201);
    const never = namesOfNothing(other.names);
    for (const kind of ['keyspace', 'keyspaceId'] as const) {
      const theirs = await make(other.names[kind]);
      expect(theirs.status).toBe(422);
      expect(theirs.text).toBe((await make(never[kind])).text);
    }
  });
});

async function newTenant(fleet: Fleet, colour: string): Promise<Tenant> {
  const { keyturn } = fleet.at(0);
  const keyspace = `${colour}-space`;
  const owner = `acme-${colour}`;
  const { id: keyspaceId } = await keyturn.keyspaces.create({ name: keyspace, prefix: colour });
  await keyturn.owners.create({ id: owner, keyspace, name: 'Ada' });
  const [key, doomed, ended] = [
    await keyturn.keys.create({ name: 'key', keyspace, owner }),
    await keyturn.keys.create({ name: 'doomed', keyspace, owner }),
    await keyturn.keys.create({ name: 'ended', keyspace, owner }),
  ];
  await keyturn.keys.revoke(ended.key.id);
  const manager = await newManager(keyturn, [keyspaceId]);
  const ids = { keyId: key.key.id, doomedId: doomed.key.id, endedId: ended.key.id };
  const { plaintext } = key;
  expect(await keyturn.verify({ plaintext, keyspace })).toMatchObject({ valid: true });
  const policy = `policy-${colour}`;
  await keyturn.policies.create({ name: policy, keyspace });
  const rotations = await newRotations(keyturn, keyspace);
  const destinations = await newDestinations(keyturn, key.key.id);
  const channels = await newChannels(fleet, keyspace);
  const managerId = manager.key.id;
  const people = await newPeople(keyturn, keyspace);
  const more = { ...destinations, ...channels, ...people };
  const things = { ...ids, ...rotations, ...more, managerId, owner, policy };
  const names = { keyspaceId, keyspace, ...things, plaintext };
  return { names, manager: manager.plaintext };
}

function newManager(keyturn: Keyturn, keyspaces: readonly string[]) {
  const input = { name: 'manager', keyspace: 'keyturn', scopes: ['*'] };
  return keyturn.keys.create({ ...input, restrictions: { keyspaces } });
}

/** Names as another tenant's, of the same forms, that were never given to anything. */
function namesOfNothing({ plaintext }: Names): Names {
  const id = () => newKeyId({ nowMs: clock.nowMs(), random });
  const rotation = () => newRotationId({ nowMs: clock.nowMs(), random });
  const destination = () => newDestinationId({ nowMs: clock.nowMs(), random });
  const prefix = plaintext.slice(0, plaintext.indexOf('_'));
  return {
    policy: 'policy-never',
    askedId: rotation(),
    approvedId: rotation(),
    abortedId: rotation(),
    rolledId: rotation(),
    observedId: rotation(),
    endingId: rotation(),
    destinationId: destination(),
    leftId: destination(),
    channelId: newChannelId({ nowMs: clock.nowMs(), random }),
    unusedId: newChannelId({ nowMs: clock.nowMs(), random }),
    noticeId: newNoticeId({ nowMs: clock.nowMs(), random }),
    personId: newPersonId({ nowMs: clock.nowMs(), random }),
    firedId: newPersonId({ nowMs: clock.nowMs(), random }),
    sessionId: newSessionId({ nowMs: clock.nowMs(), random }),
    keyspaceId: newKeyspaceId({ nowMs: clock.nowMs(), random }),
    keyspace: 'never-space',
    keyId: id(),
    doomedId: id(),
    endedId: id(),
    managerId: id(),
    owner: 'acme-never',
    plaintext: mint({ prefix, environment: 'live' }, random).reveal(),
  };
}

/** Each name alone, and all together. */
function swapsOf(sent: Sent, names: Names): readonly (readonly (keyof Names)[])[] {
  const found = KINDS.filter((kind) => isIn(sent, names[kind]));
  return found.length > 1 ? [...found.map((kind) => [kind]), found] : [found];
}

function isIn({ path, body = '' }: Sent, name: string): boolean {
  return path.includes(name) || body.includes(name);
}

function swapped(
  sent: Sent,
  kinds: readonly (keyof Names)[],
  { from, to }: { readonly from: Names; readonly to: Names },
): Sent {
  const swap = (text: string) =>
    kinds.reduce((some, kind) => some.replaceAll(from[kind], to[kind]), text);
  const { body } = sent;
  return { ...sent, path: swap(sent.path), ...(body !== undefined && { body: swap(body) }) };
}

/** Where a name of nobody's is no fault, and what comes is the caller's own: nothing. */
function isHarmless(sent: Sent, kinds: readonly (keyof Names)[], { status, json }: Got): boolean {
  if (kinds.some((kind) => kind.startsWith('keyspace')) || status !== 200) return false;
  if (routeOf(sent) === 'POST /v1/keys/verify') return json.valid === false;
  // Of each key it says that there is none.
  if (routeOf(sent) === 'POST /v1/keys/bulk') return json.items[0].code === 'not_found';
  if (routeOf(sent) === 'POST /v1/leaks') return json.items[0].result === 'unknown';
  return FILTER.test(sent.path) && json.items.length === 0;
}

/** Status, body and headers, without what is of this one answer. */
function shownOf({ status, text, headers }: Got, names: Names) {
  const shown = [...headers].filter(([name]) => name !== 'request-id' && name !== 'date');
  for (const kind of KINDS) expect(text).not.toContain(names[kind]);
  return { status, text, shown };
}

/** All that a tenant has, as an operator sees it. */
async function everythingOf(keyturn: Keyturn, { keyspace }: Names): Promise<unknown> {
  const where = { keyspace, limit: 200 };
  return {
    keyspace: await keyturn.keyspaces.get(keyspace),
    keys: await keyturn.keys.list(where),
    owners: await keyturn.owners.list(where),
    destinations: await keyturn.destinations.list(where),
    events: await keyturn.events.list(where),
  };
}

function routeOf({ method, path }: Sent): string {
  const [place = ''] = path.split('?');
  const those = routes.filter((route) => route.method === method);
  const formOf = (path: string) => new RegExp(`^${path.replace(/\{\w+\}/, '[^/]+')}$`);
  const exact = those.find((route) => route.path === place);
  const found = exact ?? those.find((route) => formOf(route.path).test(place));
  return `${method} ${found?.path}`;
}
