import type { HeaderSource } from './verdict.js';

// Keys that replace their own secret, as the library and the HTTP API show it.

/** Who asks: with its credential as it came, or the plaintext alone, and the facts of a check. */
export interface SelfRequest {
  readonly plaintext?: string | undefined;
  readonly headers?: HeaderSource | undefined;
  /** The keyspace's name. Default: `default`. */
  readonly keyspace?: string | undefined;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly clientId?: string | undefined;
  /** Names this one rotation: repeated within ten minutes, the same secret is answered. */
  readonly idempotencyKey: string;
}

/** What a consumer hears of the rotation that it asked for. */
export interface SelfRotation {
  readonly key: { readonly id: string; readonly name: string };
  readonly rotation: {
    readonly id: string;
    readonly state: string;
    readonly oldSecret: number;
    readonly newSecret: number | null;
    readonly deadline: string | null;
    /** What it waits for; null: nothing. */
    readonly asks: string | null;
    /** What an operator types to take the key back, if it was not its owner who asked. */
    readonly stop: string | null;
  };
  /** The new secret. Absent: somebody has to agree first; ask again then. */
  readonly plaintext?: string;
  /** The answer of an earlier call, given again. */
  readonly replayed?: true;
}
