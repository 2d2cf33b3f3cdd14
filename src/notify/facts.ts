import type { KeyId, RotationId } from '../keys/id.js';

/** What is said of a key in any notice. There is no field that a secret would fit. */
export interface NoticeKey {
  readonly id: KeyId;
  readonly name: string;
  readonly hint: string;
}

/**
 * What each kind of notice says of each of its keys. Times are ms UTC. Data only: a notice is kept
 * in the outbox, so the link of a claim is none of its fields (see `Mail`).
 * @public
 */
export interface FactsOf {
  due: { readonly dueAtMs: number; readonly how: 'by_itself' | 'by_claim' | 'by_person' };
  not_started: { readonly dueAtMs: number; readonly reason: string };
  started: {
    readonly rotationId: RotationId;
    readonly deadlineAtMs: number | null;
    /** By opening its link. Absent in what an earlier version has written. */
    readonly isClaimed?: boolean;
  };
  claim_link: { readonly rotationId: RotationId; readonly closesAtMs: number };
  claim_reminder: {
    readonly rotationId: RotationId;
    readonly linkedAtMs: number;
    readonly closesAtMs: number;
  };
  needs_approval: { readonly rotationId: RotationId; readonly askedBy: string };
  needs_operator: {
    readonly rotationId: RotationId;
    readonly step: string;
    readonly reason: string;
  };
  stragglers: {
    readonly rotationId: RotationId;
    readonly deadlineAtMs: number;
    readonly atDeadline: 'hold' | 'extend' | 'revoke';
    /** The consumers that still use the old secret, as a person knows them. */
    readonly labels: readonly string[];
  };
  done: { readonly rotationId: RotationId; readonly finishedAtMs: number };
  failed: {
    readonly rotationId: RotationId;
    readonly state: 'rolled_back' | 'aborted';
    readonly reason: string;
  };
  expiring: { readonly expiresAtMs: number };
  past_policy: { readonly policy: string; readonly sinceAtMs: number };
  unused: { readonly lastUsedAtMs: number | null; readonly disablesAtMs: number | null };
  new_network: { readonly network: string; readonly seenAtMs: number };
  self_rotation: {
    readonly rotationId: RotationId;
    readonly rotatedAtMs: number;
    readonly network: string;
    /** It came from a consumer outside the baseline, and waits for the owner's word. */
    readonly awaitsOwner: boolean;
  };
  brownout_announced: {
    readonly rotationId: RotationId;
    readonly startsAtMs: number;
    readonly lengthMs: number;
    /** Of the calls with the old secret, in 0–100. */
    readonly sharePercent: number;
  };
  used_after_end: {
    readonly rotationId: RotationId;
    readonly secretNumber: number;
    /** Somebody who was waited for, or anyone else. */
    readonly who: 'straggler' | 'intruder';
    readonly label: string;
    readonly lastUsedAtMs: number;
  };
  leaked: {
    readonly secretNumber: number;
    readonly outcome: 'rotated' | 'revoked' | 'to_do' | 'over';
    readonly reportedAtMs: number;
  };
  owner_unreachable: {
    /** What the owner was not told. */
    readonly untold: keyof FactsOf;
    readonly reason: string;
    readonly rotationId: RotationId | null;
  };
}

/** @public */
export type KeyNoticeKind = keyof FactsOf;
