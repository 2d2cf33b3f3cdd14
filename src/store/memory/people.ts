import { type Digest, isSameDigest } from '../../keys/digest.js';
import type { PersonId, SessionId } from '../../keys/id.js';
import type { Conflict, PeopleWrite, SessionCaller } from '../change.js';
import {
  emailKeyOf,
  type PeopleStore,
  SESSION_IDLE_MS,
  type SessionRecord,
  TRY_MEMORY_MS,
  type TryRow,
} from '../people.js';
import { requireWritable } from '../standing.js';
import type { PageCut } from '../store.js';
import type { Journal } from './journal.js';
import { frozen, standingOf, type Tables } from './tables.js';

type Of<Kind extends PeopleWrite['kind']> = Extract<PeopleWrite, { readonly kind: Kind }>;

/** The memory's part of `Store.people`. */
export class MemoryPeople implements PeopleStore {
  readonly #open: () => Tables;

  constructor(open: () => Tables) {
    this.#open = open;
  }

  async getPerson(id: PersonId) {
    return this.#open().people.get(id);
  }

  async personByEmail(email: string) {
    const key = emailKeyOf(email);
    return [...this.#open().people.values()].find((one) => emailKeyOf(one.email) === key);
  }

  async personByIdentity(issuer: string, subject: string) {
    const { identities, people } = this.#open();
    const identity = identities.get(identityPlace({ issuer, subject }));
    return identity === undefined ? undefined : people.get(identity.personId);
  }

  async listPeople({ after, limit }: PageCut) {
    return [...this.#open().people.values()]
      .filter(({ id }) => after === null || id > after)
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .slice(0, limit);
  }

  async countAdmins() {
    return countAdmins(this.#open());
  }

  async findSession(digest: Digest) {
    const { sessions, people } = this.#open();
    const session = [...sessions.values()].find((one) => isSameDigest(one.digest, digest));
    const person = session && people.get(session.personId);
    return session === undefined || person === undefined ? undefined : { session, person };
  }

  async getSession(id: SessionId) {
    return this.#open().sessions.get(id);
  }

  async listSessions(personId: PersonId) {
    return [...this.#open().sessions.values()]
      .filter((one) => one.personId === personId)
      .sort((left, right) => (left.id > right.id ? -1 : 1));
  }

  async touchSession(id: SessionId, seenAt: number) {
    requireWritable(standingOf(this.#open()));
    const { sessions } = this.#open();
    const session = sessions.get(id);
    if (session !== undefined && session.seenAt < seenAt) {
      sessions.set(id, frozen({ ...session, seenAt }));
    }
  }

  async findInvitation(digest: Digest) {
    return this.#open().invitations.get(digest);
  }

  async countTry({ places, nowMs, mayTry }: Parameters<PeopleStore['countTry']>[0]) {
    requireWritable(standingOf(this.#open()));
    const { tries } = this.#open();
    const before = [...places].sort().map((place) => tries.get(place) ?? untried(place));
    if (!mayTry(before)) return undefined;
    for (const { place, count } of before) {
      tries.set(place, frozen({ place, count: count + 1, lastAt: nowMs }));
    }
    return before;
  }

  async forgiveTry({ places, forgotten }: Parameters<PeopleStore['forgiveTry']>[0]) {
    requireWritable(standingOf(this.#open()));
    const { tries } = this.#open();
    for (const place of places) {
      const known = tries.get(place);
      if (known !== undefined && known.count > 0) {
        tries.set(place, frozen({ ...known, count: known.count - 1 }));
      }
    }
    for (const place of forgotten) tries.delete(place);
  }
}

function untried(place: string): TryRow {
  return { place, count: 0, lastAt: 0 };
}

function identityPlace({ issuer, subject }: { readonly issuer: string; readonly subject: string }) {
  return JSON.stringify([issuer, subject]);
}

export function countAdmins({ people }: Tables): number {
  return [...people.values()].filter(
    ({ role, signedInAt }) => role === 'admin' && signedInAt !== null,
  ).length;
}

/** Whether the session goes on, and its person may do what was read. */
export function maySessionCall(tables: Tables, caller: SessionCaller, nowMs: number): boolean {
  const session = tables.sessions.get(caller.sessionId);
  const person = tables.people.get(caller.personId);
  if (session === undefined || session.personId !== person?.id || isOver(session, nowMs)) {
    return false;
  }
  const keyspaces = JSON.stringify(person.keyspaces);
  return person.role === caller.role && keyspaces === JSON.stringify(caller.keyspaces);
}

function isOver({ expiresAt, seenAt }: SessionRecord, nowMs: number): boolean {
  return expiresAt <= nowMs || seenAt <= nowMs - SESSION_IDLE_MS;
}

/** Makes one write about people, or says why it cannot be made. */
export function applyPeopleWrite(
  tables: Tables,
  journal: Journal,
  write: PeopleWrite,
): Conflict | undefined {
  switch (write.kind) {
    case 'put_person':
      return putPerson(tables, journal, write);
    case 'delete_person':
      return deletePerson(tables, journal, write);
    case 'insert_identity':
      return insertIdentity(tables, journal, write);
    case 'insert_session':
      if (!tables.people.has(write.session.personId)) return 'version';
      journal.set(tables.sessions, write.session.id, frozen(write.session));
      return undefined;
    case 'confirm_session':
      return confirmSession(tables, journal, write);
    case 'end_sessions':
      return endSessions(tables, journal, write);
    case 'insert_invitation':
      return insertInvitation(tables, journal, write);
    case 'use_invitation':
      return useInvitation(tables, journal, write);
  }
}

function putPerson(
  tables: Tables,
  journal: Journal,
  { person, expectedVersion, keepsAdmin }: Of<'put_person'>,
): Conflict | undefined {
  const key = emailKeyOf(person.email);
  const isTaken = [...tables.people.values()].some(
    (other) => other.id !== person.id && emailKeyOf(other.email) === key,
  );
  const stored = tables.people.get(person.id);
  if (isTaken || (expectedVersion === 0 && stored !== undefined)) return 'exists';
  if ((stored?.version ?? 0) !== expectedVersion) return 'version';
  journal.set(tables.people, person.id, frozen(person));
  return keepsAdmin && countAdmins(tables) === 0 ? 'last_admin' : undefined;
}

function deletePerson(
  tables: Tables,
  journal: Journal,
  { personId, expectedVersion, keepsAdmin }: Of<'delete_person'>,
): Conflict | undefined {
  if (tables.people.get(personId)?.version !== expectedVersion) return 'version';
  endSessions(tables, journal, { kind: 'end_sessions', personId, ids: 'all' });
  forgetInvitations(tables, journal, personId);
  for (const [place, identity] of [...tables.identities]) {
    if (identity.personId === personId) journal.delete(tables.identities, place);
  }
  journal.delete(tables.people, personId);
  return keepsAdmin && countAdmins(tables) === 0 ? 'last_admin' : undefined;
}

function insertIdentity(
  tables: Tables,
  journal: Journal,
  { identity }: Of<'insert_identity'>,
): Conflict | undefined {
  const place = identityPlace(identity);
  if (tables.identities.has(place)) return 'exists';
  journal.set(tables.identities, place, frozen(identity));
  return undefined;
}

function confirmSession(
  tables: Tables,
  journal: Journal,
  { sessionId, confirmedAt }: Of<'confirm_session'>,
): Conflict | undefined {
  const session = tables.sessions.get(sessionId);
  if (session === undefined) return 'version';
  journal.set(tables.sessions, sessionId, frozen({ ...session, confirmedAt }));
  return undefined;
}

function endSessions(
  tables: Tables,
  journal: Journal,
  { personId, ids }: Of<'end_sessions'>,
): undefined {
  for (const session of [...tables.sessions.values()]) {
    if (session.personId !== personId) continue;
    if (ids === 'all' || ids.includes(session.id)) journal.delete(tables.sessions, session.id);
  }
}

function insertInvitation(
  tables: Tables,
  journal: Journal,
  { invitation }: Of<'insert_invitation'>,
): undefined {
  forgetInvitations(tables, journal, invitation.personId);
  journal.set(tables.invitations, invitation.digest, frozen(invitation));
}

function useInvitation(
  tables: Tables,
  journal: Journal,
  { digest, personId, nowMs }: Of<'use_invitation'>,
): Conflict | undefined {
  const { invitations } = tables;
  const given = digest === null ? [...invitations.values()] : [invitations.get(digest)];
  const used = given.find((one) => one?.personId === personId);
  if (used === undefined || used.expiresAt <= nowMs) return 'invitation';
  forgetInvitations(tables, journal, personId);
  return undefined;
}

function forgetInvitations(tables: Tables, journal: Journal, personId: PersonId): void {
  for (const one of [...tables.invitations.values()]) {
    if (one.personId === personId) journal.delete(tables.invitations, one.digest);
  }
}

/** Drops sessions and invitations that are over, and wrong passwords that count no more. */
export function sweepPeople({ sessions, invitations, tries }: Tables, nowMs: number): void {
  for (const [id, session] of sessions) if (isOver(session, nowMs)) sessions.delete(id);
  for (const [digest, { expiresAt }] of invitations) {
    if (expiresAt <= nowMs) invitations.delete(digest);
  }
  for (const [place, { lastAt }] of tries) {
    if (lastAt <= nowMs - TRY_MEMORY_MS) tries.delete(place);
  }
}
