import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Keyturn } from '../../src/public.js';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import type { Key, KeyInput, KeyPatch } from '../../src/views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { scaled, seed } from '../setup/scale.js';
import {
  type FamilyStep,
  fieldsOf,
  isWithin,
  KEYSPACES,
  mayIn,
  type OuterStep,
  type Story,
  stories,
} from './family.js';
import { type Call, type Door, doors, knownOf, type Member, reachOf } from './family-doors.js';

const RUNS = { memory: 80, sqlite: 12, postgres: 12 } as const;
const PROBED = 3; // Keys of a family whose every read is tried at the end.

describe.each(dataKinds)('on $name', ({ name, create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    await fleet.at(0).keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
  });
  afterAll(() => fleet.close());

  test.each(doors)(
    'security 13: by $door, nothing that one key begets can do more than its maker',
    ({ ask }) =>
      fc.assert(
        fc.asyncProperty(stories, async (story) => {
          const family = await Family.begin(fleet, story, ask);
          for (const step of story.steps) await family.take(step);
          await family.end();
        }),
        { numRuns: scaled(RUNS[name]), seed: seed() },
      ),
  );
});

describe('a key that ends, and is bound to a keyspace and a network', () => {
  const bound = {
    scopes: ['keys:*'],
    expiresAt: '30d',
    restrictions: { keyspaces: ['keyturn'], addresses: ['127.0.0.0/8', '10.0.0.0/8'] },
  };
  const wider: readonly (readonly [string, KeyPatch])[] = [
    ['another scope', { scopes: ['keys:read', 'owners:read'] }],
    ['a wider scope', { scopes: ['*:read'] }],
    ['no end', { expiresAt: null }],
    ['a later end', { expiresAt: '31d' }],
    ['another keyspace', { restrictions: { ...bound.restrictions, keyspaces: ['default'] } }],
    ['every keyspace', { restrictions: { addresses: ['127.0.0.0/8'] } }],
    ['another network', { restrictions: { ...bound.restrictions, addresses: ['127.0.0.0/7'] } }],
    ['every network', { restrictions: { keyspaces: ['keyturn'] } }],
  ];
  let keyturn: TestKeyturn;
  let caller: Member;
  let childId: string;
  beforeAll(async () => {
    keyturn = await createTestKeyturn();
    const made = await keyturn.keys.create({ name: 'bound', keyspace: 'keyturn', ...bound });
    const { plaintext } = made;
    caller = { id: made.key.id, plaintext, known: await knownOf(keyturn, plaintext) };
    const end = { ...bound, expiresAt: made.key.expiresAt };
    const input = { name: 'child', keyspace: 'keyturn', ...end };
    // As much as its maker has, and not a bit more, is allowed.
    const child = await doors[0]?.ask({ keyturn, caller, isStale: false }, { kind: 'make', input });
    if (child?.ok !== true || child.made === undefined) throw new Error('It was refused.');
    childId = child.made.id;
  });
  afterAll(() => keyturn.close());

  describe.each(doors)('by $door', ({ ask }) => {
    test.each(wider)(
      'security 13: gives %s neither to a child nor to itself',
      async (_what, patch) => {
        const asking = { keyturn, caller, isStale: false };
        const whole = {
          name: 'stronger',
          keyspace: 'keyturn',
          ...bound,
          expiresAt: '1d',
          ...patch,
        };
        const refused = { ok: false, code: expect.stringMatching(/^(?:forbidden|unprocessable)$/) };
        expect(await ask(asking, { kind: 'make', input: whole })).toEqual(refused);
        for (const id of [childId, caller.id]) {
          expect(await ask(asking, { kind: 'change', id, patch })).toEqual(refused);
        }
      },
    );
  });
});

/** A first key, the keys it made, and those that they made. */
class Family {
  readonly #fleet: Fleet;
  readonly #ask: Door;
  readonly #ids: ReadonlyMap<string, string>;
  readonly #members: Member[];
  readonly #first: Key;
  readonly #reach: ReadonlySet<string>;

  static async begin(fleet: Fleet, { first }: Story, ask: Door): Promise<Family> {
    const { keyturn } = fleet.at(0);
    const made = await keyturn.keys.create({ name: 'first', keyspace: 'keyturn', ...first });
    const ids = new Map<string, string>();
    for (const name of KEYSPACES) ids.set(name, (await keyturn.keyspaces.get(name)).id);
    const { id } = made.key;
    const member = { id, plaintext: made.plaintext, known: await knownOf(keyturn, made.plaintext) };
    const reach = await reachOf(keyturn, member);
    return new Family(fleet, { ask, ids, members: [member], first: made.key, reach });
  }

  private constructor(
    fleet: Fleet,
    of: {
      readonly ask: Door;
      readonly ids: ReadonlyMap<string, string>;
      readonly members: Member[];
      readonly first: Key;
      readonly reach: ReadonlySet<string>;
    },
  ) {
    this.#fleet = fleet;
    this.#ask = of.ask;
    this.#ids = of.ids;
    this.#members = of.members;
    this.#first = of.first;
    this.#reach = of.reach;
  }

  async take(step: FamilyStep | OuterStep): Promise<void> {
    if (step.kind === 'pass') return this.#fleet.clock.advanceMs(step.ms);
    if (step.kind === 'narrow') return this.#narrow(this.#member(step.target), step.scopes);
    const caller = this.#member(step.by);
    const maker = await this.#keyOf(caller.id);
    // The databases go by their own clock: see test/contract/caller.test.ts.
    if (step.isStale && maker.state === 'expired') return;
    if (step.kind === 'make') return this.#make(caller, maker, step);
    const keyturn = this.#keyturn;
    const before = await this.#keyOf(this.#member(step.target).id);
    const { id } = before;
    const call: Call =
      step.kind === 'change'
        ? { kind: 'change', id, patch: fieldsOf(step.wish, maker) }
        : { kind: step.kind, id };
    const outcome = await this.#ask({ keyturn, caller, isStale: step.isStale }, call);
    const after = await this.#keyOf(id);
    if (!outcome.ok) expect(after.version, outcome.code).toBe(before.version);
    if (after.version === before.version) return; // Refused, or it was so already.
    expect(maker.state).toBe('active');
    expect(isWithin(before, maker), 'over one that can do more, nobody can do anything').toBe(true);
    expect(isWithin(after, maker), 'changed within the rights of who changed it').toBe(true);
    expect(isWithin(after, this.#first), 'and of the first').toBe(true);
  }

  /** Whatever was tried: no use goes further than the first key's, and none outlives it. */
  async end(): Promise<void> {
    for (const member of this.#members.slice(-PROBED)) {
      const reach = await reachOf(this.#keyturn, member);
      expect([...reach].filter((path) => !this.#reach.has(path))).toEqual([]);
    }
    const { expiresAt } = this.#first;
    if (expiresAt === null) return;
    const { clock } = this.#fleet;
    clock.advanceMs(Math.max(0, Date.parse(expiresAt) - clock.nowMs()));
    for (const { plaintext } of this.#members) {
      expect(await knownOf(this.#keyturn, plaintext)).toBeUndefined();
    }
  }

  async #make(
    caller: Member,
    maker: Key,
    { where, wish, isStale }: Extract<FamilyStep, { readonly kind: 'make' }>,
  ): Promise<void> {
    const keyturn = this.#keyturn;
    const isManagement = where === 'keyturn';
    const fields = isManagement ? fieldsOf(wish, maker) : {};
    const input = { name: 'child', keyspace: where, ...fields };
    const outcome = await this.#ask({ keyturn, caller, isStale }, { kind: 'make', input });
    if (!outcome.ok) {
      const isOfRights =
        !isStale && ['forbidden', 'not_found', 'unprocessable'].includes(outcome.code);
      if (isOfRights) expect(this.#isPlainlyNarrower(input, maker), outcome.code).toBe(false);
      return;
    }
    expect(maker.state).toBe('active');
    expect(mayIn(maker, 'keys:write', this.#idOf(where)), 'in a keyspace of its own').toBe(true);
    if (!isManagement || outcome.made === undefined) return;
    const child = await this.#keyOf(outcome.made.id);
    expect(isWithin(child, maker), 'made within the rights of its maker').toBe(true);
    expect(isWithin(child, this.#first), 'and of the first').toBe(true);
    const known = await knownOf(this.#keyturn, outcome.made.plaintext);
    this.#members.push({ ...outcome.made, known });
  }

  /** So narrow, entry by entry, that there is no reason to refuse it. */
  #isPlainlyNarrower({ keyspace = '', ...input }: KeyInput, maker: Key): boolean {
    const { scopes = [], restrictions = {}, expiresAt = null } = input;
    const own = {
      ...restrictions,
      keyspaces: restrictions.keyspaces?.map((one) => this.#idOf(one)),
    };
    const endMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    return (
      maker.state === 'active' &&
      mayIn(maker, 'keys:write', this.#idOf(keyspace)) &&
      scopes.every((scope) => maker.scopes.includes(scope)) &&
      (['addresses', 'origins', 'methods', 'paths', 'keyspaces'] as const).every((kind) => {
        const bounds = maker.restrictions[kind];
        return bounds === undefined || own[kind]?.every((entry) => bounds.includes(entry)) === true;
      }) &&
      // A duration is not a time: what it comes to is told by the other checks.
      endMs > this.#fleet.clock.nowMs() &&
      (maker.expiresAt === null || endMs <= Date.parse(maker.expiresAt))
    );
  }

  /** By an operator, who may do everything. */
  async #narrow({ id }: Member, scopes: readonly string[]): Promise<void> {
    const { state, scopes: before } = await this.#keyOf(id);
    if (state === 'revoked') return;
    const kept = scopes.filter((scope) => before.includes(scope));
    await this.#keyturn.keys.update(id, { scopes: kept });
  }

  #member(number: number): Member {
    const member = this.#members[number % this.#members.length];
    if (member === undefined) throw new Error('A family has a first key.');
    return member;
  }

  #idOf(keyspace: string): string {
    return this.#ids.get(keyspace) ?? keyspace;
  }

  #keyOf(id: string): Promise<Key> {
    return this.#keyturn.keys.get(id);
  }

  get #keyturn(): Keyturn {
    return this.#fleet.at(0).keyturn;
  }
}
