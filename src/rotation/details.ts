import type { Actor } from '../audit/event.js';
import { StoreCorruptError } from '../errors.js';
import type { RotationRecord } from '../store/rotation.js';
import type { DeliveryTrouble, PinnedDestination } from './delivery.js';
import type { Discarded } from './discarded.js';
import type { Sight } from './evidence.js';
import type { Probed } from './probed.js';
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
  /** A consumer's id, or what its label is, in whole or in a whole part, with `*` for any text. */
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

/** A brown-out that people were told of: it begins then, or a little later. */
interface AnnouncedBrownout {
  /** Which of the rotation's it is, from 1. */
  readonly number: number;
  readonly startsAt: number;
  readonly forMs: number;
  readonly share: number;
}

/** What ended the old secret. */
type End = 'evidence' | 'deadline' | 'finish' | 'emergency' | 'unclaimed' | 'revoked_by_hand';

/**
 * What the steps of a rotation keep: all that its row says beside its place. Times are
 * milliseconds UTC.
 */
export interface Details {
  readonly terms: Terms;
  readonly deliver: 'answer' | 'claim' | 'destinations';
  /** Where it is delivered to; absent: to nobody's place, or not looked at yet. */
  readonly destinations?: readonly PinnedDestination[];
  /** Secrets that probes have used, while nobody else had them. Absent: none was probed. */
  readonly probed?: readonly Probed[];
  /** What hinders the probe, or the delivery. */
  readonly trouble?: DeliveryTrouble | null;
  /** The new secret on its way, sealed with the operator's key; erased once it is delivered. */
  readonly sealedForDelivery?: string | null;
  readonly oldNumber: number;
  /** Null until it is issued. */
  readonly newNumber: number | null;
  /** Secrets that it ended in another way than as the old one. Absent: none. */
  readonly discarded?: readonly Discarded[];
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
  /** Whether it was answered to them, and so handed to a person. Absent: it was not. */
  readonly isLinkShown?: boolean;
  /** Whether a person is asked because its mail was given up. Absent: no. */
  readonly isLinkGivenUp?: boolean;
  /** When the new secret was handed over. */
  readonly deliveredAt: number | null;
  /**
   * After a rollback, when the secret that was new then had been handed over: `deliveredAt` is of the
   * new try. Null or absent: it was not rolled back.
   */
  readonly handedOverAt?: number | null;
  /** From when silence counts. */
  readonly observedFrom: number | null;
  readonly deadline: number | null;
  /**
   * It was rolled back then, and not every instance had told whether somebody uses the secret that
   * ends now. Null or absent: it was not, or all had.
   */
  readonly takenBackAt?: number | null;
  /** When somebody said that another has opened the link. Absent: nobody did. */
  readonly disownedAt?: number;
  readonly atDeadline: Terms['overlap']['atHard'];
  /** Since when it is late, and so its key past its policy. */
  readonly lateSince: number | null;
  /** When its people were told who still uses the old secret. Absent or null: not yet. */
  readonly softAt?: number | null;
  readonly brownouts: readonly PastBrownout[];
  /** The next one, of which people were told. Absent or null: none was announced. */
  readonly brownoutAnnounced?: AnnouncedBrownout | null;
  /** Of the other secret, before a rollback. Absent in what an earlier version has written. */
  readonly brownoutsBefore?: readonly PastBrownout[];
  readonly end: End | null;
  readonly disabledAt: number | null;
  readonly undoUntil: number | null;
  /** How often it was refused by whom before that, by the consumer's id: of an earlier grace. Absent: nobody. */
  readonly refusedBefore?: Readonly<Record<string, number>>;
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

/** Whether it was rolled back: it is the old secret that stays, and the one that was new goes. */
export function isTurned({
  newNumber,
  oldNumber,
}: Pick<Details, 'newNumber' | 'oldNumber'>): boolean {
  return newNumber !== null && newNumber < oldNumber;
}

/**
 * What leaked: its deadline ends it, and nothing else. Once a person has brought it back, the evidence
 * does, as of any other.
 */
export function isEndedByClock({
  isCompromised,
  atDeadline,
}: Pick<Details, 'isCompromised' | 'atDeadline'>): boolean {
  return isCompromised && atDeadline === 'revoke';
}

/** Since when the secret that was new is out, however often it was rolled back since. */
export function handedOverAt({ handedOverAt: first = null, deliveredAt }: Details): number | null {
  return first ?? deliveredAt;
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
