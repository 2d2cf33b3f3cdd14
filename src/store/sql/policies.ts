import type { Kysely } from 'kysely';
import type { KeyspaceId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import type { PolicyRecord } from '../rotation.js';
import type { Database } from '../schema.js';
import type { PageCut } from '../store.js';
import type { SqlEngine } from './engine.js';
import { policyRecord, policyRow } from './rotation-rows.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

export async function getPolicy(
  { db }: SqlEngine,
  keyspaceId: KeyspaceId,
  name: string,
): Promise<PolicyRecord | undefined> {
  const row = await db
    .selectFrom('policies')
    .selectAll()
    .where('keyspace_id', '=', keyspaceId)
    .where('name', '=', name)
    .executeTakeFirst();
  return row === undefined ? undefined : policyRecord(row);
}

export async function listPolicies(
  { db }: SqlEngine,
  keyspaceId: KeyspaceId,
  { after, limit }: PageCut,
): Promise<readonly PolicyRecord[]> {
  const rows = await db
    .selectFrom('policies')
    .selectAll()
    .where('keyspace_id', '=', keyspaceId)
    .$if(after !== null, (query) => query.where('name', '>', after ?? ''))
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(policyRecord);
}

export async function putPolicy(
  trx: Trx,
  { policy, expectedVersion }: Of<'put_policy'>,
): Promise<Conflict | undefined> {
  const row = policyRow(policy);
  if (expectedVersion === 0) {
    const inserted = await trx
      .insertInto('policies')
      .values(row)
      .onConflict((conflict) => conflict.columns(['keyspace_id', 'name']).doNothing())
      .returning('name')
      .executeTakeFirst();
    return inserted === undefined ? 'version' : undefined;
  }
  const { keyspace_id, name, created_at, ...changes } = row;
  const result = await trx
    .updateTable('policies')
    .set(changes)
    .where('keyspace_id', '=', keyspace_id)
    .where('name', '=', name)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n ? undefined : 'version';
}

export async function deletePolicy(
  trx: Trx,
  { policy, expectedVersion }: Of<'delete_policy'>,
): Promise<Conflict | undefined> {
  const result = await trx
    .deleteFrom('policies')
    .where('keyspace_id', '=', policy.keyspaceId)
    .where('name', '=', policy.name)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return result.numDeletedRows > 0n ? undefined : 'version';
}
