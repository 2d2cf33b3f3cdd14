import { inspect } from 'node:util';
import type { Digest } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import type { Environment } from '../keys/format.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Metadata } from '../keys/metadata.js';
import type { RestrictionSet, Restrictions } from '../keys/restrictions.js';
import type { ScopeSet } from '../keys/scopes.js';
import type { Accepted, VerifiedKey, VerifiedSecret } from '../public.js';
import type { Tally } from './tally.js';

/** What keys of one kind have in common: prepared once and shared by all of them. */
export interface Profile {
  readonly keyspace: KeyspaceRecord;
  readonly environment: Environment;
  readonly scopes: ScopeSet;
  readonly tags: readonly string[];
  readonly restrictions: Restrictions;
  /** Undefined: nothing to decide. */
  readonly restrictionSet: RestrictionSet | undefined;
}

/** What of a stored key is its own. */
export interface OwnFacts {
  readonly name: string;
  readonly owner: string | null;
  readonly metadata: string;
  readonly expiresAt: number | null;
  readonly notBefore: number | null;
  readonly version: number;
}

/**
 * The key of an accepted check. What it shares with others it reads from its profile, and texts
 * few callers ask for are made when asked: a million of them have to fit in memory.
 */
export class CachedKey implements VerifiedKey {
  readonly id: string;
  readonly name: string;
  readonly owner: string | null;
  readonly version: number;
  readonly #profile: Profile;
  readonly #metadata: string;
  readonly #expiresAt: number | null;
  readonly #notBefore: number | null;

  constructor(id: string, facts: OwnFacts, profile: Profile) {
    this.id = id;
    this.name = facts.name;
    this.owner = facts.owner;
    this.version = facts.version;
    this.#profile = profile;
    this.#metadata = facts.metadata;
    this.#expiresAt = facts.expiresAt;
    this.#notBefore = facts.notBefore;
  }

  static profileOf(key: CachedKey): Profile {
    return key.#profile;
  }

  static hasExpired(key: CachedKey, nowMs: number): boolean {
    return key.#expiresAt !== null && key.#expiresAt <= nowMs;
  }

  static isTooEarly(key: CachedKey, nowMs: number): boolean {
    return key.#notBefore !== null && key.#notBefore > nowMs;
  }

  static textLength(key: CachedKey): number {
    return key.id.length + key.name.length + (key.owner?.length ?? 0) + key.#metadata.length;
  }

  get keyspace(): string {
    return this.#profile.keyspace.name;
  }

  get environment(): Environment {
    return this.#profile.environment;
  }

  get scopes(): readonly string[] {
    return this.#profile.scopes.list;
  }

  get tags(): readonly string[] {
    return this.#profile.tags;
  }

  get restrictions(): Restrictions {
    return this.#profile.restrictions;
  }

  get metadata(): Metadata {
    // A fresh copy each time: what a caller does to it cannot reach the next caller.
    return JSON.parse(this.#metadata);
  }

  get expiresAt(): string | null {
    return this.#expiresAt === null ? null : formatTime(this.#expiresAt);
  }

  get notBefore(): string | null {
    return this.#notBefore === null ? null : formatTime(this.#notBefore);
  }

  toJSON(): VerifiedKey {
    const { id, keyspace, name, owner, environment, scopes, metadata, tags } = this;
    const { expiresAt, notBefore, restrictions, version } = this;
    const facts = { id, keyspace, name, owner, environment, scopes, metadata, tags };
    return { ...facts, expiresAt, notBefore, restrictions, version };
  }

  [inspect.custom](): VerifiedKey {
    return this.toJSON();
  }
}

/** What is stored that refuses, whatever the time and the request. */
export type StandingRefusal = 'revoked' | 'not_yet_valid' | 'disabled';

/** One secret in the warm cache, with its answer already made. */
export interface Entry {
  readonly digest: Digest;
  readonly accepted: Accepted & { readonly key: CachedKey };
  readonly standing: StandingRefusal | null;
  readonly secretExpiresAt: number | null;
  /** Another secret of the same key: an invalidation drops them all. */
  sibling: Entry | undefined;
  /** Counts since the last flush. */
  tally: Tally | undefined;
  /** Looked up since the eviction hand last passed. */
  isTouched: boolean;
}

const NO_LIMITS: readonly never[] = Object.freeze([]);

/** Makes the entry and its one answer, frozen, at load. */
export function makeEntry(
  digest: Digest,
  answer: { readonly key: CachedKey; readonly secret: VerifiedSecret },
  refusal: { readonly standing: StandingRefusal | null; readonly secretExpiresAt: number | null },
): Entry {
  const key = Object.freeze(answer.key);
  const accepted = Object.freeze({
    valid: true,
    key,
    secret: answer.secret,
    limits: NO_LIMITS,
  } as const);
  const { standing, secretExpiresAt } = refusal;
  return {
    digest,
    accepted,
    standing,
    secretExpiresAt,
    sibling: undefined,
    tally: undefined,
    isTouched: false,
  };
}
