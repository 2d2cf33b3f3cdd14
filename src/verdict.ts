import type { Environment } from './keys/format.js';
import type { Metadata } from './keys/metadata.js';
import type { Mistake } from './keys/mistake.js';
import type { RequestFacts, RestrictionCode, Restrictions } from './keys/restrictions.js';

/** Why a check was refused, in the order in which it is decided (docs/concepts/checks.md). */
export type RefusalCode =
  | 'ambiguous'
  | 'missing'
  | 'malformed'
  | 'unknown'
  | 'wrong_keyspace'
  | 'revoked'
  | 'expired'
  | 'not_yet_valid'
  | 'disabled'
  | 'wrong_environment'
  | RestrictionCode
  | 'insufficient_scope'
  | 'browned_out'
  | 'rate_limited'
  | 'unavailable';

/** The key as a check knows it. Prepared once, frozen, shared by all checks of the key. */
export interface VerifiedKey {
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
  readonly owner: string | null;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly tags: readonly string[];
  readonly expiresAt: string | null;
  readonly notBefore: string | null;
  readonly restrictions: Restrictions;
  readonly version: number;
}

export interface VerifiedSecret {
  readonly number: number;
  readonly state: 'current' | 'retiring';
  /** Of a retiring one: when it is to be out of use. Null: no time was set. */
  readonly deadline?: string | null;
}

export interface Accepted {
  readonly valid: true;
  readonly key: VerifiedKey;
  readonly secret: VerifiedSecret;
  readonly limits: readonly never[];
}

export interface Refused {
  readonly valid: false;
  readonly code: RefusalCode;
  /**
   * What is likely wrong with what was sent, where `code` is `malformed` or `missing`; `replaced`
   * where it is an old secret of a key that works.
   */
  readonly mistake?: Mistake | undefined;
  /** The key that was refused, where one was found. For the issuer's eyes, not the consumer's. */
  readonly keyId?: string | undefined;
  /** The secret that was sent, where it is known and retiring: its sender is told so. */
  readonly secret?: VerifiedSecret | undefined;
  /** When to try again, in seconds, where waiting helps. */
  readonly retryAfter?: number | undefined;
  /** The scopes the route needs, where `code` is `insufficient_scope`. */
  readonly scopes?: readonly string[] | undefined;
}

export type Verdict = Accepted | Refused;

/** A valid key that the application itself does not admit. */
export interface Denied {
  readonly valid: false;
  readonly code: 'forbidden';
  /** Why not, for the consumer. Absent: a sentence that says no more. */
  readonly detail?: string | undefined;
}

/** A refusal as HTTP says it (RFC 9110, RFC 9457). Equal refusals have equal bytes. */
export interface RefusalAnswer {
  readonly status: number;
  /**
   * `content-type` and, where they belong, `www-authenticate`, `retry-after`, `api-key-status` and
   * the `ratelimit` fields; lower case.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** `application/problem+json`: `type title status detail code`. */
  readonly body: string;
}

/** A request's headers, in any of the forms a server has them. */
export type HeaderSource =
  | Headers
  /** Node's `rawHeaders`: name, value, name, value, … with duplicates. */
  | readonly string[];

/** What every check may be told. */
export interface CheckOptions extends RequestFacts {
  /** Name or id of the keyspace whose keys count; `default` if absent. */
  readonly keyspace?: string | undefined;
  readonly environment?: Environment | undefined;
  /** All of these must be granted. */
  readonly scopes?: readonly string[] | undefined;
  /** What the sender calls itself. Read from `headers` where those are given. */
  readonly userAgent?: string | undefined;
  /** What tells one program from others that are alike: `X-Client-Id`, likewise. */
  readonly clientId?: string | undefined;
  /** What the request counts for in the key's limits. There are none yet. */
  readonly cost?: number | undefined;
}

/** A check of a plaintext, or of the one credential in a request. */
export type VerifyRequest =
  | (CheckOptions & { readonly plaintext: string })
  | (CheckOptions & { readonly headers: HeaderSource; readonly url?: string | undefined });
