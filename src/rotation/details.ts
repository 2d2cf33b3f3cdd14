import type { Actor } from '../audit/event.js';
import { StoreCorruptError } from '../errors.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Sight } from './evidence.js';
import type { Terms } from './terms.js';

/** A consumer that used the old secret before the rotation began. */
export interface BaselineConsumer {
  readonly id: string;
  readonly network: string | null;
  readonly clientId: string | null;
  readonly label: string;
  readonly lastAt: number;
  readonly longestGapMs: number;
}

/** Consumers that nobody waits for any more, because somebody said so. */
interface Waiver {
  /** A consumer's id, or a part of labels. */
  readonly consumer: string;
  readonly reason: string;
  readonly by: Actor;
  readonly at: number;
}

/** That an instance refuses the old secret, or can accept it no more. */
export interface Confirmation {
  readonly instance: string;
  /** After how many milliseconds it had confirmed; null: its cache has lapsed unheard. */
  readonly afterMs: number | null;
}

/** A brown-out that was begun. */
interface PastBrownout {
  readonly from: number;
  readonly until: number;
  readonly share: number;
  /** Ended before its time, by a person. */
  readonly isStopped: boolean;
}

/** What ended the old secret. */
type End = 'evidence' | 'deadline' | 'finish' | 'emergency' | 'unclaimed' | 'revoked_by_hand';

/**
 * What the steps of a rotation keep: all that its row says beside its place. Times are
 * milliseconds UTC.
 */
export interface Details {
  readonly terms: Terms;
  readonly deliver: 'answer' | 'claim';
  readonly oldNumber: number;
  /** Null until it is issued. */
  readonly newNumber: number | null;
  readonly requestedBy: Actor;
  readonly reason: string | null;
  readonly isCompromised: boolean;
  /** Do not end the old one before the deadline, whatever the evidence. */
  readonly keepsOld: boolean;
  /** The deadline of who asked, in milliseconds from delivery; null: the policy's. */
  readonly overlapMs: number | null;
  readonly approvals: readonly { readonly by: Actor; readonly at: number }[];
  readonly baseline: readonly BaselineConsumer[];
  /** When the baseline was frozen. */
  readonly frozenAt: number;
  /** Uses of the new secret until then prove nothing: it was the old one before. Null: it is new. */
  readonly newSince: number | null;
  readonly waivers: readonly Waiver[];
  readonly claimClosesAt: number | null;
  /** How many reminders of the link were due. Absent in what an earlier version has written. */
  readonly remindedCount?: number;
  /** Who made the link that waits to be opened. Absent in what an earlier version has written. */
  readonly linkBy?: Actor | null;
  /** When the new secret was handed over. */
  readonly deliveredAt: number | null;
  /** From when silence counts. */
  readonly observedFrom: number | null;
  readonly deadline: number | null;
  /**
   * It was rolled back then, and not every instance had told whether somebody uses the secret that
   * ends now. Null or absent: it was not, or all had.
   */
  readonly takenBackAt?: number | null;
  readonly atDeadline: Terms['overlap']['atHard'];
  /** Since when it is late, and so its key past its policy. */
  readonly lateSince: number | null;
  readonly brownouts: readonly PastBrownout[];
  /** Of the other secret, before a rollback. Absent in what an earlier version has written. */
  readonly brownoutsBefore?: readonly PastBrownout[];
  readonly end: End | null;
  readonly disabledAt: number | null;
  readonly undoUntil: number | null;
  readonly revokedAt: number | null;
  readonly receipt: readonly Confirmation[];
  /** What was seen when the old secret was ended. */
  readonly sight: Sight | null;
  /** Asked for by a consumer with the key itself. */
  readonly isOfSelf: boolean;
  /** The new secret, sealed to the old one, for an answer that was lost; null: not kept. */
  readonly sealed: string | null;
  readonly sealedUntil: number | null;
  /** What a person has to decide; null: nothing. */
  readonly asks: string | null;
  readonly attemptCount: number;
}

/** @throws {StoreCorruptError} the row holds damaged JSON. */
export function detailsOf({ id, details }: Pick<RotationRecord, 'id' | 'details'>): Details {
  try {
    return JSON.parse(details);
  } catch (cause) {
    throw new StoreCorruptError(
      `The rotation ${id} holds damaged JSON. Restore the database from a backup.`,
      { cause },
    );
  }
}
