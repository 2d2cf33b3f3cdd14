import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/keys/digest.js';
import type { KeyspaceId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import { systemPorts } from '../../src/ports.js';
import type { Change, Write } from '../../src/store/change.js';
import { openMemory } from '../../src/store/memory/open.js';
import type { Store } from '../../src/store/store.js';
import { HOUR_MS, type UsageBatch } from '../../src/store/usage.js';
import { scaled, seed } from '../setup/scale.js';
import {
  aChange,
  aKey,
  aKeyFilter,
  aKeyspace,
  anOwner,
  aPersonalValue,
  aSecret,
  callerOf,
  DAY_AT,
  done,
  nowMs,
  uniqueText,
} from './build.js';
import { contentsOf } from './contents.js';
import { type OpenedStore, sharedStores } from './stores.js';

const THINGS = 3; // So few of each kind that most steps meet one that was changed before.

/** What may happen next, with enough chance in it that half of all steps are refused. */
const step = fc.record({
  act: fc.constantFrom(
    ...(['insert', 'update', 'update', 'revoke', 'delete', 'owner', 'erase'] as const),
    ...(['new_link', 'use_link', 'use', 'use', 'nothing'] as const),
  ),
  thing: fc.nat(THINGS - 1),
  other: fc.nat(THINGS - 1),
  isStale: fc.boolean(),
  hasCaller: fc.boolean(),
  idempotency: fc.constantFrom('none', 'none', 'live', 'late'),
  state: fc.constantFrom(...(['active', 'disabled', 'revoked'] as const)),
  secretState: fc.constantFrom(...(['current', 'retiring', 'disabled', 'revoked'] as const)),
  outcome: fc.constantFrom('valid', 'revoked', 'expired'),
});

type Step = Parameters<Parameters<typeof step.filter>[0]>[0];

describe.each(sharedStores)('$name and the memory store', ({ open }) => {
  let opened: OpenedStore;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  test('any sequence of changes is answered alike and leaves the same behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        const model = await openMemory({ url: 'memory:', role: 'tool', ports: systemPorts() });
        const world = await newWorld([model, opened.store]);
        for (const one of steps) {
          if (one.act === 'use') {
            const batch = batchOf(world, one);
            await Promise.all([model.recordUsage(batch), opened.store.recordUsage(batch)]);
          } else {
            const change = await changeOf(world, model, one);
            const [expected, result] = [
              await model.commit(change),
              await opened.store.commit(change),
            ];
            expect(outcomeOf(result)).toBe(outcomeOf(expected));
          }
        }
        expect(await remainsOf(opened.store, world)).toEqual(await remainsOf(model, world));
      }),
      { numRuns: scaled(25), seed: seed() },
    );
  });
});

interface World {
  readonly keyspaceId: KeyspaceId;
  readonly name: string;
  readonly keys: readonly KeyRecord[];
  readonly commitments: string[];
}

/** A keyspace that is alike in both stores. */
async function newWorld(both: readonly Store[]): Promise<World> {
  const keyspace = aKeyspace();
  const change = aChange(keyspace.id, [{ kind: 'insert_keyspace', keyspace }]);
  for (const store of both) await done(store, change);
  const keys = Array.from({ length: THINGS }, () => aKey(keyspace.id));
  return { keyspaceId: keyspace.id, name: uniqueText(), keys, commitments: [] };
}

async function changeOf(world: World, model: Store, one: Step): Promise<Change> {
  const { keyspaceId, commitments } = world;
  const caller = world.keys[one.other]?.id;
  const stored = caller === undefined ? undefined : await model.getKey(caller, 'all');
  const personal = [aPersonalValue(keyspaceId, { ownerId: `o${one.other}` })];
  commitments.push(...personal.map(({ commitment }) => commitment));
  const expiresAt = one.idempotency === 'late' ? nowMs() - 1 : nowMs() + HOUR_MS;
  const id = `${world.name} ${one.other}`;
  return aChange(keyspaceId, await writesOf(world, model, one), {
    personal,
    caller:
      one.hasCaller && stored !== undefined
        ? callerOf(one.isStale ? { ...stored, scopes: [] } : stored)
        : null,
    idempotency:
      one.idempotency === 'none' ? null : { id, bodyHash: 'hash', answer: '{}', expiresAt },
  });
}

async function writesOf(world: World, model: Store, one: Step): Promise<readonly Write[]> {
  const { keyspaceId, name } = world;
  const digest = digestOf(`${name} ${one.thing}`);
  const key = world.keys[one.thing] ?? aKey(keyspaceId);
  const stored = (await model.getKey(key.id, 'all')) ?? key;
  const expectedVersion = stored.version - (one.isStale ? 1 : 0);
  switch (one.act) {
    case 'insert':
      return [{ kind: 'insert_key', key }];
    case 'update':
    case 'revoke':
      return [updateAs(stored, expectedVersion, one)];
    case 'delete':
      return [{ kind: 'delete_key', keyId: key.id, keyspaceId, expectedVersion }];
    case 'owner': {
      const id = `o${one.thing}`;
      const version = (await model.getOwner(keyspaceId, id))?.version ?? 0;
      const owner = anOwner(keyspaceId, { id, name: `${one.state}`, version: version + 1 });
      const expected = one.isStale ? Math.max(0, version - 1) : version;
      return [{ kind: 'put_owner', owner, expectedVersion: expected }];
    }
    case 'erase':
      return [{ kind: 'erase_personal', keyspaceId, ownerId: `o${one.thing}` }];
    case 'new_link':
      return [{ kind: 'insert_setup_link', digest, expiresAt: nowMs() + HOUR_MS }];
    case 'use_link': {
      const atMs = nowMs() + (one.isStale ? 2 * HOUR_MS : 0);
      return [{ kind: 'use_setup_link', digest, nowMs: atMs }];
    }
    default:
      return [];
  }
}

function updateAs(stored: KeyRecord, expectedVersion: number, one: Step): Write {
  const state = one.act === 'revoke' ? 'revoked' : one.state;
  const number = one.other + 1;
  const known = stored.secrets.find((secret) => secret.number === number);
  const changed = { ...(known ?? aSecret({ number })), state: one.secretState };
  const others = stored.secrets.filter((secret) => secret.number !== number);
  const key = { ...stored, state, tags: [one.state], version: stored.version + 1 };
  const secrets = [...others, changed];
  return {
    kind: 'update_key',
    key: { ...key, secrets },
    expectedVersion,
    changedSecrets: [changed],
  };
}

/** Counts for a key that is there or not; the batch of one place is sent again and again. */
function batchOf(world: World, one: Step): UsageBatch {
  const { keyspaceId } = world;
  const count = {
    keyspaceId,
    keyId: world.keys[one.thing]?.id ?? null,
    secretNumber: one.other + 1,
    hourAt: DAY_AT + one.other * HOUR_MS,
    outcome: one.outcome,
    count: one.thing + 1,
    lastAt: DAY_AT + one.thing,
  };
  const id = one.isStale ? `${world.name} ${one.thing} ${one.other}` : uniqueText();
  return { id, at: nowMs(), counts: [count] };
}

function outcomeOf(result: Awaited<ReturnType<Store['commit']>>): string {
  return result.ok ? 'ok' : result.conflict;
}

/** Everything of a world but what depends on what else is in the store. */
async function remainsOf(store: Store, world: World) {
  const { keyspaceId, keys } = world;
  const { counts, sequence, events, ...contents } = await contentsOf(store, keyspaceId);
  const digests = keys.flatMap(({ secrets }) => secrets.map(({ digest }) => digest));
  const page = { limit: 2, search: 'ACME', tag: 'active' } as const;
  const span = { within: [keyspaceId], fromMs: 0, toMs: DAY_AT * 2, per: 'day' } as const;
  return {
    ...contents,
    events: events.map(({ sequence: _own, ...event }) => event),
    found: await Promise.all(digests.map(async (digest) => store.findByDigest(digest))),
    personal: await store.personalValues(world.commitments),
    page: await store.listKeys(aKeyFilter(keyspaceId, page)),
    total: await store.usage({ ...span, by: 'total', limit: 9, after: null }),
  };
}
