import { type Kysely, sql } from 'kysely';
import type { KeyId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import type { LateCounts, LateUse, WeighedUse } from '../late-use.js';
import type { Database } from '../schema.js';
import { consumerUse } from './consumers.js';
import type { SqlEngine } from './engine.js';
import { requireWritableNow } from './standing.js';

/**
 * See Store.unwatchedUses. By the partial index `consumers_unwatched`, whose condition this is word
 * for word: what waits is read, and nothing else.
 */
export async function unwatchedUses({ db }: SqlEngine, limit: number): Promise<readonly LateUse[]> {
  const rows = await db
    .selectFrom('consumers')
    .selectAll()
    .where(sql<boolean>`outcome = 'refused' and watched_at < last_at`)
    .orderBy('last_at')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...consumerUse(row), lateAs: row.late_as }));
}

/** See Store.lateUsesOf. By the primary key: it begins with key and secret. */
export async function lateUsesOf(
  { db }: SqlEngine,
  { keyId, secretNumber, limit }: { keyId: KeyId; secretNumber: number; limit: number },
): Promise<readonly LateUse[]> {
  const rows = await db
    .selectFrom('consumers')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('secret_number', '=', secretNumber)
    .where('outcome', '=', 'refused')
    .where('late_as', 'is not', null)
    .orderBy('last_at', 'desc')
    .orderBy('consumer')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...consumerUse(row), lateAs: row.late_as }));
}

/** See Store.countLate. */
export async function countLate(
  { db }: SqlEngine,
  keyId: KeyId,
  secretNumber: number,
): Promise<LateCounts> {
  const rows = await db
    .selectFrom('consumers')
    .select((eb) => ['late_as', eb.fn.countAll<number>().as('n')])
    .where('key_id', '=', keyId)
    .where('secret_number', '=', secretNumber)
    .where('outcome', '=', 'refused')
    .where('late_as', 'is not', null)
    .groupBy('late_as')
    .execute();
  const countOf = (kind: string) => Number(rows.find(({ late_as: as }) => as === kind)?.n ?? 0);
  return { straggler: countOf('straggler'), intruder: countOf('intruder') };
}

/** See Store.weighUses. In one order, so that no two of them deadlock. */
export async function weighUses(engine: SqlEngine, weighed: readonly WeighedUse[]): Promise<void> {
  if (weighed.length === 0) return;
  const inOrder = weighed.toSorted((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1));
  await engine.transaction(async (trx) => {
    await requireWritableNow(engine, trx);
    for (const use of inOrder) {
      await rowOf(trx, use)
        .set((eb) => ({
          watched_at: use.lastAt,
          late_as: eb.fn.coalesce('late_as', eb.val(use.lateAs)),
        }))
        .execute();
    }
  });
}

/** Once a consumer: of two who look at the same time, one tells. */
export async function markLate(
  trx: Kysely<Database>,
  { use }: Extract<Write, { readonly kind: 'mark_late' }>,
): Promise<Conflict | undefined> {
  const result = await rowOf(trx, use)
    .set({ watched_at: use.lastAt, late_as: use.lateAs })
    .where('late_as', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n ? undefined : 'version';
}

function rowOf(trx: Kysely<Database>, { keyId, secretNumber, consumer }: WeighedUse) {
  return trx
    .updateTable('consumers')
    .where('key_id', '=', keyId)
    .where('secret_number', '=', secretNumber)
    .where('consumer', '=', consumer)
    .where('outcome', '=', 'refused');
}

function placeOf({ keyId, secretNumber, consumer }: WeighedUse): string {
  return `${keyId} ${secretNumber} ${consumer}`;
}
