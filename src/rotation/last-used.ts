import { counted } from '../counted.js';
import { formatDuration } from '../keys/duration.js';

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
  /** How many consumers are known of the time that counts. */
  readonly consumerCount: number;
  readonly baselineMs: number;
}): string {
  const { lastUsedMs, nowMs, consumerCount, baselineMs } = of;
  if (lastUsedMs === 0) return 'never used';
  const by =
    consumerCount > 0
      ? `by ${counted(consumerCount, 'consumer')}`
      : `and no consumer is known from the last ${formatDuration(baselineMs)}`;
  return `last used ${agoOf(nowMs - lastUsedMs)}${consumerCount > 0 ? '' : ','} ${by}`;
}

/** In the largest unit that it fills. */
function agoOf(sinceMs: number): string {
  const [name, unitMs] = UNITS.find(([, candidateMs]) => sinceMs >= candidateMs) ?? ['s', 1_000];
  return `${Math.max(0, Math.floor(sinceMs / unitMs))} ${name} ago`;
}
