import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/keys/digest.js';
import { mint } from '../../src/keys/format.js';
import { hintOf } from '../../src/keys/hint.js';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { systemPorts } from '../../src/ports.js';
import { aChange, aKey, aSecret, done } from '../contract/build.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, type Instance, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { scaled } from '../setup/scale.js';

const { random } = systemPorts();
const VALID = { valid: true };
const UNKNOWN = { valid: false, code: 'unknown' };

/** A key's text, before there is such a key. */
function plaintextToBe(): { readonly plaintext: string } {
  return { plaintext: mint({ prefix: 'key', environment: 'live' }, random).reveal() };
}

describe.each(dataKinds)('a key that was just made on $name', ({ create }) => {
  let fleet: Fleet;
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server', 'server', 'tool'] });
  });
  afterEach(() => fleet.close());

  /** Makes a key of this text behind an instance's back, as another process would. */
  async function insert({ store }: Instance, { plaintext }: { readonly plaintext: string }) {
    const keyspace = (await store.listKeyspaces()).find(({ name }) => name === 'default');
    if (keyspace === undefined) throw new Error('There is no default keyspace.');
    const secrets = [aSecret({ digest: digestOf(plaintext), hint: hintOf(plaintext) })];
    const key = aKey(keyspace.id, { secrets });
    await done(store, aChange(keyspace.id, [{ kind: 'insert_key', key }]));
  }

  test('security 6: is refused nowhere, however soon it is used', async () => {
    for (let round = 0; round < scaled(200); round += 1) {
      const made = await fleet.at(round % 3).issue();
      const verdicts = await Promise.all(fleet.instances.map((one) => one.verify(made)));
      for (const verdict of verdicts) expect(verdict).toMatchObject(VALID);
    }
  });

  test('security 6: is refused nowhere, though it was asked for before it was there', async () => {
    for (let round = 0; round < scaled(20); round += 1) {
      const toBe = plaintextToBe();
      for (const one of fleet.instances) expect(await one.verify(toBe)).toMatchObject(UNKNOWN);
      await insert(fleet.at(round % 3), toBe);
      await fleet.settle();
      for (const one of fleet.instances) expect(await one.verify(toBe)).toMatchObject(VALID);
    }
  });

  test('security 6: makes its own instance forget at once what was unknown', async () => {
    const toBe = plaintextToBe();
    expect(await fleet.at(1).verify(toBe)).toMatchObject(UNKNOWN);
    fleet.cutFeed(1);
    await insert(fleet.at(0), toBe);
    expect(await fleet.at(1).verify(toBe)).toMatchObject(UNKNOWN); // It has heard of nothing yet.
    await fleet.at(1).issue();
    expect(await fleet.at(1).verify(toBe)).toMatchObject(VALID);
  });

  test('security 6: is found within the bound where news do not arrive', async () => {
    const toBe = plaintextToBe();
    expect(await fleet.at(1).verify(toBe)).toMatchObject(UNKNOWN);
    fleet.cutFeed(1);
    await insert(fleet.at(0), toBe);
    fleet.clock.advanceMs(DEFAULT_STALENESS_MS);
    expect(await fleet.at(1).verify(toBe)).toMatchObject(VALID);
  });

  test('security 6: is not made unknown by an answer from before', async () => {
    const toBe = plaintextToBe();
    const held = holdNext(fleet.at(1).store, 'after', 'findByDigest');
    const before = fleet.at(1).verify(toBe);
    await held.isHeld;
    await insert(fleet.at(0), toBe);
    await fleet.settle();
    held.letGo();
    expect(await before).toMatchObject(UNKNOWN); // It was asked before there was one.
    expect(await fleet.at(1).verify(toBe)).toMatchObject(VALID);
  });

  test('security 6: is found by whoever asks after it was made, whatever is under way', async () => {
    const toBe = plaintextToBe();
    const held = holdNext(fleet.at(1).store, 'after', 'findByDigest');
    const before = fleet.at(1).verify(toBe);
    await held.isHeld;
    await insert(fleet.at(0), toBe);
    await fleet.settle();
    expect(await fleet.at(1).verify(toBe)).toMatchObject(VALID);
    held.letGo();
    await before;
    expect(await fleet.at(1).verify(toBe)).toMatchObject(VALID);
  });
});
