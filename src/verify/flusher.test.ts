import { describe, expect, test } from 'vitest';
import { newInstanceId, newKeyId, newKeyspaceId } from '../keys/id.js';
import { silentLog, systemPorts } from '../ports.js';
import type { ConsumerCount } from '../store/consumers.js';
import type { UsageBatch } from '../store/usage.js';
import { Flusher, type FlusherOptions } from './flusher.js';

const { random } = systemPorts();
const source = { nowMs: 1, random };
const keyspaceId = newKeyspaceId(source);
const keyId = newKeyId(source);
const LATE = 1_000_000; // The number of a secret.
const ROOM = { rows: 5_000, consumers: 10_000 };
const consumer = { id: 'c', network: 'n', clientId: null, label: 'here · curl' };

/** A store that is slow or away, and what arrived in it. */
class Arrivals {
  readonly batches: UsageBatch[] = [];
  isAway = false;
  most = 0;
  #underWay = 0;

  async recordUsage(batch: UsageBatch): Promise<void> {
    this.#underWay += 1;
    this.most = Math.max(this.most, this.#underWay);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.#underWay -= 1;
    if (this.isAway) throw new Error('It is away.');
    this.batches.push(batch);
  }

  get consumers(): readonly ConsumerCount[] {
    return this.batches.flatMap(({ consumers = [] }) => consumers);
  }
}

/** Counts are put where a flush takes them. */
function flusherOf(arrivals: Arrivals) {
  const told: { consumers: ConsumerCount[]; uses: number; nowMs: number } = {
    ...{ consumers: [], uses: 0, nowMs: 1_000 },
  };
  const recorder = {
    take() {
      const consumers = told.consumers.splice(0);
      const of = { keyspaceId, keyId: null, secretNumber: 0, hourAt: 0, outcome: 'unknown' };
      const counts = told.uses === 0 ? [] : [{ ...of, count: told.uses, lastAt: 1 }];
      told.uses = 0;
      return { counts, consumers, lostCount: 0 };
    },
  };
  const freshness = {
    nowMs: () => told.nowMs,
    get confirmedAt() {
      return told.nowMs;
    },
  };
  const comparisons = { take: () => undefined };
  const instanceId = newInstanceId(source);
  const options: FlusherOptions = {
    ...{
      recorder,
      comparisons,
      store: arrivals,
      log: silentLog,
      instanceId,
      freshness,
      room: ROOM,
    },
  };
  return { flusher: new Flusher(options), told };
}

/** As many as are asked for, of as many secrets. */
function seen(count: number, firstNumber = 1): ConsumerCount[] {
  const of = { keyspaceId, keyId, outcome: 'valid', consumer } as const;
  const times = { count: 1, firstAt: 1, lastAt: 1 };
  return Array.from({ length: count }, (_, index) => {
    return { ...of, ...times, secretNumber: firstNumber + index };
  });
}

describe('a flush', () => {
  test('never runs beside another, whoever asks when one ends', async () => {
    const arrivals = new Arrivals();
    const { flusher, told } = flusherOf(arrivals);
    told.uses += 1;
    const first = flusher.flush();
    told.uses += 1;
    const second = flusher.flush();
    const third = first.then(() => {
      told.uses += 1;
      return flusher.flush();
    });
    await Promise.all([first, second, third]);
    await flusher.flush();
    expect(arrivals.most).toBe(1);
    const sums = arrivals.batches.flatMap(({ counts }) => counts.map(({ count }) => count));
    expect(sums.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  test('adds up by secret who came when too many waited, and so leaves nobody out', async () => {
    const arrivals = new Arrivals();
    const { flusher, told } = flusherOf(arrivals);
    arrivals.isAway = true;
    told.consumers = seen(ROOM.consumers);
    await expect(flusher.flush()).rejects.toThrow('away');
    told.consumers = [...seen(5_000), ...seen(1, LATE), ...seen(1, LATE), ...seen(1, LATE)];
    await expect(flusher.flush()).rejects.toThrow('away');
    expect(flusher.flushedUntil).toBe(1_000);
    arrivals.isAway = false;
    told.nowMs = 2_000;
    await flusher.flush();
    const others = arrivals.consumers.filter(({ secretNumber }) => secretNumber === LATE);
    expect(others).toMatchObject([{ consumer: { id: 'others', network: null }, count: 3 }]);
    expect(arrivals.consumers).toHaveLength(ROOM.consumers + 5_001);
    expect(flusher.lostRowCount).toBe(0);
    expect(flusher.flushedUntil).toBe(2_000);
  });

  test('proves nothing any more once somebody was left out', async () => {
    const arrivals = new Arrivals();
    const { flusher, told } = flusherOf(arrivals);
    arrivals.isAway = true;
    told.consumers = seen(ROOM.consumers + ROOM.rows + 100);
    await expect(flusher.flush()).rejects.toThrow('away');
    expect(flusher.lostRowCount).toBe(100);
    arrivals.isAway = false;
    told.nowMs = 2_000;
    await flusher.flush();
    expect(flusher.flushedUntil).toBe(1_000);
  });
});
