import { counted } from '../counted.js';
import { formatDuration } from '../keys/duration.js';
import type { Headcount } from './baseline.js';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** When something was used last, and by how many, for people: `last used 4 s ago by 3 consumers`. */
export function lastUsedText(of: {
  /** 0: never. */
  readonly lastUsedMs: number;
  readonly nowMs: number;
  /** The consumers that are known of the time that counts. */
  readonly consumers: Headcount;
  readonly baselineMs: number;
}): string {
  const { lastUsedMs, nowMs, consumers, baselineMs } = of;
  if (lastUsedMs === 0) return 'never used';
  const by =
    consumers.count > 0
      ? `by ${counted(consumers.count, 'consumer', consumers.isLeast)}`
      : `and no consumer is known from the last ${formatDuration(baselineMs)}`;
  return `last used ${agoOf(nowMs - lastUsedMs)}${consumers.count > 0 ? '' : ','} ${by}`;
}

/** In the largest unit that it fills. */
function agoOf(sinceMs: number): string {
  const [name, unitMs] = UNITS.find(([, candidateMs]) => sinceMs >= candidateMs) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(sinceMs / unitMs))} ${name} ago`;
}
