import type { Digest } from '../keys/digest.js';
import { type Entry, type Profile, weightOf } from './entry.js';

const RECENT_DROPS = 4_096; // Invalidations remembered for fills that are under way.

/**
 * Secrets that were looked up, by digest; bounded in bytes. A fill is refused if its key was
 * dropped since the fill began (what it read may be older than the drop), or if a later version
 * of the key is here already.
 */
export class WarmCache {
  readonly #maxBytes: number;
  readonly #entries = new Map<Digest, Entry>();
  readonly #byKey = new Map<string, Entry>();
  /** How many entries share each profile: it weighs once. */
  readonly #profileUses = new Map<Profile, number>();
  readonly #recentDrops = new Map<string, number>();
  readonly #leastVersions = new Map<string, number>();
  #dropCount = 0;
  #forgottenDrop = 0;
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get(digest: Digest): Entry | undefined {
    return this.#entries.get(digest);
  }

  /** Of this key, nothing older than this version is answered or kept from now on. */
  requireVersion(keyId: string, version: number): void {
    const known = this.#versionOf(keyId);
    // One that was read sooner may be told later: it takes nothing back.
    if (Math.max(known, this.#leastVersions.get(keyId) ?? 0) >= version) return;
    if (known > 0) this.drop(keyId);
    this.#leastVersions.delete(keyId);
    this.#leastVersions.set(keyId, version);
    if (this.#leastVersions.size <= RECENT_DROPS) return;
    const oldest = this.#leastVersions.keys().next().value;
    if (oldest === undefined) return;
    this.drop(oldest); // Fills of it that are under way are refused, whatever their version.
  }

  /** To be taken before the store is asked, and given back to `fill`. */
  beginFill(): number {
    return this.#dropCount;
  }

  /** Keeps the entry unless something newer was heard since `begun`. @returns whether it did. */
  fill(entry: Entry, begun: number): boolean {
    const { id: keyId, version } = entry.accepted.key;
    const droppedAt = this.#recentDrops.get(keyId) ?? this.#forgottenDrop;
    if (droppedAt > begun) return false;
    const knownVersion = this.#versionOf(keyId);
    if (Math.max(knownVersion, this.#leastVersions.get(keyId) ?? 0) > version) return false;
    // All that is kept of a key is of one version.
    if (knownVersion > 0 && knownVersion < version) this.drop(keyId);
    const replaced = this.#entries.get(entry.digest);
    if (replaced !== undefined) this.#remove(replaced);
    this.#entries.set(entry.digest, entry);
    entry.sibling = this.#byKey.get(keyId);
    this.#byKey.set(keyId, entry);
    this.#sizeBytes += weightOf(entry);
    this.#useProfile(entry.profile);
    if (this.#sizeBytes > this.#maxBytes) this.#evict();
    return true;
  }

  /** Forgets all secrets of a key, and refuses the fills of it that are under way. */
  drop(keyId: string): void {
    this.#dropCount += 1;
    this.#leastVersions.delete(keyId);
    this.#recentDrops.delete(keyId);
    this.#recentDrops.set(keyId, this.#dropCount);
    this.#forgetOldestDrop();
    let entry = this.#byKey.get(keyId);
    while (entry !== undefined) {
      const next: Entry | undefined = entry.sibling;
      this.#remove(entry);
      entry = next;
    }
  }

  /** Forgets everything, and refuses all fills that are under way. */
  clear(): void {
    this.#dropCount += 1;
    this.#forgottenDrop = this.#dropCount;
    this.#recentDrops.clear();
    this.#leastVersions.clear();
    this.#entries.clear();
    this.#byKey.clear();
    this.#profileUses.clear();
    this.#sizeBytes = 0;
  }

  #versionOf(keyId: string): number {
    return this.#byKey.get(keyId)?.accepted.key.version ?? 0;
  }

  /** A drop that is no longer remembered counts for every key: a fill may be refused in vain. */
  #forgetOldestDrop(): void {
    if (this.#recentDrops.size <= RECENT_DROPS) return;
    const oldest = this.#recentDrops.entries().next().value;
    if (oldest === undefined) return;
    this.#recentDrops.delete(oldest[0]);
    this.#forgottenDrop = Math.max(this.#forgottenDrop, oldest[1]);
  }

  /** Second chance: what was used since the hand last passed goes to the end of the line. */
  #evict(): void {
    for (const [digest, entry] of this.#entries) {
      if (this.#sizeBytes <= this.#maxBytes) return;
      if (entry.isTouched && this.#entries.size > 1) {
        entry.isTouched = false;
        this.#entries.delete(digest);
        this.#entries.set(digest, entry);
      } else {
        this.#remove(entry);
      }
    }
  }

  #remove(entry: Entry): void {
    if (!this.#entries.delete(entry.digest)) return;
    this.#sizeBytes -= weightOf(entry);
    this.#leaveProfile(entry.profile);
    const keyId = entry.accepted.key.id;
    const first = this.#byKey.get(keyId);
    if (first === entry) {
      if (entry.sibling === undefined) this.#byKey.delete(keyId);
      else this.#byKey.set(keyId, entry.sibling);
    }
    for (let other = first; other !== undefined; other = other.sibling) {
      if (other.sibling === entry) other.sibling = entry.sibling;
    }
  }

  #useProfile(profile: Profile): void {
    const useCount = this.#profileUses.get(profile) ?? 0;
    if (useCount === 0) this.#sizeBytes += profile.weightBytes;
    this.#profileUses.set(profile, useCount + 1);
  }

  #leaveProfile(profile: Profile): void {
    const useCount = this.#profileUses.get(profile) ?? 0;
    if (useCount > 1) {
      this.#profileUses.set(profile, useCount - 1);
      return;
    }
    this.#profileUses.delete(profile);
    this.#sizeBytes -= profile.weightBytes;
  }
}
