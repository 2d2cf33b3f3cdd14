import { type Kysely, type SqlBool, sql } from 'kysely';
import type { Digest } from '../../keys/digest.js';
import type { PersonId, SessionId } from '../../keys/id.js';
import { emailKeyOf, type PeopleStore, type TryRow } from '../people.js';
import type { Database } from '../schema.js';
import type { PageCut } from '../store.js';
import type { SqlEngine } from './engine.js';
import { personRecord, sessionRecord } from './people-rows.js';
import { requireWritableNow } from './standing.js';

type Trx = Kysely<Database>;

/** Both databases' part of `Store.people`. */
export class SqlPeople implements PeopleStore {
  readonly #engine: SqlEngine;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  async getPerson(id: PersonId) {
    const row = await this.#people.where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : personRecord(row);
  }

  async personByEmail(email: string) {
    const row = await this.#people.where('email_key', '=', emailKeyOf(email)).executeTakeFirst();
    return row === undefined ? undefined : personRecord(row);
  }

  async personByIdentity(issuer: string, subject: string) {
    const row = await this.#engine.db
      .selectFrom('identities')
      .innerJoin('people', 'people.id', 'identities.person_id')
      .selectAll('people')
      .where('identities.issuer', '=', issuer)
      .where('identities.subject', '=', subject)
      .executeTakeFirst();
    return row === undefined ? undefined : personRecord(row);
  }

  async listPeople({ after, limit }: PageCut) {
    const rows = await this.#people
      .$if(after !== null, (query) => query.where(sql<SqlBool>`id > ${after}`))
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(personRecord);
  }

  countAdmins() {
    return countAdmins(this.#engine.db);
  }

  async findSession(digest: Digest) {
    const session = await this.#engine.db
      .selectFrom('sessions')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (session === undefined) return undefined;
    const person = await this.getPerson(session.person_id);
    return person === undefined ? undefined : { session: sessionRecord(session), person };
  }

  async getSession(id: SessionId) {
    const row = await this.#engine.db
      .selectFrom('sessions')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : sessionRecord(row);
  }

  async listSessions(personId: PersonId) {
    const rows = await this.#engine.db
      .selectFrom('sessions')
      .selectAll()
      .where('person_id', '=', personId)
      .orderBy('id', 'desc')
      .execute();
    return rows.map(sessionRecord);
  }

  async touchSession(id: SessionId, seenAt: number) {
    await this.#engine.transaction(async (trx) => {
      await requireWritableNow(this.#engine, trx);
      await trx
        .updateTable('sessions')
        .set({ seen_at: seenAt })
        .where('id', '=', id)
        .where('seen_at', '<', seenAt)
        .execute();
    });
  }

  async findInvitation(digest: Digest) {
    const row = await this.#engine.db
      .selectFrom('invitations')
      .selectAll()
      .where('digest', '=', digest)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { digest: row.digest, personId: row.person_id, expiresAt: row.expires_at };
  }

  countTry({ places, nowMs, mayTry }: Parameters<PeopleStore['countTry']>[0]) {
    return this.#engine.transaction(async (trx): Promise<readonly TryRow[] | undefined> => {
      await requireWritableNow(this.#engine, trx);
      const before = await lockTries(trx, places);
      if (!mayTry(before)) return undefined;
      await trx
        .updateTable('sign_in_tries')
        .set((eb) => ({ count: eb('count', '+', 1), last_at: nowMs }))
        .where('place', 'in', places)
        .execute();
      return before;
    });
  }

  async forgiveTry({ places, forgotten }: Parameters<PeopleStore['forgiveTry']>[0]) {
    await this.#engine.transaction(async (trx) => {
      await requireWritableNow(this.#engine, trx);
      await lockTries(trx, [...places, ...forgotten]);
      await trx
        .updateTable('sign_in_tries')
        .set((eb) => ({ count: eb('count', '-', 1) }))
        .where('place', 'in', places)
        .where('count', '>', 0)
        .execute();
      await trx.deleteFrom('sign_in_tries').where('place', 'in', forgotten).execute();
    });
  }

  get #people() {
    return this.#engine.db.selectFrom('people').selectAll();
  }
}

/** Who has never come yet cannot let anybody in. */
export async function countAdmins(db: Kysely<Database>): Promise<number> {
  const row = await db
    .selectFrom('people')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('role', '=', 'admin')
    .where('signed_in_at', 'is not', null)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** Takes the rows of these places, in one order everywhere; makes those that are not there. */
async function lockTries(trx: Trx, places: readonly string[]): Promise<readonly TryRow[]> {
  const rows: TryRow[] = [];
  for (const place of [...places].sort()) {
    const row = await trx
      .insertInto('sign_in_tries')
      .values({ place, count: 0, last_at: 0 })
      .onConflict((conflict) =>
        conflict.column('place').doUpdateSet((eb) => ({ count: eb.ref('sign_in_tries.count') })),
      )
      .returning(['place', 'count', 'last_at'])
      .executeTakeFirstOrThrow();
    rows.push({ place: row.place, count: row.count, lastAt: row.last_at });
  }
  return rows;
}
