import type { Digest } from '../keys/digest.js';
import type { KeyspaceId, PersonId, SessionId } from '../keys/id.js';
import type { Role } from '../keys/role.js';
import type { PageCut } from './store.js';

/**
 * Who may sign in. Times are milliseconds UTC.
 * @public
 */
export interface PersonRecord {
  readonly id: PersonId;
  readonly name: string;
  /** As it was written; no two people have one that differs in letter case alone. */
  readonly email: string;
  readonly role: Role;
  /** Null: every one. */
  readonly keyspaces: readonly KeyspaceId[] | null;
  /** Its hash with parameters and salt; null: none was set. */
  readonly password: string | null;
  /** Null: invited, and has not come yet. */
  readonly signedInAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** From 1; each change adds one. */
  readonly version: number;
}

/**
 * A sign-in that has not ended. Its token is with the browser alone.
 * @public
 */
export interface SessionRecord {
  readonly id: SessionId;
  readonly digest: Digest;
  readonly personId: PersonId;
  readonly method: 'password' | 'provider';
  /** The id of the identity provider; null: a password. */
  readonly provider: string | null;
  /** What the browser calls itself; null: nothing that can be shown. */
  readonly agent: string | null;
  readonly createdAt: number;
  readonly seenAt: number;
  /** When the person last proved who it is; null: not since. */
  readonly confirmedAt: number | null;
  readonly expiresAt: number;
}

/**
 * A link that lets a person set a password, once.
 * @public
 */
export interface InvitationRecord {
  readonly digest: Digest;
  readonly personId: PersonId;
  readonly expiresAt: number;
}

/**
 * Whom an identity provider knows under this name. Nothing else of what it says names a person.
 */
export interface IdentityRecord {
  readonly issuer: string;
  readonly subject: string;
  readonly personId: PersonId;
  readonly createdAt: number;
}

/**
 * Wrong passwords of an account, of an address, or of both together.
 * @public
 */
export interface TryRow {
  readonly place: string;
  readonly count: number;
  /** 0: never. */
  readonly lastAt: number;
}

/**
 * Who may sign in, and who has. What changes them is a `Change`, like everything else; tries to
 * sign in are counted without an event.
 */
export interface PeopleStore {
  getPerson(id: PersonId): Promise<PersonRecord | undefined>;
  /** In any letter case. */
  personByEmail(email: string): Promise<PersonRecord | undefined>;
  personByIdentity(issuer: string, subject: string): Promise<PersonRecord | undefined>;
  /** By id: in the order in which they were made. */
  listPeople(cut: PageCut): Promise<readonly PersonRecord[]>;
  /** How many have the role `admin`, and have signed in. */
  countAdmins(): Promise<number>;
  findSession(
    digest: Digest,
  ): Promise<{ readonly session: SessionRecord; readonly person: PersonRecord } | undefined>;
  getSession(id: SessionId): Promise<SessionRecord | undefined>;
  /** Of one person, the newest first; those that are over and not swept yet too. */
  listSessions(personId: PersonId): Promise<readonly SessionRecord[]>;
  /** It was used: it is idle from now on. It is no change, so there is no event. */
  touchSession(id: SessionId, seenAt: number): Promise<void>;
  findInvitation(digest: Digest): Promise<InvitationRecord | undefined>;
  /**
   * Counts a try at each of the places, unless `mayTry` refuses what was counted there before.
   * Of several at once, each sees those before it.
   * @returns what was counted before; undefined: it was refused, and is not counted.
   */
  countTry(query: {
    readonly places: readonly string[];
    readonly nowMs: number;
    readonly mayTry: (before: readonly TryRow[]) => boolean;
  }): Promise<readonly TryRow[] | undefined>;
  /** Takes the last try back where it was a right one; `forgotten`: all of these. */
  forgiveTry(query: {
    readonly places: readonly string[];
    readonly forgotten: readonly string[];
  }): Promise<void>;
}

/**
 * How long a session lasts without being used.
 * @public
 */
export const SESSION_IDLE_MS = 8 * 3_600_000;

/**
 * How long wrong passwords are remembered.
 * @public
 */
export const TRY_MEMORY_MS = 24 * 3_600_000;

/**
 * By what a mail address is found.
 * @public
 */
export function emailKeyOf(email: string): string {
  return email.normalize('NFC').toLowerCase();
}
