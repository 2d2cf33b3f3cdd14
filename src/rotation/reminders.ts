import type { Details } from './details.js';

const WHILE_UNSENT_MS = 600_000; // Nobody has the link: a person hears soon that the mail was given up.

/** How often who is to open a claim was reminded of it, and when that is due again. */
interface Reminders {
  readonly sentCount: number;
  readonly totalCount: number;
  /** How many are due by now. */
  readonly dueCount: number;
  /** When the last of them was; null: none is. */
  readonly lastDueAt: number | null;
  /** Null: there is no other. */
  readonly nextAt: number | null;
}

type Claim = Pick<Details, 'terms' | 'claimClosesAt' | 'remindedCount'>;

/** Undefined: no link waits to be opened. */
export function remindersOf(
  { terms, claimClosesAt, remindedCount: sentCount = 0 }: Claim,
  nowMs: number,
): Reminders | undefined {
  if (claimClosesAt === null) return undefined;
  const { closeMs, remindMs = [] } = terms.claim;
  const announcedAt = claimClosesAt - closeMs;
  const times = remindMs.map((afterMs) => announcedAt + afterMs);
  // Who was away for two of them is reminded once.
  const dueCount = times.filter((dueAt) => dueAt <= nowMs).length;
  const nextAt = times[Math.max(sentCount, dueCount)] ?? null;
  const lastDueAt = times[dueCount - 1] ?? null;
  return { sentCount, totalCount: times.length, dueCount, lastDueAt, nextAt };
}

/** When a claim that waits is looked at again: for a reminder, or as it closes. */
export function claimDueAt(claim: Claim, nowMs: number): number | null {
  return remindersOf(claim, nowMs)?.nextAt ?? claim.claimClosesAt;
}

/** The same while the mail with its link has not left: it may be given up meanwhile. */
export function unsentDueAt(claim: Claim, nowMs: number, withinMs = WHILE_UNSENT_MS): number {
  return Math.min(claimDueAt(claim, nowMs) ?? Infinity, nowMs + withinMs);
}
