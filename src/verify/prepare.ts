import type { Digest } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import type { KeyspaceId } from '../keys/id.js';
import { DEFAULT_KEYSPACE, type KeyspaceRecord } from '../keys/keyspace.js';
import { RestrictionSet } from '../keys/restrictions.js';
import { ScopeSet } from '../keys/scopes.js';
import { type Brownout, isLive, type SecretState } from '../keys/secret.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { VerifiedSecret } from '../verdict.js';
import { type Bounds, Entry, type Profile, type StandingRefusal } from './entry.js';

const PROFILE_LIMIT = 10_000; // Distinct combinations of scopes, tags and restrictions kept.
const PROFILES_LIMIT_BYTES = 32 * 1024 * 1024; // Of those that no cached key may be using.
// What a profile weighs, and each character of what it was prepared from: sets, patterns, networks.
const PROFILE_BYTES = 1_200;
const BYTES_A_CHARACTER = 4;
const OWNER_LIMIT = 10_000;

/**
 * Makes cache entries out of stored rows. Equal scopes, tags and restrictions are prepared once:
 * keys of one plan share them.
 */
export class Preparer {
  readonly #profiles = new Map<string, Profile>();
  #profilesBytes = 0;
  // Most keys of an API are alike, and comparing is faster than joining texts and looking up.
  #last: { readonly found: FoundSecret; readonly profile: Profile } | undefined;
  #lastSecret: { readonly found: FoundSecret; readonly secret: VerifiedSecret } | undefined;
  readonly #secrets = new Map<string, VerifiedSecret>();
  readonly #owners = new Map<string, string>();

  entryOf(digest: Digest, found: FoundSecret, keyspace: KeyspaceRecord): Entry {
    const profile = this.#profileOf(found, keyspace);
    const [secret, owner] = [this.#secretOf(found), this.#ownerOf(found)];
    return new Entry(found, { digest, profile, secret, owner, bounds: boundsOf(found) });
  }

  /** After a keyspace changed: profiles hold its facts. */
  clear(): void {
    this.#last = undefined;
    this.#profiles.clear();
    this.#profilesBytes = 0;
  }

  #profileOf(found: FoundSecret, keyspace: KeyspaceRecord): Profile {
    const last = this.#last;
    if (last?.profile.keyspace === keyspace && isAlike(last.found, found)) return last.profile;
    const profile = this.#sharedProfileOf(found, keyspace);
    this.#last = { found, profile };
    return profile;
  }

  #sharedProfileOf(found: FoundSecret, keyspace: KeyspaceRecord): Profile {
    const id = profileIdOf(found, keyspace.id);
    const known = this.#profiles.get(id);
    if (known !== undefined && known.keyspace === keyspace) return known;
    const profile = makeProfile(found, keyspace);
    this.#profilesBytes += profile.weightBytes;
    const isFull = this.#profiles.size >= PROFILE_LIMIT;
    if (isFull || this.#profilesBytes > PROFILES_LIMIT_BYTES) this.#forgetProfiles(profile);
    this.#profiles.set(id, profile);
    return profile;
  }

  #forgetProfiles(next: Profile): void {
    this.#profiles.clear();
    this.#profilesBytes = next.weightBytes;
  }

  #secretOf(found: FoundSecret): VerifiedSecret {
    const last = this.#lastSecret;
    if (last !== undefined && areSecretsAlike(last.found, found)) return last.secret;
    const secret = this.#sharedSecretOf(found);
    this.#lastSecret = { found, secret };
    return secret;
  }

  #sharedSecretOf(found: FoundSecret): VerifiedSecret {
    const state = found.secretState === 'retiring' ? 'retiring' : 'current';
    const id = `${found.secretNumber} ${state} ${found.secretDeadline}`;
    const known = this.#secrets.get(id);
    if (known !== undefined) return known;
    const secret: VerifiedSecret = Object.freeze(
      state === 'current'
        ? { number: found.secretNumber, state }
        : { number: found.secretNumber, state, deadline: deadlineOf(found) },
    );
    if (this.#secrets.size < PROFILE_LIMIT) this.#secrets.set(id, secret);
    return secret;
  }

  /** One text for all keys of an owner. */
  #ownerOf({ owner }: FoundSecret): string | null {
    if (owner === null) return null;
    const known = this.#owners.get(owner);
    if (known !== undefined) return known;
    if (this.#owners.size >= OWNER_LIMIT) this.#owners.clear();
    this.#owners.set(owner, owner);
    return owner;
  }
}

function isAlike(left: FoundSecret, right: FoundSecret): boolean {
  return (
    left.environment === right.environment &&
    left.scopes === right.scopes &&
    left.tags === right.tags &&
    left.restrictions === right.restrictions
  );
}

function areSecretsAlike(left: FoundSecret, right: FoundSecret): boolean {
  return (
    left.secretNumber === right.secretNumber &&
    left.secretState === right.secretState &&
    left.secretDeadline === right.secretDeadline
  );
}

function profileIdOf(found: FoundSecret, keyspaceId: KeyspaceId): string {
  const { environment, scopes, tags, restrictions } = found;
  return `${keyspaceId}\n${environment}\n${scopes}\n${tags}\n${restrictions}`;
}

function makeProfile(found: FoundSecret, keyspace: KeyspaceRecord): Profile {
  const restrictions = deepFrozen(JSON.parse(found.restrictions));
  const { addresses, origins, methods, paths } = restrictions;
  const isOpen = (addresses ?? origins ?? methods ?? paths) === undefined;
  return {
    keyspace,
    isDefault: keyspace.name === DEFAULT_KEYSPACE.name,
    environment: found.environment,
    scopes: new ScopeSet(JSON.parse(found.scopes)),
    tags: deepFrozen(JSON.parse(found.tags)),
    restrictions,
    restrictionSet: isOpen ? undefined : new RestrictionSet(restrictions),
    weightBytes: PROFILE_BYTES + BYTES_A_CHARACTER * textLengthOf(found),
  };
}

const ENDED: readonly SecretState[] = ['disabled', 'revoked'];

function boundsOf(found: FoundSecret): Bounds | null {
  const standing = standingOf(found);
  const { notBefore, expiresAt, secretExpiresAt, secretBrownout } = found;
  if ((standing ?? notBefore ?? expiresAt ?? secretExpiresAt ?? secretBrownout) === null) {
    return null;
  }
  const isReplaced = found.state === 'active' && ENDED.includes(found.secretState);
  const trial = trialIn(secretBrownout);
  return { standing, notBefore, expiresAt, secretExpiresAt, isReplaced, trial };
}

function trialIn(json: string | null): Bounds['trial'] {
  if (json === null) return null;
  const brownout: Brownout = JSON.parse(json);
  return { ...brownout, sum: 0 };
}

function deadlineOf({ secretDeadline }: FoundSecret): string | null {
  return secretDeadline === null ? null : formatTime(secretDeadline);
}

function textLengthOf({ scopes, tags, restrictions }: FoundSecret): number {
  return scopes.length + tags.length + restrictions.length;
}

/** The order of docs/concepts/checks.md: revoked before all, disabled after what time decides. */
function standingOf(found: FoundSecret): StandingRefusal | null {
  if (found.state === 'revoked' || found.secretState === 'revoked') return 'revoked';
  if (found.secretState === 'pending') return 'not_yet_valid';
  return found.state === 'disabled' || !isLive(found.secretState) ? 'disabled' : null;
}

function deepFrozen<T extends object>(value: T): T {
  for (const inner of Object.values(value)) Object.freeze(inner);
  return Object.freeze(value);
}
