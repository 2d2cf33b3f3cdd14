import type { KeyId, KeyspaceId } from '../keys/id.js';
import { HOUR_MS, type UsageCount } from '../store/usage.js';
import type { RefusalCode } from '../verdict.js';
import type { Entry } from './entry.js';

const FIRST_SLOTS = 1_024;
const MAX_SLOTS = 1_048_576; // Secrets used between two flushes, 20 MB; beyond it: told as lost.
const MAX_REFUSALS = 200_000; // Rows of refused checks between two flushes, likewise.
const NO_SLOT = -1;

/** Refused checks of one secret, or of none, in one hour. */
interface RefusalTally {
  readonly keyspaceId: KeyspaceId;
  readonly keyId: KeyId | null;
  readonly secretNumber: number;
  readonly outcome: RefusalCode;
  readonly hourAt: number;
  count: number;
  lastAt: number;
}

/**
 * Counts checks in memory, by secret, hour and outcome, until they are taken for a flush. An
 * accepted check writes two numbers in two arrays: each secret used has a slot in them.
 */
export class Recorder {
  #counts = new Uint32Array(FIRST_SLOTS);
  #lastAts = new Float64Array(FIRST_SLOTS);
  readonly #entries: Entry[] = [];
  readonly #refusals = new Map<string, RefusalTally>();
  /** Counts of hours that have ended. */
  #sealed: UsageCount[] = [];
  #hourEndsAt = Number.NEGATIVE_INFINITY;
  #takenValidCount = 0;
  #lostCount = 0;
  readonly #refusedTotals = new Map<RefusalCode, number>();

  /** Counts an accepted check. */
  accept(entry: Entry, nowMs: number): void {
    let { slot } = entry;
    if (slot === NO_SLOT || !this.#isThisHour(nowMs)) slot = this.#openSlot(entry, nowMs);
    if (slot === NO_SLOT) return;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#lastAts[slot] = nowMs;
  }

  /** Counts a refused check of a secret that exists. */
  refuse(entry: Entry, outcome: RefusalCode, nowMs: number): void {
    const { key, secret } = entry.accepted;
    const of = {
      keyspaceId: entry.profile.keyspace.id,
      keyId: key.id,
      secretNumber: secret.number,
    };
    this.#addRefusal({ ...of, outcome }, nowMs);
  }

  /** Counts a refused check where no key was found. */
  refuseUnknown(keyspaceId: KeyspaceId, outcome: RefusalCode, nowMs: number): void {
    this.#addRefusal({ keyspaceId, keyId: null, secretNumber: 0, outcome }, nowMs);
  }

  /**
   * All counts since the last call; what is counted from now on is not among them. A key that was
   * dropped from the cache and came back has two counts of one hour.
   */
  take(): readonly UsageCount[] {
    this.#seal();
    const counts = [...this.#sealed, ...this.#refusals.values()];
    this.#sealed = [];
    this.#refusals.clear();
    return counts;
  }

  /** Sums since the start, for metrics. */
  totals(): { valid: number; lost: number; refused: ReadonlyMap<RefusalCode, number> } {
    let valid = this.#takenValidCount;
    for (let slot = 0; slot < this.#entries.length; slot += 1) valid += this.#counts[slot] ?? 0;
    return { valid, lost: this.#lostCount, refused: this.#refusedTotals };
  }

  /** Clocks that were set wrong are set back, too. */
  #isThisHour(nowMs: number): boolean {
    return nowMs < this.#hourEndsAt && nowMs >= this.#hourEndsAt - HOUR_MS;
  }

  #openSlot(entry: Entry, nowMs: number): number {
    if (!this.#isThisHour(nowMs)) {
      this.#seal();
      this.#hourEndsAt = hourOf(nowMs) + HOUR_MS;
    }
    const slot = this.#entries.length;
    if (slot >= MAX_SLOTS) {
      this.#lostCount += 1;
      return NO_SLOT;
    }
    if (slot >= this.#counts.length) this.#grow();
    this.#counts[slot] = 0;
    this.#entries.push(entry);
    entry.slot = slot;
    return slot;
  }

  #grow(): void {
    const counts = new Uint32Array(this.#counts.length * 2);
    const lastAts = new Float64Array(counts.length);
    counts.set(this.#counts);
    lastAts.set(this.#lastAts);
    this.#counts = counts;
    this.#lastAts = lastAts;
  }

  /** Turns the slots into counts of the hour that is ending, and frees them. */
  #seal(): void {
    const hourAt = this.#hourEndsAt - HOUR_MS;
    for (const [slot, entry] of this.#entries.entries()) {
      entry.slot = NO_SLOT;
      const { key, secret } = entry.accepted;
      const keyspaceId = entry.profile.keyspace.id;
      const of = { keyspaceId, keyId: key.id, secretNumber: secret.number, hourAt };
      const count = this.#counts[slot] ?? 0;
      this.#sealed.push({ ...of, outcome: 'valid', count, lastAt: this.#lastAts[slot] ?? 0 });
      this.#takenValidCount += count;
    }
    this.#entries.length = 0;
  }

  #addRefusal(
    of: Pick<RefusalTally, 'keyspaceId' | 'keyId' | 'secretNumber' | 'outcome'>,
    nowMs: number,
  ): void {
    this.#refusedTotals.set(of.outcome, (this.#refusedTotals.get(of.outcome) ?? 0) + 1);
    const hourAt = hourOf(nowMs);
    const id = rowIdOf({ ...of, hourAt });
    const tally = this.#refusals.get(id);
    if (tally !== undefined) {
      tally.count += 1;
      tally.lastAt = nowMs;
    } else if (this.#refusals.size < MAX_REFUSALS) {
      this.#refusals.set(id, { ...of, hourAt, count: 1, lastAt: nowMs });
    } else {
      this.#lostCount += 1;
    }
  }
}

/** Counts with the same id are one row of the store. */
export function rowIdOf(row: Omit<UsageCount, 'count' | 'lastAt'>): string {
  const { keyspaceId, keyId, secretNumber, hourAt, outcome } = row;
  return `${keyspaceId} ${keyId ?? ''} ${secretNumber} ${hourAt} ${outcome}`;
}

function hourOf(nowMs: number): number {
  return nowMs - (nowMs % HOUR_MS);
}
