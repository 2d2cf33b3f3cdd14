import type { Role } from './keys/role.js';
import type { UpdateOptions, WriteOptions } from './public.js';
import type { List, Page, PageQuery } from './views.js';

// Who signs in to the admin pages, and what each may do.

/** Who may sign in. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** Ids of keyspaces; null: every one. */
  readonly keyspaces: readonly string[] | null;
  /** `invited`: has not come yet. */
  readonly state: 'invited' | 'active';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

export interface PersonInput {
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** Names or ids; null or absent: every one. */
  readonly keyspaces?: readonly string[] | null | undefined;
}

export interface PersonPatch {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly role?: Role | undefined;
  readonly keyspaces?: readonly string[] | null | undefined;
}

/** A link that sets a password, once, within 7 days. It is shown here and nowhere else. */
interface Invitation {
  readonly url: string;
  readonly expiresAt: string;
}

export interface InvitedPerson {
  readonly person: Person;
  readonly invitation: Invitation;
}

/** A repeated call's answer: the link was shown the first time. */
export interface ReplayedPerson {
  readonly person: Person;
  readonly replayed: true;
}

export interface People {
  /** Makes an account, and the link that its person sets a password with. */
  create(input: PersonInput): Promise<InvitedPerson>;
  create(input: PersonInput, options: WriteOptions): Promise<InvitedPerson | ReplayedPerson>;
  get(id: string): Promise<Person>;
  list(query?: PageQuery): List<Person>;
  update(id: string, patch: PersonPatch, options?: UpdateOptions): Promise<Person>;
  /** Ends what they have open, and erases what is known of them, also beside the audit trail. */
  remove(id: string, options?: UpdateOptions): Promise<void>;
  /** A new link, for who has lost it or a password. Links from before open nothing any more. */
  invite(id: string): Promise<InvitedPerson>;
  sessions(id: string): Promise<Page<SessionItem>>;
}

type SignInMethod = 'password' | 'provider' | 'host';

/** Somebody's sign-in, as lists show it. */
export interface SessionItem {
  readonly id: string;
  readonly person: string;
  readonly method: SignInMethod;
  readonly provider: string | null;
  /** What the browser calls itself. */
  readonly agent: string | null;
  readonly createdAt: string;
  readonly seenAt: string;
  readonly expiresAt: string;
  /** It is the caller's own. */
  readonly isCurrent: boolean;
}

export interface Sessions {
  /** The caller's own, the newest first. */
  list(): Promise<Page<SessionItem>>;
  /** One's own, or anybody's by who may change people. */
  end(id: string): Promise<void>;
}

/** A sign-in that goes on, and what its person may do. */
export interface Session {
  /** Null: the host application's own sign-in, which Keyturn has no record of. */
  readonly id: string | null;
  readonly person: {
    readonly id: string;
    readonly name: string;
    /** Null: the host application has not said. */
    readonly email: string | null;
    readonly role: Role;
    readonly keyspaces: readonly string[] | null;
  };
  readonly scopes: readonly string[];
  readonly method: SignInMethod;
  /** How the person proves once more who it is. */
  readonly confirmBy: SignInMethod;
  readonly provider: string | null;
  /** Until when what needs that is let through; null: it has to be proved first. */
  readonly confirmedUntil: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Of whom a change is made. */
export type CallerSession = Pick<Session, 'id' | 'person' | 'scopes'>;

/** A new session. The token is here and nowhere else: it goes into a cookie. */
export interface SignedIn {
  readonly session: Session;
  readonly token: string;
}

/** Where a person signs in from. */
export interface SignInFrom {
  /** The client's address; undefined: it cannot be known. */
  readonly address: string | undefined;
  readonly agent: string | undefined;
  readonly requestId?: string | undefined;
}

/** How people sign in here. */
interface SignInWays {
  readonly password: boolean;
  readonly providers: readonly { readonly id: string; readonly name: string }[];
  /** The host application decides who is signed in. */
  readonly host: boolean;
  /** Where the host application signs people in; null: it has not said. */
  readonly signInUrl: string | null;
}

export interface PasswordInput {
  readonly email: string;
  readonly password: string;
}

export interface InvitationInput {
  readonly token: string;
  readonly name: string;
  readonly password: string;
}

/** With what a browser comes back from a provider. */
export interface ProviderAnswer {
  readonly ticket: string;
  readonly isAnew?: boolean | undefined;
  /** Of the address it was sent back to, from its `?` on. */
  readonly query: string;
  /** The id of the session that this one is instead of, if it is of the same person. */
  readonly replaces?: string | undefined;
}

/** How people get in and out. */
export interface SignIn {
  ways(): SignInWays;
  /** The table of who may do what. */
  roles(): readonly { readonly role: Role; readonly scopes: readonly string[] }[];
  /** @throws {SignInRefusedError} nobody has this address and this password. */
  withPassword(input: PasswordInput, from: SignInFrom): Promise<SignedIn>;
  /** @throws {InvitationRefusedError} the link is unknown, used or late. */
  acceptInvitation(input: InvitationInput, from: SignInFrom): Promise<SignedIn>;
  /**
   * Where the browser goes on to, to sign in by a provider, and what it has to keep meanwhile.
   * @throws {NotFoundError} there is no such provider.
   * @throws {ProviderUnavailableError} it does not answer.
   */
  beginWithProvider(
    provider: string,
    how?: { readonly isAnew?: boolean | undefined },
  ): Promise<{ readonly url: string; readonly ticket: string }>;
  /**
   * Signs in whom a provider vouches for.
   * @throws {SignInRefusedError} it vouches for nobody who may, or has not answered this browser.
   * @throws {ProviderUnavailableError} it does not answer.
   */
  withProvider(provider: string, answer: ProviderAnswer, from: SignInFrom): Promise<SignedIn>;
  /** Whom the host application has signed in (`signedIn`); null: nobody. */
  byHost(request: Request): Promise<Session | null>;
  /** The session of a token; null: there is none, or it is over. */
  session(token: string): Promise<Session | null>;
  /** Proves once more who it is. @throws {SignInRefusedError} it is not this password. */
  confirm(token: string, password: string, from: SignInFrom): Promise<Session>;
  /** Signs out. */
  end(token: string, from: SignInFrom): Promise<void>;
}

/** The first account of a new installation. */
export interface FirstAccount {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}
