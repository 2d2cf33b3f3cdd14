import { type Kysely, sql } from 'kysely';
import type { KeyId, KeyspaceId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import { SLOW_SCHEMES } from '../../keys/scheme.js';
import {
  type ForeignCandidate,
  type ForeignQuery,
  type ImportedKey,
  type KeyOrigin,
  MAX_CANDIDATES,
  marksOf,
  type SecretUpgrade,
  type TakenMark,
} from '../imported.js';
import type { Database } from '../schema.js';
import { type SqlEngine, UniqueViolation } from './engine.js';
import { FOUND_COLUMNS } from './found-secret.js';
import { keysByIds } from './keys.js';
import { requireWritableNow } from './standing.js';

type Trx = Kysely<Database>;

/**
 * See Store.findForeign. Two index reads in one statement: by digest, and by the prefix of those
 * whose hash has a salt.
 */
export async function findForeign(
  { db }: SqlEngine,
  { digests, lookup }: ForeignQuery,
): Promise<readonly ForeignCandidate[]> {
  const columns = sql.raw(`${FOUND_COLUMNS}, s.scheme as "scheme", s.digest as "digest"`);
  const { rows } = await sql<ForeignCandidate>`
    select ${columns}
    from secrets s
    join keys k on k.id = s.key_id
    where s.digest in (${sql.join(digests)})
    union all
    select ${columns}
    from imported_keys i
    join secrets s on s.key_id = i.key_id
    join keys k on k.id = i.key_id
    where i.lookup = ${lookup ?? ''}
      and s.scheme in (${sql.join(SLOW_SCHEMES)})
    limit ${digests.length + MAX_CANDIDATES}
  `.execute(db);
  return rows;
}

/** See Store.findImported. */
export async function findImported(
  engine: SqlEngine,
  keyspaceId: KeyspaceId,
  sourceIds: readonly string[],
): Promise<readonly ImportedKey[]> {
  if (sourceIds.length === 0) return [];
  const rows = await engine.db
    .selectFrom('imported_keys')
    .selectAll()
    .where('keyspace_id', '=', keyspaceId)
    .where('source_id', 'in', sourceIds)
    .execute();
  const keys = await keysByIds(
    engine,
    rows.map((row) => row.key_id),
  );
  return rows.flatMap((row) => {
    const key = keys.get(row.key_id);
    if (key === undefined) return [];
    const { source_id: sourceId, fingerprint, lookup } = row;
    return [{ sourceId, fingerprint, lookup, key }];
  });
}

/** See Store.originsOf. */
export async function originsOf(
  { db }: SqlEngine,
  ids: readonly KeyId[],
): Promise<ReadonlyMap<KeyId, KeyOrigin>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('imported_keys')
    .select(['key_id', 'source_id', 'fingerprint', 'lookup'])
    .where('key_id', 'in', ids)
    .execute();
  return new Map(
    rows.map(({ key_id, source_id: sourceId, fingerprint, lookup }) => [
      key_id,
      { sourceId, fingerprint, lookup },
    ]),
  );
}

/** See Store.marksTaken. Two reads by unique indexes in one statement. */
export async function marksTaken(
  { db }: SqlEngine,
  marks: readonly string[],
): Promise<readonly TakenMark[]> {
  if (marks.length === 0) return [];
  const { rows } = await sql<TakenMark>`
    select s.digest as "mark", k.keyspace_id as "keyspaceId", k.id as "keyId"
    from secrets s
    join keys k on k.id = s.key_id
    where s.digest in (${sql.join(marks)})
    union all
    select d.mark as "mark", d.keyspace_id as "keyspaceId", null as "keyId"
    from deleted_secrets d
    where d.mark in (${sql.join(marks)})
  `.execute(db);
  return rows;
}

/** Leaves what refuses the key, should an import bring it again. Before its rows are deleted. */
export async function leaveMarks(trx: Trx, keyId: KeyId, keyspaceId: KeyspaceId): Promise<void> {
  const secrets = await trx
    .selectFrom('secrets')
    .select('digest')
    .where('key_id', '=', keyId)
    .execute();
  const origin = await trx
    .selectFrom('imported_keys')
    .select(['source_id as sourceId', 'fingerprint'])
    .where('key_id', '=', keyId)
    .executeTakeFirst();
  const digests = secrets.map(({ digest }) => digest);
  const marks = marksOf(keyspaceId, digests, origin);
  if (marks.length === 0) return;
  await trx
    .insertInto('deleted_secrets')
    .values(marks.map((mark) => ({ mark, keyspace_id: keyspaceId })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Whether one of the imported keys was deleted, by now: whatever is raced, it stays so. */
export async function wasDeleted(
  trx: Trx,
  made: readonly { readonly key: KeyRecord; readonly origin?: KeyOrigin }[],
): Promise<boolean> {
  const marks = made.flatMap(({ key: { keyspaceId, secrets }, origin }) => {
    const digests = secrets.map(({ digest }) => digest);
    return origin === undefined ? [] : marksOf(keyspaceId, digests, origin);
  });
  if (marks.length === 0) return false;
  const found = await trx
    .selectFrom('deleted_secrets')
    .select('mark')
    .where('mark', 'in', marks)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}

/** See Store.upgradeSecret. One guarded statement: what was changed meanwhile is left alone. */
export async function upgradeSecret(engine: SqlEngine, upgrade: SecretUpgrade): Promise<boolean> {
  const { keyId, keyspaceId, number, from, to, nowMs } = upgrade;
  try {
    return await engine.transaction(async (trx) => {
      await requireWritableNow(engine, trx);
      const result = await trx
        .updateTable('secrets')
        .set({ scheme: 'sha256', digest: to })
        .where('key_id', '=', keyId)
        .where('number', '=', number)
        .where('digest', '=', from)
        .where('state', 'in', ['current', 'retiring'])
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('keys')
              .select('id')
              .where('id', '=', keyId)
              .where('keyspace_id', '=', keyspaceId)
              .where('state', '=', 'active')
              .where((or) => or.or([or('expires_at', 'is', null), or('expires_at', '>', nowMs)])),
          ),
        )
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    });
  } catch (fault) {
    if (fault instanceof UniqueViolation) return false; // Another key is stored under this digest.
    throw fault;
  }
}

/** Remembers where keys came from. */
export async function insertOrigins(
  trx: Trx,
  made: readonly { readonly key: KeyRecord; readonly origin?: KeyOrigin }[],
): Promise<void> {
  const rows = made.flatMap(({ key: { id, keyspaceId }, origin }) => {
    if (origin === undefined) return [];
    const { sourceId, fingerprint, lookup } = origin;
    return [{ key_id: id, keyspace_id: keyspaceId, source_id: sourceId, fingerprint, lookup }];
  });
  if (rows.length > 0) await trx.insertInto('imported_keys').values(rows).execute();
}
