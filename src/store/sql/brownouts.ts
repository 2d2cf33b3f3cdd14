import type { Kysely } from 'kysely';
import type { KeyspaceId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import { brownedOutIn, MAX_BROWNOUTS } from '../few-brownouts.js';
import type { Database } from '../schema.js';

/** By the index secrets_browned_out, which has nothing but them. */
export async function countBrownouts(
  db: Kysely<Database>,
  keyspaceId: KeyspaceId,
): Promise<number> {
  const { count } = await db
    .selectFrom('secrets')
    .innerJoin('keys', 'keys.id', 'secrets.key_id')
    .where('secrets.brownout', 'is not', null)
    .where('secrets.state', '=', 'retiring')
    .where('keys.state', '!=', 'revoked')
    .where('keys.keyspace_id', '=', keyspaceId)
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Asked once the sequence is locked: no two changes can each be the last that fits. */
export async function tooManyBrownouts(
  trx: Kysely<Database>,
  writes: readonly Write[],
): Promise<Conflict | undefined> {
  for (const keyspaceId of brownedOutIn(writes)) {
    if ((await countBrownouts(trx, keyspaceId)) > MAX_BROWNOUTS) return 'version';
  }
  return undefined;
}
