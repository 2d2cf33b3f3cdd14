import type { Kysely } from 'kysely';
import type { KeyspaceId } from '../../keys/id.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from './engine.js';

export async function getLogo(
  { db }: SqlEngine,
  keyspaceId: KeyspaceId,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('keyspace_logos')
    .select('data')
    .where('keyspace_id', '=', keyspaceId)
    .executeTakeFirst();
  return row?.data;
}

/** Absent: it stays as it is; null: there is none from now on. */
export async function putLogo(
  trx: Kysely<Database>,
  keyspaceId: KeyspaceId,
  logo: string | null | undefined,
): Promise<void> {
  if (logo === undefined) return;
  await trx.deleteFrom('keyspace_logos').where('keyspace_id', '=', keyspaceId).execute();
  if (logo === null) return;
  await trx.insertInto('keyspace_logos').values({ keyspace_id: keyspaceId, data: logo }).execute();
}
