import type { ChainFault } from './audit/chain.js';
import type { Actor, EventType, FieldChange, Subject } from './audit/event.js';
import type { Environment } from './keys/format.js';
import type { KeyState } from './keys/key.js';
import type { CredentialForms } from './keys/keyspace.js';
import type { Metadata } from './keys/metadata.js';
import type { Mistake } from './keys/mistake.js';
import type { RequestFacts, RestrictionCode, Restrictions } from './keys/restrictions.js';
import type { SecretState } from './keys/secret.js';
import type { Log } from './ports.js';

// The library's face. Times are RFC 3339 strings in UTC, durations `90d 12h 30m 45s`.

/** One version of a key's credential, without anything that authenticates. */
export interface Secret {
  readonly number: number;
  readonly hint: string;
  readonly state: SecretState;
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

/** A key as the three faces show it. */
export interface Key {
  readonly id: string;
  /** The keyspace's name. */
  readonly keyspace: string;
  readonly name: string;
  readonly owner: string | null;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly metadata: Metadata;
  readonly tags: readonly string[];
  readonly state: KeyState;
  readonly stateReason: string | null;
  readonly stateChangedAt: string;
  readonly stateChangedBy: string;
  readonly expiresAt: string | null;
  readonly notBefore: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastUsedAt: string | null;
  readonly policy: string | null;
  readonly restrictions: Restrictions;
  readonly limits: readonly never[];
  readonly version: number;
  readonly secrets: readonly Secret[];
}

/** What may be said of a key when it is made. */
export interface KeyInput {
  readonly name: string;
  /** Name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
  readonly owner?: string | null | undefined;
  readonly environment?: Environment | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly metadata?: Metadata | undefined;
  readonly tags?: readonly string[] | undefined;
  /** An RFC 3339 time, a date, or a duration from now. */
  readonly expiresAt?: string | null | undefined;
  readonly notBefore?: string | null | undefined;
  readonly restrictions?: Restrictions | undefined;
}

/** What may be changed of a key; what is absent stays. */
export type KeyPatch = Partial<Omit<KeyInput, 'keyspace' | 'environment'>>;

/** A keyspace as the three faces show it. */
export interface Keyspace {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly isManagement: boolean;
  readonly credentials: CredentialForms;
  readonly scopes: readonly string[] | null;
  readonly staleness: string;
  readonly storeLoss: string;
  /** For secret scanners: finds this keyspace's keys in text. */
  readonly pattern: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** What may be changed of a keyspace. */
export interface KeyspacePatch {
  readonly credentials?: Partial<CredentialForms> | undefined;
  readonly scopes?: readonly string[] | null | undefined;
  readonly staleness?: string | undefined;
  readonly storeLoss?: string | undefined;
}

export interface KeyspaceInput extends KeyspacePatch {
  readonly name: string;
  readonly prefix: string;
}

/** An owner's record. */
export interface Owner {
  readonly id: string;
  readonly keyspace: string;
  readonly name: string | null;
  readonly emails: readonly string[];
  readonly locale: string | null;
  readonly timezone: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly erasedAt: string | null;
  readonly version: number;
}

export interface OwnerPatch {
  readonly name?: string | null | undefined;
  readonly emails?: readonly string[] | undefined;
  readonly locale?: string | null | undefined;
  readonly timezone?: string | null | undefined;
}

export interface OwnerInput extends OwnerPatch {
  readonly id: string;
  readonly keyspace?: string | undefined;
}

/** An event of the audit trail. Personal values are shown until their owner is erased. */
export interface Event {
  readonly id: string;
  readonly keyspace: string;
  readonly number: number;
  readonly type: EventType;
  readonly at: string;
  readonly actor: Actor;
  readonly subject: Subject;
  readonly changes: readonly FieldChange[];
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly previousHash: string;
  readonly hash: string;
  /** What the commitments among `changes` stand for, by commitment. */
  readonly personal: Readonly<Record<string, unknown>>;
}

/** One keyspace's chain, verified from its first event, or why it does not verify. */
export interface ChainReport {
  readonly keyspace: string;
  readonly ok: boolean;
  readonly eventCount: number;
  /** The chain's head: keep it outside the database to notice a rewritten trail later. */
  readonly head: { readonly number: number; readonly hash: string };
  readonly fault: ChainFault | null;
}

/** Counts of checks in one hour or day. */
export interface Usage {
  readonly start: string;
  readonly keyspace: string | null;
  readonly key: string | null;
  readonly secret: number | null;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly total: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A list: await it for one page, or iterate over it for all. */
export type List<T> = Promise<Page<T>> & AsyncIterable<T>;

/** `limit` ≤ 200 (default 50); `cursor` from the page before. */
export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface KeyQuery extends PageQuery {
  readonly keyspace?: string | undefined;
  readonly search?: string | undefined;
  readonly owner?: string | undefined;
  readonly state?: KeyState | undefined;
  readonly environment?: Environment | undefined;
  readonly tag?: string | undefined;
  /** The management key that made it. */
  readonly maker?: string | undefined;
}

export interface EventQuery extends PageQuery {
  readonly keyspace?: string | undefined;
  /** A key's id, a keyspace's id or an owner's id. */
  readonly subject?: string | undefined;
  readonly type?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface UsageFilter extends PageQuery {
  readonly keyspace?: string | undefined;
  readonly key?: string | undefined;
  readonly owner?: string | undefined;
  /** An RFC 3339 time, a date, or a duration back from now. Default `24h`. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly per?: 'hour' | 'day' | undefined;
  readonly by?: 'key' | 'secret' | 'total' | undefined;
}

export interface WriteOptions {
  /** Repeating a call with the same key answers the first one's result, without the plaintext. */
  readonly idempotencyKey?: string | undefined;
}

export interface UpdateOptions extends WriteOptions {
  /** Refuse with `version_conflict` unless the row still has this version. */
  readonly ifMatch?: number | undefined;
}

/** The plaintext is here and nowhere else: show it once. */
export interface CreatedKey {
  readonly key: Key;
  readonly plaintext: string;
}

/** A repeated call's answer: the plaintext was shown the first time. */
export interface ReplayedKey {
  readonly key: Key;
  readonly replayed: true;
}

export interface KeyAnswer {
  readonly key: Key;
  readonly replayed?: true;
  /** The ids of the keys that were ended with it, where that was asked for. */
  readonly descendants?: readonly string[];
}

export interface Keys {
  create(input: KeyInput): Promise<CreatedKey>;
  create(input: KeyInput, options: WriteOptions): Promise<CreatedKey | ReplayedKey>;
  get(id: string): Promise<Key>;
  list(query?: KeyQuery): List<Key>;
  /** Which key and secret a plaintext is, in any state; null if none. */
  find(query: { readonly plaintext: string }): Promise<{ key: Key; secret: Secret } | null>;
  update(id: string, patch: KeyPatch, options?: UpdateOptions): Promise<Key>;
  /** For ever. With `secret`: that secret only. Repeating it changes nothing. */
  revoke(
    id: string,
    input?: {
      readonly reason?: string | undefined;
      readonly secret?: number | undefined;
      /** And every key that this management key made, and those they made. */
      readonly descendants?: boolean | undefined;
    },
    options?: WriteOptions,
  ): Promise<KeyAnswer>;
  disable(
    id: string,
    input?: { readonly reason?: string | undefined },
    options?: WriteOptions,
  ): Promise<KeyAnswer>;
  enable(
    id: string,
    input?: { readonly reason?: string | undefined },
    options?: WriteOptions,
  ): Promise<KeyAnswer>;
  /** Only what is revoked. The audit trail stays. */
  delete(id: string, options?: UpdateOptions): Promise<void>;
}

export interface Keyspaces {
  create(input: KeyspaceInput, options?: WriteOptions): Promise<Keyspace>;
  /** By name or id. */
  get(nameOrId: string): Promise<Keyspace>;
  list(query?: PageQuery): List<Keyspace>;
  update(nameOrId: string, patch: KeyspacePatch, options?: UpdateOptions): Promise<Keyspace>;
}

export interface Owners {
  create(input: OwnerInput, options?: WriteOptions): Promise<Owner>;
  get(id: string, where?: { readonly keyspace?: string | undefined }): Promise<Owner>;
  list(query?: PageQuery & { readonly keyspace?: string | undefined }): List<Owner>;
  update(
    id: string,
    patch: OwnerPatch,
    options?: UpdateOptions & { readonly keyspace?: string | undefined },
  ): Promise<Owner>;
  /** Removes every personal value of the owner, from the record and beside the audit trail. */
  erase(id: string, where?: { readonly keyspace?: string | undefined }): Promise<Owner>;
}

export interface Events {
  list(query?: EventQuery): List<Event>;
  /**
   * Verifies each keyspace's chain from its first event. `known` are heads kept outside the
   * database: a chain that does not pass through them was rewritten.
   */
  verify(query?: {
    readonly keyspace?: string | undefined;
    readonly known?:
      | readonly { keyspace: string; head: { number: number; hash: string } }[]
      | undefined;
  }): Promise<readonly ChainReport[]>;
}

export interface UsageReports {
  list(query?: UsageFilter): List<Usage>;
}

/** Everything an actor may do, within its rights. */
export interface Management {
  readonly keys: Keys;
  readonly keyspaces: Keyspaces;
  readonly owners: Owners;
  readonly events: Events;
  readonly usage: UsageReports;
}

/** On whose behalf a call is made; its rights bind everything done through it. */
export interface Caller {
  readonly actor: Actor;
  readonly requestId?: string | undefined;
  /** Absent: everything (the host application, the command line). */
  readonly key?: VerifiedKey | undefined;
}

/** Why a check was refused, in the order in which it is decided (domain.md). */
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
  /** What is likely wrong with the text, where `code` is `malformed`. */
  readonly mistake?: Mistake | undefined;
  /** The key that was refused, where one was found. For the issuer's eyes, not the consumer's. */
  readonly keyId?: string | undefined;
  /** When to try again, in seconds, where waiting helps. */
  readonly retryAfter?: number | undefined;
  /** The scopes the route needs, where `code` is `insufficient_scope`. */
  readonly scopes?: readonly string[] | undefined;
}

export type Verdict = Accepted | Refused;

/** A refusal as HTTP says it (RFC 9110, RFC 9457). Equal refusals have equal bytes. */
export interface RefusalAnswer {
  readonly status: number;
  /** `content-type` and, where they belong, `www-authenticate` and `retry-after`; lower case. */
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
}

/** A check of a plaintext, or of the one credential in a request. */
export type VerifyRequest =
  | (CheckOptions & { readonly plaintext: string })
  | (CheckOptions & { readonly headers: HeaderSource; readonly url?: string | undefined });

/** Whether answers may be given now, and why not. */
export interface Readiness {
  readonly ready: boolean;
  /** The fault's code, where not ready. */
  readonly code: string | null;
  readonly detail: string | null;
}

/** One sample of the Prometheus text format. */
export interface MetricSample {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The first steps of a new installation. */
export interface Setup {
  /** Whether no management key exists yet. */
  isNeeded(): Promise<boolean>;
  /** A single-use token, 30 minutes; only its digest is stored. */
  createToken(): Promise<{ token: string; expiresAt: string }>;
  /** Makes the first root key. @throws {SetupRefusedError} the token is unknown, used or late. */
  redeem(token: string): Promise<CreatedKey>;
}

/** Where the request came from, as the host knows it: a `Request` has no peer address. */
export interface Peer {
  readonly address?: string | undefined;
}

/** One Keyturn: everything below it is shared by all who hold it. */
export interface Keyturn extends Management {
  /** A verdict, or a promise of one when it is not in the warm cache. Never throws for a bad key. */
  verify(request: VerifyRequest): Verdict | Promise<Verdict>;
  /** The same nouns, bound to a caller's rights. */
  as(caller: Caller): Management;
  /** A refusal as HTTP says it: the one place where status, headers and body are made. */
  refusalAnswer(
    refused: Refused,
    options?: { readonly keyspace?: string | undefined },
  ): RefusalAnswer;
  /** The HTTP API, to be mounted by any host. */
  readonly handler: (request: Request, peer?: Peer) => Promise<Response>;
  readonly setup: Setup;
  /** Opens the database now instead of on first use. @throws {KeyturnError} it cannot be. */
  open(): Promise<void>;
  readiness(): Promise<Readiness>;
  metrics(): readonly MetricSample[];
  readonly settings: PublicSettings;
  /**
   * Says where `handler` is mounted, when it is mounted and never by a request: links are made of
   * it. The option `basePath` stands above it.
   * @throws {ConfigInvalidError} it is no path of plain segments, like `/keyturn`.
   */
  mountedAt(path: string): void;
  /** Flushes usage and lets go of the database. */
  close(): Promise<void>;
}

/** The settings that the faces need. */
export interface PublicSettings {
  readonly basePath: string;
  readonly publicUrl: string | null;
  /** How many proxies in front are trusted to have written `X-Forwarded-*`. */
  readonly trustedHops: number;
}

export interface KeyturnOptions {
  /** `sqlite:./keyturn.db`, `postgres://…`, or `memory:` for tests. */
  readonly database: string;
  /** PostgreSQL behind a pooler: where LISTEN works. */
  readonly directDatabase?: string | undefined;
  /** Where `handler` is mounted, e.g. `/keyturn`. Default: where Express mounts it, or the root. */
  readonly basePath?: string | undefined;
  /** The base of every link that is handed out; never built from `Host`. */
  readonly publicUrl?: string | undefined;
  readonly trustedHops?: number | undefined;
  /** `write-through`: count before the answer, for functions that freeze. Default `batched`. */
  readonly recording?: 'batched' | 'write-through' | undefined;
  /** A pino-shaped logger. Default: none. */
  readonly log?: Log | undefined;
}
