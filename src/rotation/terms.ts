import type { ProbeTerms } from '../deliver/probe.js';
import type { ExpiryTerms } from './expiry/expiry-terms.js';
import type { ScheduleTerms } from './schedule/schedule.js';

/** What has to hold before an old secret is retired; see docs/concepts/evidence.md. */
export type EvidenceId = 'E1' | 'E2' | 'E3' | 'E4' | 'E5';

/** What happens when the deadline has passed and the evidence is not there. */
type AtDeadline = 'hold' | 'extend' | 'revoke';

/**
 * On what terms a secret is replaced, in milliseconds: a policy's, frozen when the rotation starts.
 */
export interface Terms {
  /** The policy's name. */
  readonly policy: string;
  readonly overlap: {
    readonly minMs: number;
    readonly softMs: number;
    readonly hardMs: number;
    readonly atHard: AtDeadline;
  };
  readonly evidence: {
    readonly require: readonly EvidenceId[];
    readonly baselineMs: number;
    readonly gapsMs: number;
    readonly undoMs: number;
    /**
     * By what consumers that send no client id are told apart: all that is known of them, or their
     * network alone.
     */
    readonly group: 'client' | 'network';
  };
  readonly brownouts: BrownoutTerms | null;
  readonly claim: ClaimTerms;
  /** How many people have to agree before the secret is issued; 0: none. */
  readonly approvers: number;
  /** How long the secret before is accepted still where an emergency does not say it; absent: not at all. */
  readonly emergency?: {
    readonly overlapMs: number;
    /** What is done to a secret that was reported as leaked; absent: people are told. */
    readonly onLeakReport?: 'rotate' | 'revoke' | 'tell';
  };
  /** Whether a consumer may replace its own secret. */
  readonly selfRotation: boolean;
  /** How a new secret is tried before anybody gets it; null or absent: by Keyturn's own check alone. */
  readonly probe?: ProbeTerms | null;
  /** When keys are due; null or absent: on demand. */
  readonly schedule?: ScheduleTerms | null;
  /** What is said of old secrets and unused keys; null or absent: nothing. */
  readonly expiry?: ExpiryTerms | null;
  /** Who is told; absent: nobody. */
  readonly notify?: NotifyTerms;
  /** Why it is so, for auditors. */
  readonly reference?: string | null;
}

/** Whom a policy tells of its keys. */
interface NotifyTerms {
  /** How long before a key is due its people are told: descending. */
  readonly dueMs: readonly number[];
  /** Names of channels; `owner-mail`: a mail to the owner. */
  readonly channels: readonly string[];
}

/** How long a link waits to be opened. What an earlier version has written says no more. */
interface ClaimTerms {
  readonly closeMs: number;
  /** When who is to open it is reminded, from the announcement: ascending, each before it closes. */
  readonly remindMs?: readonly number[];
  /** What happens at the close. `disable`: unless it is in use, the old secret is disabled. */
  readonly unclaimed?: 'hold' | 'disable';
}

/** When the old secret is refused on trial. */
interface BrownoutTerms {
  /** From the delivery. */
  readonly afterMs: number;
  readonly forMs: number;
  /** One brown-out each: the part of the checks that is refused, above 0, at most 1. */
  readonly shares: readonly number[];
}

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** No brown-out is longer. */
export const MAX_BROWNOUT_MS = 5 * 60_000;

export const ALL_EVIDENCE: readonly EvidenceId[] = ['E1', 'E2', 'E3', 'E4', 'E5'];

/** The terms of a key whose keyspace says nothing: rotate on demand, and never without evidence. */
export const BUILT_IN: Terms = {
  policy: 'default',
  overlap: { minMs: 0, softMs: 7 * DAY_MS, hardMs: 30 * DAY_MS, atHard: 'hold' },
  evidence: {
    require: ALL_EVIDENCE,
    baselineMs: 35 * DAY_MS,
    gapsMs: 60_000,
    undoMs: DAY_MS,
    group: 'client',
  },
  brownouts: null,
  claim: {
    closeMs: 30 * DAY_MS,
    remindMs: [3 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS],
    unclaimed: 'hold',
  },
  approvers: 0,
  selfRotation: false,
  schedule: null,
  reference: null,
};

/** How long an old secret may still work in an emergency, in milliseconds. */
export const MAX_EMERGENCY_OVERLAP_MS = 60 * 60_000;
