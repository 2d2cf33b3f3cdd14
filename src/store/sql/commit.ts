import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import { InternalError, StoreCorruptError } from '../../errors.js';
import type {
  Change,
  CommitResult,
  Conflict,
  IdempotencyRecord,
  KeyCaller,
  Replan,
} from '../change.js';
import type { Database } from '../schema.js';
import { appendEvents, EventTaken, lastSequence } from './append-events.js';
import { tooManyBrownouts } from './brownouts.js';
import { type SqlEngine, UniqueViolation } from './engine.js';
import { forgetUses } from './forget-uses.js';
import { lockedKey } from './keys.js';
import { lockKeys, targetsOf } from './locks.js';
import { lockPeople, maySessionCall } from './people-writes.js';
import { changeStanding } from './standing.js';
import { applyWrites } from './writes.js';

/** Takes a transaction back. It never leaves this file. */
class Refused extends Error {
  readonly conflict: Conflict;
  constructor(conflict: Conflict) {
    super(conflict);
    this.conflict = conflict;
  }
}

/** See Store.commit. Guards first, then rows, then the chain's head and the sequence. */
export async function commit(
  engine: SqlEngine,
  change: Change,
  replan?: Replan,
): Promise<CommitResult> {
  const result = await commitOnce(engine, change, (trx) => write(engine, trx, change));
  if (result.ok && change.writes.some(({ kind }) => kind === 'erase_personal')) {
    await engine.forget();
  }
  if (result.ok || result.conflict !== 'version' || replan === undefined) return result;
  return commitOnce(engine, change, async (trx) => {
    const known = await sequenceOf(trx, change);
    return known ?? write(engine, trx, await replanned(engine, trx, { change, replan }));
  });
}

async function commitOnce(
  engine: SqlEngine,
  change: Change,
  run: (trx: Kysely<Database>) => Promise<number>,
): Promise<CommitResult> {
  try {
    return { ok: true, sequence: await engine.transaction(run) };
  } catch (fault) {
    const conflict = conflictOf(fault);
    if (conflict === undefined && !(fault instanceof EventTaken)) throw fault;
    // It may have met itself: a repeat, while the first call was still being committed.
    const sequence = await sequenceOf(engine.db, change);
    if (sequence !== undefined) return { ok: true, sequence };
    if (conflict === undefined) throw damagedTrail(fault);
    return { ok: false, conflict };
  }
}

/** Takes every lock that the plan's change will want before the row is read. */
async function replanned(
  engine: SqlEngine,
  trx: Kysely<Database>,
  { change, replan }: { readonly change: Change; readonly replan: Replan },
): Promise<Change> {
  await lockKeys(engine, trx, change);
  const key = await lockedKey(engine, trx, replan.keyId);
  if (key === undefined) throw new Refused('version');
  return replan.plan(key);
}

async function write(engine: SqlEngine, trx: Kysely<Database>, change: Change): Promise<number> {
  const known = await sequenceOf(trx, change);
  if (known !== undefined) return known;
  await lockPeople(engine, trx, change);
  await lockKeys(engine, trx, change);
  if (!(await mayCall(engine, trx, change))) throw new Refused('caller');
  if (change.idempotency !== null && !(await claim(engine, trx, change.idempotency))) {
    throw new Refused('idempotency');
  }
  const refused = await applyWrites(engine, trx, change.writes);
  if (refused !== undefined) throw new Refused(refused);
  await addPersonal(trx, change);
  const isEmpty = change.events.length === 0;
  const appended = await (isEmpty ? lastSequence(trx) : appendEvents(engine, trx, change.events));
  // Not sooner: the row of the sequence is locked now, so this is its mode at the commit.
  const conflict = await changeStanding(engine, trx, { change, now: appended.standing });
  const refusal = conflict ?? (await tooManyBrownouts(trx, change.writes));
  if (refusal !== undefined) throw new Refused(refusal);
  await forgetUses(engine, trx, change);
  if (!isEmpty) await engine.notify(trx, appended.sequence);
  return appended.sequence;
}

/** The sequence number of the change's last event, if it was made before. */
async function sequenceOf(
  db: Kysely<Database>,
  { events, writes }: Change,
): Promise<number | undefined> {
  const [first] = events;
  if (first === undefined) {
    if (writes.length === 0) return undefined;
    throw new InternalError('A change without an event cannot be committed.');
  }
  const row = await db
    .selectFrom('events')
    .select('sequence')
    .where('id', '=', first.id)
    .executeTakeFirst();
  return row === undefined ? undefined : row.sequence + events.length - 1;
}

/** Holds the caller to the commit, so that no revocation and no sign-out can come in between. */
async function mayCall(engine: SqlEngine, trx: Kysely<Database>, change: Change): Promise<boolean> {
  const { caller } = change;
  if (caller === null) return true;
  if ('sessionId' in caller) return maySessionCall(engine, trx, caller);
  const { keyId, rights } = caller;
  // Who shares a lock and then wants to write waits for all who share it.
  const changesItself = targetsOf(change).includes(keyId);
  const row = await trx
    .selectFrom('keys')
    .select('id')
    .where('id', '=', keyId)
    .where('state', '=', 'active')
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', engine.now())]))
    .where((eb) => (rights === null ? eb.lit(true) : hasRights(eb, rights)))
    .$if(engine.hasRowLocks, (query) => (changesItself ? query.forNoKeyUpdate() : query.forShare()))
    .executeTakeFirst();
  return row !== undefined;
}

/** Their text is made in one way only: equal rights are equal texts. */
function hasRights(
  eb: ExpressionBuilder<Database, 'keys'>,
  { scopes, expiresAt, restrictions }: NonNullable<KeyCaller['rights']>,
): Expression<SqlBool> {
  return eb.and([
    eb('scopes', '=', JSON.stringify(scopes)),
    eb('restrictions', '=', JSON.stringify(restrictions)),
    expiresAt === null ? eb('expires_at', 'is', null) : eb('expires_at', '=', expiresAt),
  ]);
}

/** Takes the place of a record that has expired, and of none that has not. */
async function claim(
  engine: SqlEngine,
  trx: Kysely<Database>,
  { id, bodyHash, answer, expiresAt }: IdempotencyRecord,
): Promise<boolean> {
  const row = { body_hash: bodyHash, answer, expires_at: expiresAt };
  const taken = await trx
    .insertInto('idempotency_records')
    .values({ id, ...row })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet(row)
        .where('idempotency_records.expires_at', '<=', engine.now()),
    )
    .returning('id')
    .executeTakeFirst();
  return taken !== undefined;
}

async function addPersonal(trx: Kysely<Database>, { personal }: Change): Promise<void> {
  if (personal.length === 0) return;
  const rows = personal.map((value) => ({
    commitment: value.commitment,
    keyspace_id: value.keyspaceId,
    owner_id: value.ownerId,
    event_id: value.eventId,
    salt: value.salt,
    value: value.value,
  }));
  await trx
    .insertInto('personal_values')
    .values(rows)
    .onConflict((conflict) => conflict.column('commitment').doNothing())
    .execute();
}

function conflictOf(fault: unknown): Conflict | undefined {
  if (fault instanceof Refused) return fault.conflict;
  return fault instanceof UniqueViolation ? 'exists' : undefined;
}

/** Nobody but us gives events their places, one after the other, under a lock. */
function damagedTrail(cause: unknown): StoreCorruptError {
  return new StoreCorruptError(
    'The end of the audit trail is not where chain_heads and change_sequence say: they were lost ' +
      'or set back. Nothing was changed. Run keyturn events verify, and restore a backup.',
    { cause },
  );
}
