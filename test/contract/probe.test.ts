import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { detailsOf } from '../../src/rotation/details.js';
import { probe } from '../../src/rotation/steps/probe.js';
import type { FoundSecret } from '../../src/store/found-secret.js';
import type { Store } from '../../src/store/store.js';
import { whileSettling } from '../setup/claiming.js';
import { cutOff } from '../setup/cut-off.js';
import { type Data, dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';
import { aKey, aKeyspace, aSecret, nowMs } from './build.js';
import { rotationOf } from './rotation-build.js';

const GOOD = { isAccepted: true, isDamagedRefused: true, isBeyondScopeRefused: true };

describe('the step that tries a new secret', () => {
  const keyspace = aKeyspace();
  const key = aKey(keyspace.id, {
    secrets: [aSecret({ state: 'retiring' }), aSecret({ number: 2 })],
  });

  /** What the step comes to where a check answers so. */
  function stepWhere(answers: Partial<typeof GOOD>) {
    const details = JSON.stringify({ oldNumber: 1, newNumber: 2, revokedAt: null, terms: {} });
    const rotation = rotationOf(key, { step: 'probe', details });
    const scenery = {
      nowMs: nowMs(),
      plaintext: new Plaintext('a new secret'),
      sealed: undefined,
      committed: undefined,
      instances: async () => [],
      consumers: async () => [],
      destinations: async () => [],
      canSeal: false,
      mailing: async () => ({ kind: 'not_asked' as const }),
      mintLink: () => null,
      takeBrownout: async () => false,
      brownoutsBefore: async () => [],
      linkMail: async () => undefined,
      head: async () => 0,
      probeBy: async () => ({ outcome: { kind: 'passed' as const }, endedAt: nowMs() }),
      probe: async () => ({ kind: 'answered' as const, ...GOOD, ...answers }),
    };
    return probe({ rotation, details: detailsOf(rotation), key, keyspace, scenery });
  }

  test('goes on where it is accepted, and no other and no more than it', async () => {
    expect(await stepWhere({})).toMatchObject({ kind: 'go', to: 'observe' });
  });

  test.each(Object.keys(GOOD))('takes the secret back where %s does not hold', async (name) => {
    expect(await stepWhere({ [name]: false })).toMatchObject({
      kind: 'close',
      state: 'rolled_back',
    });
  });
});

describe.each(dataKinds)('a new secret on $name', ({ create }) => {
  let data: Data;
  beforeAll(async () => {
    data = await create();
  });
  afterAll(() => data.remove());

  /** A Keyturn whose store answers otherwise than it should. */
  async function lying(lie: (found: FoundSecret) => FoundSecret) {
    const ports = systemPorts();
    const store = await data.open(ports);
    const openStore = async () => lyingStore(store, lie);
    const keyturn = await makeKeyturn({ database: data.url }, { ports, openStore });
    await keyturn.open();
    return keyturn;
  }

  test('whose key is found with rights that it has not is handed to nobody', async () => {
    const keyturn = await lying((found) => ({ ...found, scopes: '["*"]' }));
    const { key } = await keyturn.keys.create({ name: 'Acme CI', scopes: ['reports:read'] });
    await expect(keyturn.keys.rotate(key.id)).rejects.toMatchObject({ code: 'state_conflict' });
    expect(await keyturn.keys.get(key.id)).toMatchObject({
      secrets: [{ state: 'current' }, { state: 'revoked' }],
    });
    await keyturn.close();
  });

  test.each([[[]], [['*']], [['a:b', '*:*']], [['keyturn-probe']]])(
    'is handed over where its key may do %j',
    async (scopes) => {
      const keyturn = await lying((found) => found);
      const { key } = await keyturn.keys.create({ name: 'Acme CI', scopes });
      const answer = await keyturn.keys.rotate(key.id);
      expect(answer).toMatchObject({ plaintext: expect.any(String) });
      await keyturn.close();
    },
  );
});

describe.each(dataKinds)('a new secret whose store is silent on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  afterEach(() => fleet.close());

  /** From the moment that it is accepted, so many lookups are not answered. */
  function silence(lookups: number): () => number {
    const { store } = fleet.at(0);
    let left = lookups;
    store.before = (method) => {
      if (method !== 'findByDigest' || left <= 0) return;
      left -= 1;
      throw cutOff();
    };
    return () => left;
  }

  test('is tried again, and handed over', async () => {
    const { keyturn } = fleet.at(0);
    const { key } = await fleet.at(0).issue();
    // The secret's own lookups, and those of the damaged one.
    const left = silence(5);
    const { rotation, plaintext = '' } = await whileSettling(fleet, keyturn.keys.rotate(key.id));
    expect(left()).toBe(0);
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
    expect(rotation).toMatchObject({ step: 'observe', newSecret: 2 });
  });

  test('is taken back by whoever takes over, where it stays so', async () => {
    const { keyturn, store } = fleet.at(0);
    const { key, plaintext } = await fleet.at(0).issue();
    silence(Number.POSITIVE_INFINITY);
    const rotating = whileSettling(fleet, keyturn.keys.rotate(key.id));
    await expect(rotating).rejects.toMatchObject({ code: 'store_unavailable' });
    store.before = undefined;
    await new HeldRotations(fleet).pass(60_000);
    const { items } = await keyturn.rotations.list({ key: key.id });
    expect(items).toMatchObject([{ state: 'rolled_back' }]);
    expect(await fleet.at(0).verify({ plaintext })).toMatchObject({ valid: true });
  });
});

/** A store that finds secrets otherwise than they are. */
function lyingStore(store: Store, lie: (found: FoundSecret) => FoundSecret): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name === 'close' && target.kind === 'memory') return async () => {};
      if (name !== 'findByDigest') return value.bind(target);
      return async (...given: Parameters<Store['findByDigest']>) => {
        const found = await target.findByDigest(...given);
        return found && lie(found);
      };
    },
  });
}
