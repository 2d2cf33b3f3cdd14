import type { Kysely } from 'kysely';
import type { KeyspaceId } from '../../keys/id.js';
import { DEFAULT_POLICY } from '../../keys/policy-name.js';
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

/** Who would delete it waits; and who comes while it is being deleted finds it gone. */
export async function holdPolicy(
  { hasRowLocks }: SqlEngine,
  trx: Trx,
  { keyspaceId, name }: Of<'hold_policy'>,
): Promise<Conflict | undefined> {
  const held = await trx
    .selectFrom('policies')
    .select('name')
    .where('keyspace_id', '=', keyspaceId)
    .where('name', '=', name)
    .$if(hasRowLocks, (query) => query.forKeyShare())
    .executeTakeFirst();
  return held === undefined ? 'version' : undefined;
}

export async function deletePolicy(
  { hasRowLocks }: SqlEngine,
  trx: Trx,
  { policy, expectedVersion }: Of<'delete_policy'>,
): Promise<Conflict | undefined> {
  const { keyspaceId, name } = policy;
  if (hasRowLocks) {
    // First, and alone: only a later statement sees the keys of those that it has waited for.
    await trx
      .selectFrom('policies')
      .select('name')
      .where('keyspace_id', '=', keyspaceId)
      .where('name', '=', name)
      .forUpdate()
      .execute();
  }
  const isNamed = name !== DEFAULT_POLICY && (await countNaming(trx, { keyspaceId, name }, 1)) > 0;
  if (isNamed) return 'version';
  const result = await trx
    .deleteFrom('policies')
    .where('keyspace_id', '=', keyspaceId)
    .where('name', '=', name)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return result.numDeletedRows > 0n ? undefined : 'version';
}

/** See Store.countNaming. All that it reads stands in the index `keys_by_policy`. */
export async function countNaming(
  db: Kysely<Database>,
  { keyspaceId, name }: Pick<PolicyRecord, 'keyspaceId' | 'name'>,
  most: number,
): Promise<number> {
  const naming = db
    .selectFrom('keys')
    .select('id')
    .where('policy', '=', name)
    .where('keyspace_id', '=', keyspaceId)
    .where('state', '<>', 'revoked')
    .limit(most);
  const row = await db
    .selectFrom(naming.as('naming'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return row.count;
}
