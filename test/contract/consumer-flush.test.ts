import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyIdFrom } from '../../src/keys/id.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { rotate } from '../setup/rotating.js';
import { HeldRotations } from '../setup/rotations.js';

const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };
const OTHER = { address: '198.51.100.7', userAgent: 'sync/2' };

describe.each(dataKinds)('who uses a secret on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  /** How often each consumer of a key was seen, as far as it is written. */
  async function written(id: string): Promise<Readonly<Record<string, number>>> {
    const keyId = keyIdFrom(id);
    if (keyId === undefined) throw new Error('This is no id of a key.');
    const uses = await fleet.at(0).store.listConsumers(keyId, 10);
    return Object.fromEntries(
      uses.map(({ consumer, secretNumber, count }) => [`${consumer.label} ${secretNumber}`, count]),
    );
  }

  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await fleet.passMs(1_000);
      await new HeldRotations(fleet).quiet();
    }
  }

  test('is written within a second where it is new, and else within ten', async () => {
    const made = await fleet.at(0).issue();
    await fleet.at(0).verify(made, CLIENT);
    await pass(1);
    expect(await written(made.key.id)).toEqual({ '203.0.113.0/24 · report 1': 1 });
    await pass(10);
    for (const client of [CLIENT, CLIENT, OTHER]) await fleet.at(0).verify(made, client);
    await pass(1);
    expect(await written(made.key.id)).toMatchObject({ '198.51.100.0/24 · sync 1': 1 });
    await pass(10);
    expect(await written(made.key.id)).toEqual({
      '203.0.113.0/24 · report 1': 3,
      '198.51.100.0/24 · sync 1': 1,
    });
  });

  test('is written within a second once its secret is retiring, and what came before it', async () => {
    const made = await fleet.at(0).issue();
    await fleet.settle();
    const useOnBoth = async () => {
      await fleet.at(0).verify(made, CLIENT);
      await fleet.at(1).verify(made, OTHER);
    };
    await useOnBoth();
    await pass(11);
    await useOnBoth();
    await rotate(fleet, made.key.id);
    for (const count of [2, 3, 4, 5]) {
      await pass(1);
      expect(await written(made.key.id)).toEqual({
        '203.0.113.0/24 · report 1': count,
        '198.51.100.0/24 · sync 1': count,
      });
      await useOnBoth();
    }
  });

  test('is not told as whole by an instance that has not heard what is retiring', async () => {
    const mostBehind = async (seconds: number) => {
      let mostMs = 0;
      for (let second = 0; second < seconds; second += 1) {
        await pass(1);
        const rows = await fleet.at(0).store.listInstances();
        const untilMs = Math.min(...rows.map(({ flushedUntil }) => flushedUntil));
        mostMs = Math.max(mostMs, fleet.clock.nowMs() - untilMs);
      }
      return mostMs;
    };
    expect(await mostBehind(12)).toBeLessThan(6_000);
    fleet.cutFeed(0);
    // Now only what is written whole counts: in every tenth second.
    expect(await mostBehind(12)).toBeGreaterThan(7_000);
  });
});
