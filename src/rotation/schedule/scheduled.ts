import { type KeyId, madeAt } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { Store } from '../../store/store.js';
import { latestNow } from '../ahead.js';
import type { Scheduled } from './schedule.js';

/** What a schedule has to know of keys, by id. */
export async function scheduledOf(
  store: Store,
  keys: readonly KeyRecord[],
  nowMs: number,
): Promise<ReadonlyMap<KeyId, Scheduled>> {
  const ids = keys.map(({ id }) => id);
  const origins = await store.originsOf(ids);
  const used = await store.automation.usedDueTimes(ids, latestNow(nowMs));
  return new Map(
    keys.map((key) => {
      const usedDueAt = used.get(key.id) ?? null;
      return [key.id, { ...ofKey(key, origins.has(key.id)), usedDueAt }];
    }),
  );
}

function ofKey({ id, owner, createdAt, secrets }: KeyRecord, isImported: boolean) {
  const current = secrets.findLast(({ state }) => state === 'current');
  const isFirst = current === undefined || current.number === 1;
  // One that was brought here may have been made years before, elsewhere.
  const bornAt = isImported ? madeAt(id) : createdAt;
  return { id, owner, bornAt, isImported, rotatedAt: isFirst ? null : current.createdAt };
}
