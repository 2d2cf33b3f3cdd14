import type { RefusalCode } from '../public.js';
import { HOUR_MS, type UsageCount } from '../store/usage.js';
import { keyIdFrom, keyspaceIdFrom } from '../keys/id.js';
import { CachedKey, type Entry } from './entry.js';
import type { Tally } from './tally.js';

const MAX_TALLIES = 500_000; // About 60 MB; beyond it the oldest counts are given up, and told.

/**
 * Counts checks in memory, by secret, hour and outcome, until they are taken for a flush. An
 * accepted check costs two additions.
 */
export class Recorder {
  #open: Tally[] = [];
  #entries: Entry[] = [];
  readonly #keyless = new Map<string, Tally>();
  #validTotal = 0;
  readonly #refusedTotals = new Map<RefusalCode, number>();
  #lostCount = 0;

  /** Counts an accepted check. */
  accept(entry: Entry, nowMs: number): void {
    const tally = entry.tally;
    this.#validTotal += 1;
    if (tally !== undefined && nowMs - tally.hourAt < HOUR_MS && nowMs >= tally.hourAt) {
      tally.validCount += 1;
      tally.lastValidAt = nowMs;
      return;
    }
    const opened = this.#tallyOf(entry, nowMs);
    opened.validCount += 1;
    opened.lastValidAt = nowMs;
  }

  /** Counts a refused check of a secret that exists. */
  refuse(entry: Entry, code: RefusalCode, nowMs: number): void {
    addRefusal(this.#tallyOf(entry, nowMs), code, nowMs);
    this.#countRefusal(code);
  }

  /** Counts a refused check where no key was found. */
  refuseUnknown(keyspaceId: string, code: RefusalCode, nowMs: number): void {
    this.#countRefusal(code);
    const hourAt = hourOf(nowMs);
    const id = `${keyspaceId} ${hourAt}`;
    let tally = this.#keyless.get(id);
    if (tally === undefined) {
      tally = newTally({ keyspaceId, keyId: null, secretNumber: 0, hourAt });
      this.#keyless.set(id, tally);
    }
    addRefusal(tally, code, nowMs);
  }

  /** All counts since the last call; what is counted from now on is not among them. */
  take(): readonly UsageCount[] {
    const tallies = [...this.#open, ...this.#keyless.values()];
    for (const entry of this.#entries) entry.tally = undefined;
    this.#open = [];
    this.#entries = [];
    this.#keyless.clear();
    return merged(tallies.flatMap(countsOf));
  }

  /** Sums since the start, for metrics. */
  totals(): { valid: number; lost: number; refused: ReadonlyMap<RefusalCode, number> } {
    return { valid: this.#validTotal, lost: this.#lostCount, refused: this.#refusedTotals };
  }

  #tallyOf(entry: Entry, nowMs: number): Tally {
    const hourAt = hourOf(nowMs);
    if (entry.tally?.hourAt === hourAt) return entry.tally;
    const { key, secret } = entry.accepted;
    const keyspaceId = CachedKey.profileOf(key).keyspace.id;
    const tally = newTally({ keyspaceId, keyId: key.id, secretNumber: secret.number, hourAt });
    if (this.#open.length >= MAX_TALLIES) this.#lostCount += sumOf(this.#open.shift());
    this.#open.push(tally);
    this.#entries.push(entry);
    entry.tally = tally;
    return tally;
  }

  #countRefusal(code: RefusalCode): void {
    this.#refusedTotals.set(code, (this.#refusedTotals.get(code) ?? 0) + 1);
  }
}

/** A key that was dropped from the cache and came back has two tallies of one hour. */
function merged(counts: readonly UsageCount[]): readonly UsageCount[] {
  const byRow = new Map<string, UsageCount>();
  for (const count of counts) {
    const { keyspaceId, keyId, secretNumber, hourAt, outcome } = count;
    const id = `${keyId ?? keyspaceId} ${secretNumber} ${hourAt} ${outcome}`;
    const known = byRow.get(id);
    const sum = known === undefined ? count.count : known.count + count.count;
    const lastAt = Math.max(count.lastAt, known?.lastAt ?? 0);
    byRow.set(id, { ...count, count: sum, lastAt });
  }
  return [...byRow.values()];
}

function newTally(of: Pick<Tally, 'keyspaceId' | 'keyId' | 'secretNumber' | 'hourAt'>): Tally {
  return { ...of, validCount: 0, lastValidAt: 0, refusals: undefined };
}

function addRefusal(tally: Tally, code: RefusalCode, nowMs: number): void {
  tally.refusals ??= new Map();
  const known = tally.refusals.get(code);
  if (known === undefined) tally.refusals.set(code, { count: 1, lastAt: nowMs });
  else {
    known.count += 1;
    known.lastAt = nowMs;
  }
}

function hourOf(nowMs: number): number {
  return nowMs - (nowMs % HOUR_MS);
}

function sumOf(tally: Tally | undefined): number {
  if (tally === undefined) return 0;
  let sum = tally.validCount;
  for (const { count } of tally.refusals?.values() ?? []) sum += count;
  return sum;
}

function countsOf(tally: Tally): UsageCount[] {
  const keyspaceId = keyspaceIdFrom(tally.keyspaceId);
  if (keyspaceId === undefined) return [];
  const keyId = tally.keyId === null ? null : (keyIdFrom(tally.keyId) ?? null);
  const of = { keyspaceId, keyId, secretNumber: tally.secretNumber, hourAt: tally.hourAt };
  const counts: UsageCount[] = [];
  if (tally.validCount > 0) {
    counts.push({ ...of, outcome: 'valid', count: tally.validCount, lastAt: tally.lastValidAt });
  }
  for (const [outcome, { count, lastAt }] of tally.refusals ?? []) {
    counts.push({ ...of, outcome, count, lastAt });
  }
  return counts;
}
