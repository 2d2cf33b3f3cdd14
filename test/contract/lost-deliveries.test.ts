import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { Delivering, SLOWLY_MS } from '../setup/delivering.js';
import { whileTimePasses } from '../setup/rotating.js';

const NO_RIGHT = { kind: 'failed', class: 'destination_auth', message: 'No right to write.' };
const LEAK = { compromised: true, reason: 'leaked', overlap: '1h' } as const;

describe.each(dataKinds)('a new secret that is lost on its way, on $name', ({ create }) => {
  let at: Delivering;
  beforeEach(async () => {
    at = await Delivering.start(create); // Without a key to seal with.
  });
  afterEach(() => at.close());

  const rotations = () => at.keyturn().rotations;
  const add = (name: string, position: number) =>
    at.deliveries.add(at.fleet, at.made.key, { name, position, value: at.made.plaintext });
  const does = async () => (await at.rotation()).actions.find(({ name }) => name === 'retry')?.does;
  const asks = async () => (await at.rotation()).asks ?? '';

  /** Whoever holds it dies, and others go on. */
  async function lose(): Promise<void> {
    await at.fleet.replace(0);
    await at.fleet.replace(1);
    const { id } = await at.rotation();
    await rotations().retry(id);
    await whileTimePasses(at.fleet, async () => (await asks()).includes('was lost'), SLOWLY_MS);
  }

  test('in an emergency is not ended unasked where a place has it, and retry says what it ends', async () => {
    await add('first', 1);
    await add('second', 2);
    at.deliveries.faults.set('second write', () => NO_RIGHT);
    await at.begin(LEAK);
    await at.isAt('deliver', 'needs_operator');
    const given = await at.deliveries.valueIn('first');
    expect(given).not.toBe(at.made.plaintext);
    at.deliveries.faults.clear();
    await lose();
    expect(await at.isValid(given)).toBe(true);
    expect(await asks()).toMatch(/Retry ends secret 2 and has another issued for every place; /);
    expect(await asks()).not.toMatch(/Mend it/);
    expect(await does()).toMatch(
      /^Ends secret 2 for ever \("first" holds it\): what works with it/,
    );
    const { id } = await at.rotation();
    await rotations().retry(id);
    await at.isAt('observe');
    const next = await at.deliveries.valueIn('first');
    expect(next).not.toBe(given);
    expect(await at.deliveries.valueIn('second')).toBe(next);
    expect([await at.isValid(next), await at.isValid(given)]).toEqual([true, false]);
  });

  test('in an emergency is replaced by itself where no place has it', async () => {
    await add('first', 1);
    at.deliveries.faults.set('first write', () => NO_RIGHT);
    await at.begin(LEAK);
    await at.isAt('deliver', 'needs_operator');
    at.deliveries.faults.clear();
    await at.fleet.replace(0);
    await at.fleet.replace(1);
    await rotations().retry((await at.rotation()).id);
    await at.isAt('observe');
    expect(await at.isValid(await at.deliveries.valueIn('first'))).toBe(true);
  });

  test('says what helps where the place may have it: not a retry', async () => {
    await add('only', 1);
    at.deliveries.faults.set('only after readBack', () => NO_RIGHT);
    await at.begin();
    await at.isAt('deliver', 'needs_operator');
    expect(await at.rotation()).toMatchObject({ destinations: [{ state: 'writing' }] });
    const given = await at.deliveries.valueIn('only');
    await at.deliveries.put('only', at.made.plaintext);
    expect((await at.fleet.at(0).verify({ plaintext: given })).valid).toBe(true);
    await at.fleet.passMs(2_000);
    at.deliveries.faults.clear();
    await lose();
    expect(await asks()).toMatch(
      /held it\. Skip passes it over; rollback goes back to secret 1\.$/,
    );
    expect(await does()).toMatch(/without it nothing changes/);
  });
});
