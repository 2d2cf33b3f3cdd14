import type { Kysely } from 'kysely';
import type { Change } from '../change.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from './engine.js';

/**
 * Deletes what was counted of the keys that a change deletes. The row of the sequence is locked
 * already, and is now against flushes, too: one that is under way has yet to write its counts, and
 * one that comes later finds no key to write them for.
 */
export async function forgetUses(
  engine: SqlEngine,
  trx: Kysely<Database>,
  { writes }: Change,
): Promise<void> {
  const ids = writes.flatMap((write) => (write.kind === 'delete_key' ? [write.keyId] : []));
  if (ids.length === 0) return;
  if (engine.hasRowLocks) {
    await trx.selectFrom('change_sequence').select('id').where('id', '=', 1).forUpdate().execute();
  }
  await trx.deleteFrom('secret_uses').where('key_id', 'in', ids).execute();
  await trx.deleteFrom('usage_counts').where('key_id', 'in', ids).execute();
  await trx.deleteFrom('consumers').where('key_id', 'in', ids).execute();
  await trx.deleteFrom('shadow_disagreements').where('key_id', 'in', ids).execute();
}
