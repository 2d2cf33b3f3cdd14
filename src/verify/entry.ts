import type { Digest } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import type { Environment } from '../keys/format.js';
import type { KeyId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Metadata } from '../keys/metadata.js';
import type { RestrictionSet, Restrictions } from '../keys/restrictions.js';
import type { ScopeSet } from '../keys/scopes.js';
import type { Brownout } from '../keys/secret.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { Accepted, VerifiedKey, VerifiedSecret } from '../verdict.js';
import type { KnownSender } from './senders.js';

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
  /** About what it takes in memory, in bytes. */
  readonly weightBytes: number;
}

/** What is stored that refuses, whatever the time and the request. */
export type StandingRefusal = 'revoked' | 'not_yet_valid' | 'disabled';

/** What refuses a secret by its state or by the time. Most have none of it. */
export interface Bounds {
  readonly standing: StandingRefusal | null;
  readonly notBefore: number | null;
  readonly expiresAt: number | null;
  readonly secretExpiresAt: number | null;
  /** It is the secret that ended, and not its key: another may be there, a newer one or the one before. */
  readonly isReplaced: boolean;
  /** A time in which a part of its checks is refused on trial. */
  readonly trial: Trial | null;
}

/** A brown-out, and the parts of its checks that add up to the next refusal. */
interface Trial extends Brownout {
  sum: number;
}

/** What an entry has in common with others. */
export interface Shared {
  readonly profile: Profile;
  readonly secret: VerifiedSecret;
  readonly owner: string | null;
}

/** One secret in the warm cache: all that a check reads stands here, its answer already made. */
export class Entry {
  readonly digest: Digest;
  readonly accepted: Accepted & { readonly key: { readonly id: KeyId } };
  readonly profile: Profile;
  /** Null: nothing but the request itself can refuse it. */
  readonly bounds: Bounds | null;
  /** Another secret of the same key: an invalidation drops them all. */
  sibling: Entry | undefined = undefined;
  /** Where its uses are counted, and in which round of counting; -1: in none. */
  slot = -1;
  round = -1;
  /** Looked up since the eviction hand last passed. */
  isTouched = false;
  /** Who used it last; the slot is of both. */
  sender: KnownSender | undefined = undefined;

  constructor(found: FoundSecret, of: Shared & Pick<Entry, 'digest' | 'bounds'>) {
    this.digest = of.digest;
    this.profile = of.profile;
    this.bounds = of.bounds;
    const key = Object.freeze(keyOf(found, of));
    this.accepted = Object.freeze({ valid: true, key, secret: of.secret, limits: NO_LIMITS });
  }
}

// What an entry weighs beside its texts, in bytes, with its part of the maps once entries come and go;
// `npm run bench -- memory` measures it.
const ENTRY_BYTES = 540;
const BYTES_A_CHARACTER_OF_METADATA = 4; // Objects take more than the text they were parsed from.

/** About what an entry takes in memory, in bytes. */
export function weightOf({ accepted }: Entry): number {
  const { id, name, owner, metadata } = accepted.key;
  const own = ENTRY_BYTES + id.length + name.length + (owner?.length ?? 0);
  if (metadata === NO_METADATA) return own;
  return own + JSON.stringify(metadata).length * BYTES_A_CHARACTER_OF_METADATA;
}

const NO_LIMITS: readonly never[] = Object.freeze([]);
const NO_METADATA: Metadata = Object.freeze({});

/** What it shares with others is theirs: a million of them have to fit in memory. */
function keyOf(found: FoundSecret, { profile, owner }: Shared): VerifiedKey & { id: KeyId } {
  return {
    id: found.keyId,
    keyspace: profile.keyspace.name,
    name: found.name,
    owner,
    environment: profile.environment,
    scopes: profile.scopes.list,
    metadata: metadataIn(found.metadata),
    tags: profile.tags,
    expiresAt: timeOrNull(found.expiresAt),
    notBefore: timeOrNull(found.notBefore),
    restrictions: profile.restrictions,
    version: found.version,
  };
}

/** All callers share it, so none may change it. */
function metadataIn(json: string): Metadata {
  return json === '{}' ? NO_METADATA : deepFrozen(JSON.parse(json));
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) deepFrozen(inner);
    Object.freeze(value);
  }
  return value;
}

function timeOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}
