import { type Kysely, sql } from 'kysely';
import { isSameDigest } from '../../keys/digest.js';
import type { Change, Conflict, PeopleWrite, SessionCaller, Write } from '../change.js';
import { SESSION_IDLE_MS, TRY_MEMORY_MS } from '../people.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from './engine.js';
import { hasChanged } from './has-changed.js';
import { countAdmins } from './people.js';
import { keyspacesText, personRow, sessionRow } from './people-rows.js';

type Of<Kind extends PeopleWrite['kind']> = Extract<PeopleWrite, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

const LOCKING: readonly Write['kind'][] = [
  'put_person',
  'delete_person',
  'confirm_session',
  'end_sessions',
  'use_invitation',
];

/** Makes one write about people, or says why it cannot be made. */
export function applyPeopleWrite(trx: Trx, write: PeopleWrite): Promise<Conflict | undefined> {
  switch (write.kind) {
    case 'put_person':
      return putPerson(trx, write);
    case 'delete_person':
      return deletePerson(trx, write);
    case 'insert_identity':
      return insertIdentity(trx, write);
    case 'insert_session':
      return insertSession(trx, write);
    case 'confirm_session':
      return confirmSession(trx, write);
    case 'end_sessions':
      return endSessions(trx, write);
    case 'insert_invitation':
      return insertInvitation(trx, write);
    case 'use_invitation':
      return useInvitation(trx, write);
  }
}

/**
 * Whoever changes people comes one after the other, before any of them holds the row of its own
 * session: two that change each other would otherwise wait for each other.
 */
export async function lockPeople(engine: SqlEngine, trx: Trx, change: Change): Promise<void> {
  if (!engine.hasRowLocks || !change.writes.some(({ kind }) => LOCKING.includes(kind))) return;
  const management = trx.selectFrom('keyspaces').select('id').where('is_management', '=', 1);
  await management.forNoKeyUpdate().execute();
}

/** Holds the caller's session and what its person may do to the commit. */
export async function maySessionCall(
  engine: SqlEngine,
  trx: Trx,
  caller: SessionCaller,
): Promise<boolean> {
  const row = await trx
    .selectFrom('sessions')
    .innerJoin('people', 'people.id', 'sessions.person_id')
    .select('sessions.id')
    .where('sessions.id', '=', caller.sessionId)
    .where('people.id', '=', caller.personId)
    .where('people.role', '=', caller.role)
    .where('people.keyspaces', 'is not distinct from', keyspacesText(caller.keyspaces))
    .where('sessions.expires_at', '>', engine.now())
    .where('sessions.seen_at', '>', sql<number>`${engine.now()} - ${sql.lit(SESSION_IDLE_MS)}`)
    .$if(engine.hasRowLocks, (query) => query.forShare())
    .executeTakeFirst();
  return row !== undefined;
}

async function putPerson(
  trx: Trx,
  { person, expectedVersion, keepsAdmin }: Of<'put_person'>,
): Promise<Conflict | undefined> {
  const { id, created_at, ...changes } = personRow(person);
  const taken = await trx
    .selectFrom('people')
    .select('id')
    .where('email_key', '=', changes.email_key)
    .where('id', '<>', id)
    .executeTakeFirst();
  if (taken !== undefined) return 'exists';
  if (expectedVersion === 0) {
    const inserted = await trx
      .insertInto('people')
      .values({ id, created_at, ...changes })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst();
    return inserted === undefined ? 'exists' : undefined;
  }
  const result = await trx
    .updateTable('people')
    .set(changes)
    .where('id', '=', id)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  if (!hasChanged(result)) return 'version';
  return keepsAdmin ? requireAdmin(trx) : undefined;
}

async function deletePerson(
  trx: Trx,
  { personId, expectedVersion, keepsAdmin }: Of<'delete_person'>,
): Promise<Conflict | undefined> {
  for (const table of ['sessions', 'identities', 'invitations'] as const) {
    await trx.deleteFrom(table).where('person_id', '=', personId).execute();
  }
  const result = await trx
    .deleteFrom('people')
    .where('id', '=', personId)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  if (result.numDeletedRows === 0n) return 'version';
  return keepsAdmin ? requireAdmin(trx) : undefined;
}

async function requireAdmin(trx: Trx): Promise<Conflict | undefined> {
  return (await countAdmins(trx)) > 0 ? undefined : 'last_admin';
}

async function insertIdentity(
  trx: Trx,
  { identity }: Of<'insert_identity'>,
): Promise<Conflict | undefined> {
  const { issuer, subject, personId, createdAt } = identity;
  const inserted = await trx
    .insertInto('identities')
    .values({ issuer, subject, person_id: personId, created_at: createdAt })
    .onConflict((conflict) => conflict.doNothing())
    .returning('subject')
    .executeTakeFirst();
  return inserted === undefined ? 'exists' : undefined;
}

async function insertSession(
  trx: Trx,
  { session }: Of<'insert_session'>,
): Promise<Conflict | undefined> {
  // Gone meanwhile: nobody signs in as a person who was removed.
  const person = trx.selectFrom('people').select('id').where('id', '=', session.personId);
  if ((await person.executeTakeFirst()) === undefined) return 'version';
  await trx.insertInto('sessions').values(sessionRow(session)).execute();
  return undefined;
}

async function confirmSession(
  trx: Trx,
  { sessionId, confirmedAt }: Of<'confirm_session'>,
): Promise<Conflict | undefined> {
  const result = await trx
    .updateTable('sessions')
    .set({ confirmed_at: confirmedAt })
    .where('id', '=', sessionId)
    .executeTakeFirst();
  return hasChanged(result) ? undefined : 'version';
}

async function endSessions(trx: Trx, { personId, ids }: Of<'end_sessions'>): Promise<undefined> {
  if (ids !== 'all' && ids.length === 0) return;
  await trx
    .deleteFrom('sessions')
    .where('person_id', '=', personId)
    .$if(ids !== 'all', (query) => query.where('id', 'in', ids === 'all' ? [] : ids))
    .execute();
}

async function insertInvitation(
  trx: Trx,
  { invitation }: Of<'insert_invitation'>,
): Promise<Conflict | undefined> {
  const { digest, personId, expiresAt } = invitation;
  await trx.deleteFrom('invitations').where('person_id', '=', personId).execute();
  const values = { digest, person_id: personId, expires_at: expiresAt };
  await trx.insertInto('invitations').values(values).execute();
  return undefined;
}

async function useInvitation(
  trx: Trx,
  { digest, personId, nowMs }: Of<'use_invitation'>,
): Promise<Conflict | undefined> {
  const used = await trx
    .deleteFrom('invitations')
    .where('person_id', '=', personId)
    .returning(['digest', 'expires_at'])
    .execute();
  const isOpen = used.some(
    (one) => one.expires_at > nowMs && (digest === null || isSameDigest(one.digest, digest)),
  );
  return isOpen ? undefined : 'invitation';
}

/** Drops sessions and invitations that are over, and wrong passwords that count no more. */
export async function sweepPeople(trx: Trx, nowMs: number): Promise<void> {
  await trx
    .deleteFrom('sessions')
    .where(({ eb, or }) =>
      or([eb('expires_at', '<=', nowMs), eb('seen_at', '<=', nowMs - SESSION_IDLE_MS)]),
    )
    .execute();
  await trx.deleteFrom('invitations').where('expires_at', '<=', nowMs).execute();
  await trx
    .deleteFrom('sign_in_tries')
    .where('last_at', '<=', nowMs - TRY_MEMORY_MS)
    .execute();
}
