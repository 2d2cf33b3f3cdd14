import { inspect } from 'node:util';
import type { Digest } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import type { Environment } from '../keys/format.js';
import type { KeyId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Metadata } from '../keys/metadata.js';
import type { RestrictionSet, Restrictions } from '../keys/restrictions.js';
import type { ScopeSet } from '../keys/scopes.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { Accepted, VerifiedKey, VerifiedSecret } from '../verdict.js';

/** What keys of one kind have in common: prepared once and shared by all of them. */
export interface Profile {
  readonly keyspace: KeyspaceRecord;
  /** What a check is for that names no keyspace. */
  readonly isDefault: boolean;
  readonly environment: Environment;
  readonly scopes: ScopeSet;
  readonly tags: readonly string[];
  readonly restrictions: Restrictions;
  /** Undefined: nothing to decide. */
  readonly restrictionSet: RestrictionSet | undefined;
}

/** One secret in the warm cache: all that a check reads stands here, its answer already made. */
export class Entry {
  readonly digest: Digest;
  readonly accepted: Accepted & { readonly key: { readonly id: KeyId } };
  readonly profile: Profile;
  /** What is stored that refuses, whatever the time and the request. */
  readonly standing: StandingRefusal | null;
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  readonly secretExpiresAt: number | null;
  /** Another secret of the same key: an invalidation drops them all. */
  sibling: Entry | undefined = undefined;
  /** Where its uses since the last flush are counted; -1: not used since. */
  slot = -1;
  /** Looked up since the eviction hand last passed. */
  isTouched = false;
  /** Characters of its own: its weight in the cache, beside what every entry weighs. */
  readonly textLength: number;

  constructor(digest: Digest, found: FoundSecret, shared: Shared) {
    this.digest = digest;
    this.profile = shared.profile;
    this.standing = shared.standing;
    this.notBefore = found.notBefore;
    this.expiresAt = found.expiresAt;
    this.secretExpiresAt = found.secretExpiresAt;
    this.textLength = textLengthOf(found);
    const key = new CachedKey(found, this);
    this.accepted = { valid: true, key, secret: shared.secret, limits: NO_LIMITS };
    Object.freeze(key);
    Object.freeze(this.accepted);
  }
}

/** What an entry has in common with others. */
export interface Shared {
  readonly profile: Profile;
  readonly secret: VerifiedSecret;
  readonly standing: StandingRefusal | null;
}

/** What is stored that refuses, whatever the time and the request. */
export type StandingRefusal = 'revoked' | 'not_yet_valid' | 'disabled';

const NO_LIMITS: readonly never[] = Object.freeze([]);

/**
 * The key of an accepted check. What it shares with others it reads from its entry, and texts few
 * callers ask for are made when asked: a million of them have to fit in memory.
 */
class CachedKey implements VerifiedKey {
  readonly id: KeyId;
  readonly name: string;
  readonly owner: string | null;
  readonly version: number;
  readonly #metadata: string;
  readonly #entry: Entry;

  constructor(found: FoundSecret, entry: Entry) {
    this.id = found.keyId;
    this.name = found.name;
    this.owner = found.owner;
    this.version = found.version;
    this.#metadata = found.metadata;
    this.#entry = entry;
  }

  get keyspace(): string {
    return this.#entry.profile.keyspace.name;
  }

  get environment(): Environment {
    return this.#entry.profile.environment;
  }

  get scopes(): readonly string[] {
    return this.#entry.profile.scopes.list;
  }

  get tags(): readonly string[] {
    return this.#entry.profile.tags;
  }

  get restrictions(): Restrictions {
    return this.#entry.profile.restrictions;
  }

  get metadata(): Metadata {
    // A fresh copy each time: what a caller does to it cannot reach the next caller.
    return JSON.parse(this.#metadata);
  }

  get expiresAt(): string | null {
    return timeOrNull(this.#entry.expiresAt);
  }

  get notBefore(): string | null {
    return timeOrNull(this.#entry.notBefore);
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

function textLengthOf(found: FoundSecret): number {
  return (
    found.keyId.length + found.name.length + (found.owner?.length ?? 0) + found.metadata.length
  );
}

function timeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}
