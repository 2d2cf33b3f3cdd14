// Claims, as the library and the HTTP API show them. Times are RFC 3339 strings in UTC.

/** Whose page it is. */
export interface ClaimBranding {
  /** The keyspace's name for people. */
  readonly name: string;
  /** A `data:` URL; null: it has none. */
  readonly logo: string | null;
}

/** What is seen of a claim before it is opened. */
export interface WaitingClaim {
  readonly branding: ClaimBranding;
  /** Until when it can be opened. */
  readonly expiresAt: string;
}

/** What is seen of a claim once it is opened: shown this once. */
export interface OpenedClaim {
  /** The keyspace's name: whose API it is. */
  readonly keyspace: string;
  readonly branding: ClaimBranding;
  readonly key: { readonly id: string; readonly name: string; readonly environment: string };
  /** The new secret. Nobody can show it again. */
  readonly plaintext: string;
  /** A line for bash or zsh that reads the secret and tries it; null: this instance knows no public address. */
  readonly test: string | null;
  /** The secret that it replaces. */
  readonly old: {
    readonly number: number;
    readonly state: 'retiring' | 'disabled' | 'revoked';
    /** When it is to be out of use. */
    readonly deadline: string | null;
    /** `revoke`: it ends then. `hold`, `extend`: it works on until the new one is in use. */
    readonly atDeadline: 'hold' | 'extend' | 'revoke';
  };
}

/** Links by which a new secret is picked up. Who has the token is who it is for. */
export interface Claims {
  /**
   * Says whose claim it is, and opens nothing.
   * @throws {ClaimRefusedError} the token is unknown, used or late.
   * @throws {StateConflictError} its key has expired or is disabled: a new secret would not work.
   */
  look(token: string): Promise<WaitingClaim>;
  /**
   * Issues the secret and shows it, once.
   * @throws {ClaimRefusedError} the token is unknown, used or late.
   * @throws {StateConflictError} its key has expired or is disabled: nothing was made or used up. Or the
   *   secret did not pass its test: whoever sent the link makes another.
   */
  open(token: string): Promise<OpenedClaim>;
  /**
   * Says that somebody else has opened it. While its rotation is open and the old secret can be used
   * still, the secret that it showed ends, in use or not, and a person is asked. What became of it is
   * told to nobody here.
   */
  disown(token: string): Promise<void>;
}
