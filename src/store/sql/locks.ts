import type { Kysely } from 'kysely';
import type { KeyId } from '../../keys/id.js';
import type { Change } from '../change.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from './engine.js';

/** The keys that a change updates or deletes, in the order in which they are locked. */
export function targetsOf({ writes }: Change): readonly KeyId[] {
  const ids = writes.flatMap((write) => {
    if (write.kind === 'update_key') return [write.key.id];
    return write.kind === 'delete_key' ? [write.keyId] : [];
  });
  return [...new Set(ids)].sort();
}

/**
 * Locks the caller's key and those that are changed in one order everywhere: two callers who
 * change each other would otherwise wait for each other, until PostgreSQL ends one of them.
 */
export async function lockKeys(
  engine: SqlEngine,
  trx: Kysely<Database>,
  change: Change,
): Promise<void> {
  if (!engine.hasRowLocks) return;
  const targets = targetsOf(change);
  const { caller } = change;
  const callerId = caller !== null && 'keyId' in caller ? caller.keyId : undefined;
  const isApart = callerId !== undefined && !targets.includes(callerId);
  // One row needs no order: the statement that reads or changes it locks it.
  if (targets.length + (isApart ? 1 : 0) < 2) return;
  if (!isApart) return lockTargets(trx, targets);
  await lockTargets(
    trx,
    targets.filter((id) => id < callerId),
  );
  await trx.selectFrom('keys').select('id').where('id', '=', callerId).forShare().execute();
  await lockTargets(
    trx,
    targets.filter((id) => id > callerId),
  );
}

async function lockTargets(trx: Kysely<Database>, ids: readonly KeyId[]): Promise<void> {
  if (ids.length === 0) return;
  const keys = trx.selectFrom('keys').select('id').where('id', 'in', ids);
  await keys.orderBy('id').forNoKeyUpdate().execute();
}
