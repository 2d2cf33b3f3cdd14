import type { Kysely } from 'kysely';
import type { Change, Conflict, Write } from '../change.js';
import type { Database } from '../schema.js';
import { OPEN, requireWritable, type StoreMode, type StoreStanding } from '../standing.js';
import type { SqlEngine } from './engine.js';

/** Without a mode: the schema is from before it was kept. */
interface SequenceRow {
  readonly mode?: StoreMode | undefined;
  readonly mode_detail?: string | null | undefined;
  readonly mode_since_at?: number | null | undefined;
}
type SetStanding = Extract<Write, { readonly kind: 'set_standing' }>;

/** What the row of the sequence says that the database may be used for. */
export function standingIn(row: SequenceRow | undefined): StoreStanding {
  if (row?.mode === undefined) return OPEN;
  return { mode: row.mode, detail: row.mode_detail ?? null, sinceAt: row.mode_since_at ?? null };
}

/**
 * Changes the mode where the change says so, else makes sure that changes may be made at all.
 * The row of the sequence is locked already.
 */
export async function changeStanding(
  engine: SqlEngine,
  trx: Kysely<Database>,
  { change, now }: { readonly change: Change; readonly now: StoreStanding },
): Promise<Conflict | undefined> {
  const write = change.writes.find((one): one is SetStanding => one.kind === 'set_standing');
  if (write === undefined) {
    requireWritable(now);
    return undefined;
  }
  if (now.mode !== write.expectedMode) return 'version';
  // A stronger lock than that of a change: it waits for counts that are being written.
  if (engine.hasRowLocks) {
    await trx.selectFrom('change_sequence').select('id').where('id', '=', 1).forUpdate().execute();
  }
  await setStanding(trx, write.standing);
  return undefined;
}

/** Writes the mode, whatever it was. */
export async function setStanding(trx: Kysely<Database>, standing: StoreStanding): Promise<void> {
  const { mode, detail, sinceAt } = standing;
  await trx
    .updateTable('change_sequence')
    .set({ mode, mode_detail: detail, mode_since_at: sinceAt })
    .where('id', '=', 1)
    .execute();
}

/**
 * For what is written without a change: counts, and what is swept. It holds the mode, and keeps
 * no change from being committed.
 * @throws {StoreFrozenError} and its like.
 */
export async function requireWritableNow(engine: SqlEngine, trx: Kysely<Database>): Promise<void> {
  const row = await trx
    .selectFrom('change_sequence')
    .selectAll()
    .where('id', '=', 1)
    .$if(engine.hasRowLocks, (query) => query.forKeyShare())
    .executeTakeFirst();
  requireWritable(standingIn(row));
}
