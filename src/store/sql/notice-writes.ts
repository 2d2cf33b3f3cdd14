import type { Kysely } from 'kysely';
import type { Conflict, Write } from '../change.js';
import type { Database } from '../schema.js';
import { hasChanged } from './has-changed.js';
import { channelRow, outboxRow } from './notice-rows.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

/** Rows of a statement: SQLite binds 32 766 values, and a row has 20. */
const BATCH_ROWS = 500;

/** Makes or changes a channel of a keyspace. */
export async function putChannel(
  trx: Trx,
  { channel, expectedVersion }: Of<'put_channel'>,
): Promise<Conflict | undefined> {
  const row = channelRow(channel);
  const { id, keyspace_id, created_at, ...changes } = row;
  const taken = await trx
    .selectFrom('channels')
    .select('id')
    .where('keyspace_id', '=', keyspace_id)
    .where('name', '=', row.name)
    .where('id', '<>', id)
    .executeTakeFirst();
  if (taken !== undefined) return 'exists';
  if (expectedVersion === 0) {
    const inserted = await trx
      .insertInto('channels')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return inserted === undefined ? 'exists' : undefined;
  }
  const result = await trx
    .updateTable('channels')
    .set(changes)
    .where('id', '=', id)
    .where('keyspace_id', '=', keyspace_id)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return hasChanged(result) ? undefined : 'version';
}

export async function deleteChannel(
  trx: Trx,
  { channel, expectedVersion }: Of<'delete_channel'>,
): Promise<Conflict | undefined> {
  const result = await trx
    .deleteFrom('channels')
    .where('id', '=', channel.id)
    .where('keyspace_id', '=', channel.keyspaceId)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return result.numDeletedRows > 0n ? undefined : 'version';
}

/** Of several writes, in one statement. */
export async function insertNotices(
  trx: Trx,
  writes: readonly Of<'insert_notices'>[],
): Promise<undefined> {
  const rows = writes.flatMap(({ notices }) => notices.map(outboxRow));
  for (let start = 0; start < rows.length; start += BATCH_ROWS) {
    await trx
      .insertInto('outbox')
      .values(rows.slice(start, start + BATCH_ROWS))
      .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
      .execute();
  }
}

/** As often as at first, and with others or alone, as it falls out then. */
export async function retryNotice(
  trx: Trx,
  { notice, nowMs }: Of<'retry_notice'>,
): Promise<Conflict | undefined> {
  const result = await trx
    .updateTable('outbox')
    .set({
      state: 'waiting',
      try_count: 0,
      first_try_at: null,
      next_at: nowMs,
      sent_as: null,
      is_digest: 0,
    })
    .where('id', '=', notice.id)
    .where('keyspace_id', '=', notice.keyspaceId)
    .where('state', '=', 'dead')
    .executeTakeFirst();
  return hasChanged(result) ? undefined : 'version';
}

/** What holds no link any more was sent, and stays. */
export async function withdrawLinks(
  trx: Trx,
  { idempotencyKeys }: Of<'withdraw_links'>,
): Promise<undefined> {
  await trx
    .deleteFrom('outbox')
    .where('idempotency_key', 'in', idempotencyKeys)
    .where('sealed', 'is not', null)
    .execute();
}
