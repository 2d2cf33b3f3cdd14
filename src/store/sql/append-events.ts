import type { Kysely } from 'kysely';
import { type ChainHead, chainStart, linkEvent } from '../../audit/chain.js';
import type { AuditEvent, EventDraft } from '../../audit/event.js';
import { StoreCorruptError } from '../../errors.js';
import type { KeyspaceId } from '../../keys/id.js';
import type { Database } from '../schema.js';
import type { StoreStanding } from '../standing.js';
import { type SqlEngine, UniqueViolation } from './engine.js';
import { eventRow } from './rows.js';
import { requireReadable, schemaColumns } from './schema-guard.js';
import { standingIn } from './standing.js';

/** An event is there already under this id, or in this place. */
export class EventTaken extends Error {}

/** Where the sequence of all changes is. */
export interface Appended {
  readonly sequence: number;
  readonly standing: StoreStanding;
}

/**
 * Links events to their chains and gives them their place in the sequence of all changes. The
 * heads are locked in one order everywhere, and the sequence last: it is held to the commit.
 * @returns the sequence number of the last event, and what the database may be used for.
 */
export async function appendEvents(
  engine: SqlEngine,
  trx: Kysely<Database>,
  drafts: readonly EventDraft[],
): Promise<Appended> {
  const heads = await lockHeads(engine, trx, drafts);
  const linked = drafts.map((draft) => {
    const event = linkEvent(draft, heads.get(draft.keyspaceId) ?? chainStart(draft.keyspaceId));
    heads.set(draft.keyspaceId, event);
    return event;
  });
  for (const [keyspaceId, { number, hash }] of heads) {
    await trx
      .updateTable('chain_heads')
      .set({ number, hash })
      .where('keyspace_id', '=', keyspaceId)
      .execute();
  }
  return insertEvents(engine, trx, linked);
}

/** Where the sequence is, for who appends nothing. */
export async function lastSequence(trx: Kysely<Database>): Promise<Appended> {
  const row = await trx.selectFrom('change_sequence').selectAll().executeTakeFirst();
  return { sequence: row?.value ?? 0, standing: standingIn(row) };
}

async function lockHeads(
  engine: SqlEngine,
  trx: Kysely<Database>,
  drafts: readonly EventDraft[],
): Promise<Map<KeyspaceId, ChainHead>> {
  const ids = [...new Set(drafts.map((draft) => draft.keyspaceId))].sort();
  const heads = new Map<KeyspaceId, ChainHead>();
  for (const id of ids) heads.set(id, await lockHead(engine, trx, id));
  return heads;
}

async function lockHead(
  engine: SqlEngine,
  trx: Kysely<Database>,
  keyspaceId: KeyspaceId,
): Promise<ChainHead> {
  const head = trx
    .selectFrom('chain_heads')
    .select(['number', 'hash'])
    .where('keyspace_id', '=', keyspaceId)
    .$if(engine.hasRowLocks, (query) => query.forUpdate());
  const found = await head.executeTakeFirst();
  if (found !== undefined) return found;
  await trx
    .insertInto('chain_heads')
    .values({ keyspace_id: keyspaceId, ...chainStart(keyspaceId) })
    .onConflict((conflict) => conflict.column('keyspace_id').doNothing())
    .execute();
  return head.executeTakeFirstOrThrow();
}

async function insertEvents(
  engine: SqlEngine,
  trx: Kysely<Database>,
  events: readonly AuditEvent[],
): Promise<Appended> {
  const bumped = await trx
    .updateTable('change_sequence')
    .set((eb) => ({ value: eb('value', '+', events.length) }))
    .where('id', '=', 1)
    .returningAll() // The mode, too, where the schema has it already.
    .returning(schemaColumns)
    .executeTakeFirst();
  if (bumped === undefined) {
    throw new StoreCorruptError(
      'The table change_sequence has lost its row. Restore the database from a backup.',
    );
  }
  requireReadable(bumped, engine.where); // Else the change is taken back.
  const first = bumped.value - events.length + 1;
  const rows = events.map((event, index) => eventRow({ ...event, sequence: first + index }));
  try {
    await trx.insertInto('events').values(rows).execute();
  } catch (fault) {
    throw fault instanceof UniqueViolation ? new EventTaken('taken', { cause: fault }) : fault;
  }
  return { sequence: bumped.value, standing: standingIn(bumped) };
}
