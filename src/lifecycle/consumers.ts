import type { KeyConsumer, KeyConsumers } from '../consumer-views.js';
import { formatTime } from '../keys/duration.js';
import type { ConsumerUse } from '../store/consumers.js';
import { locateKey } from './change-key.js';
import type { Act } from './context.js';
import { requireScope } from './rights.js';

const MAX_USES = 1_000; // Of one answer: a consumer has some for each secret.

/**
 * Who uses a key, as it was written last: some seconds ago.
 * @throws {NotFoundError} no key the caller may see has this id.
 */
export async function listConsumersOf(act: Act, id: string): Promise<KeyConsumers> {
  requireScope(act.rights, 'usage:read');
  const { key } = await locateKey(act, id);
  const uses = await act.lifecycle.store.listConsumers(key.id, MAX_USES + 1);
  const byConsumer = grouped(uses);
  return { items: [...byConsumer.values()].map(viewConsumer), isWhole: uses.length <= MAX_USES };
}

/** In the order in which they came: by their last use. */
function grouped(uses: readonly ConsumerUse[]): ReadonlyMap<string, readonly ConsumerUse[]> {
  const groups = new Map<string, ConsumerUse[]>();
  for (const use of uses.slice(0, MAX_USES)) {
    const group = groups.get(use.consumer.id);
    if (group === undefined) groups.set(use.consumer.id, [use]);
    else group.push(use);
  }
  return groups;
}

function viewConsumer(uses: readonly ConsumerUse[]): KeyConsumer {
  const [latest] = uses;
  return {
    id: latest?.consumer.id ?? '',
    label: latest?.consumer.label ?? '',
    count: uses.reduce((sum, { count }) => sum + count, 0),
    firstUsedAt: formatTime(Math.min(...uses.map(({ firstAt }) => firstAt))),
    lastUsedAt: formatTime(Math.max(...uses.map(({ lastAt }) => lastAt))),
    secrets: uses.map(({ secretNumber, outcome, count, firstAt, lastAt }) => ({
      secret: secretNumber,
      outcome,
      count,
      firstUsedAt: formatTime(firstAt),
      lastUsedAt: formatTime(lastAt),
    })),
  };
}
