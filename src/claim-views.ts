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
  /** A line for a shell that tries it; null: this instance knows no public address. */
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
   */
  look(token: string): Promise<WaitingClaim>;
  /**
   * Issues the secret and shows it, once.
   * @throws {ClaimRefusedError} the token is unknown, used or late.
   */
  open(token: string): Promise<OpenedClaim>;
}
