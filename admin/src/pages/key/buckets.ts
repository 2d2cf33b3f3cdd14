import type { UsageItem } from '../../api/types.js';
import { keyText as text } from '../../messages/en/key.js';
import { msOf, timeOf } from '../../time/clock.js';
import { dayWords, weekHourWords } from '../../time/words.js';
import type { Series } from '../../ui/chart.js';

const HOUR_MS = 3_600_000;
const SPANS = {
  hour: { stepMs: HOUR_MS, count: 48 },
  day: { stepMs: 24 * HOUR_MS, count: 90 },
} as const;

/** Counts of a key, as they are drawn and told. */
interface Buckets {
  /** What each hour or day is called. */
  readonly places: readonly string[];
  readonly series: readonly Series[];
  readonly valid: number;
  readonly refused: number;
  /** The most frequent first. */
  readonly outcomes: readonly (readonly [string, number])[];
}

/** Fills the hours or days in which nothing was counted. */
export function bucketsOf(
  items: readonly UsageItem[],
  per: 'hour' | 'day',
  nowMs: number,
): Buckets {
  const { stepMs, count } = SPANS[per];
  const lastMs = Math.floor(nowMs / stepMs) * stepMs;
  const timesMs = Array.from(
    { length: count },
    (_, index) => lastMs - (count - 1 - index) * stepMs,
  );
  const valid = new Map<number, number>();
  const refused = new Map<number, number>();
  const outcomes = new Map<string, number>();
  for (const { start, outcomes: counted } of items) {
    for (const [name, value] of Object.entries(counted)) {
      if (typeof value !== 'number') continue;
      add(outcomes, name, value);
      add(name === 'valid' ? valid : refused, msOf(start), value);
    }
  }
  const countsOf = (by: ReadonlyMap<number, number>) => timesMs.map((ms) => by.get(ms) ?? 0);
  return {
    places: timesMs.map((ms) => placeOf(ms, per)),
    series: [
      { label: text.usageValid, tone: 'first', values: countsOf(valid) },
      { label: text.usageRefused, tone: 'bad', values: countsOf(refused) },
    ],
    valid: sumOf(valid),
    refused: sumOf(refused),
    outcomes: [...outcomes].toSorted(([, left], [, right]) => right - left),
  };
}

/** An hour is told with its day: there are two of each in 48. */
function placeOf(ms: number, per: 'hour' | 'day'): string {
  const time = timeOf(ms);
  return per === 'day' ? dayWords(time) : weekHourWords(time);
}

function add<Name>(counts: Map<Name, number>, name: Name, value: number): void {
  counts.set(name, (counts.get(name) ?? 0) + value);
}

function sumOf(counts: ReadonlyMap<number, number>): number {
  return [...counts.values()].reduce((sum, value) => sum + value, 0);
}
