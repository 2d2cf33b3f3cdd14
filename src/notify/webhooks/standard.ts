import { formatTime } from '../../keys/duration.js';
import type { Message } from '../message.js';
import { keyCountOf, type Notice } from '../notice.js';

// A receiver with a usual bound of 1 MB takes it; `keyCount` says how many there are.
const MAX_KEYS = 100;
const MAX_LABELS = 50;

/**
 * The payload of Standard Webhooks 1.0: `type`, `timestamp` and `data`. The facts of the notice,
 * with times as RFC 3339 (`dueAtMs` becomes `dueAt`), and the headline for people.
 * @public
 */
export function standardBody(message: Message, nowMs: number): object {
  const { notice, headline } = message;
  return {
    type: `notice.${notice.kind}`,
    timestamp: formatTime(nowMs),
    data: { headline, keyCount: keyCountOf(notice), ...dataOf(notice) },
  };
}

function dataOf(notice: Notice): object {
  const { keyspace, isEmergency, cycle } = notice;
  if (notice.kind === 'digest') return { keyspace, isEmergency, cycle, parts: notice.parts };
  const { owner, stage, items } = notice;
  const keys = items.slice(0, MAX_KEYS).map(withTimes);
  return { keyspace, isEmergency, cycle, owner, stage, keys };
}

/** Inside the rooms times are milliseconds; at a face they are texts. */
function withTimes(item: object): object {
  const fields = Object.entries(item).map(([name, value]: [string, unknown]) => {
    if (name.endsWith('AtMs')) return [name.slice(0, -2), timeText(value)];
    return [name, Array.isArray(value) ? value.slice(0, MAX_LABELS) : value];
  });
  return Object.fromEntries(fields);
}

function timeText(value: unknown): string | null {
  return typeof value === 'number' ? formatTime(value) : null;
}
