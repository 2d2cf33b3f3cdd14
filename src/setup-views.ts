import type { FirstAccount, Session, SignInFrom } from './people-views.js';
import type { CreatedKey } from './public.js';

/** What the set-up link makes. */
export interface SetupInput {
  /** The account of the first admin, who is signed in at once. */
  readonly account?: FirstAccount | undefined;
  /** Whether a root key is made. Default: unless there is an account. */
  readonly key?: boolean | undefined;
}

/** What the set-up link has made. */
interface SetupAnswer extends Partial<CreatedKey> {
  readonly session?: Session;
  /** Of the session: it goes into a cookie. */
  readonly token?: string;
}

/** The first steps of a new installation. */
export interface Setup {
  /** Whether there is neither a management key nor an admin's account yet. */
  isNeeded(): Promise<boolean>;
  /** A single-use token, 30 minutes; only its digest is stored. */
  createToken(): Promise<{ token: string; expiresAt: string }>;
  /** Makes the first root key. @throws {SetupRefusedError} the token is unknown, used or late. */
  redeem(token: string): Promise<CreatedKey>;
  /** Makes the first account, the first root key, or both; refused like `redeem`. */
  begin(token: string, input: SetupInput, from?: SignInFrom): Promise<SetupAnswer>;
}
