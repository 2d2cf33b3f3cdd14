import type { RotationPlan } from './rotation-plan-views.js';
import type { RotateInput, Rotation } from './rotation-views.js';
import type { Key } from './views.js';

// What `rotate` is asked and answers. Times are RFC 3339 strings in UTC.

/** A rotation that is to begin. */
export interface RotateNow extends RotateInput {
  readonly dryRun?: false | undefined;
}

/** One that is only asked about. */
export interface RotateDryRun extends RotateInput {
  readonly dryRun: true;
}

/** What would be done. */
export interface PlannedRotation {
  readonly plan: RotationPlan;
}

/** What came of `rotate`, in one form: what it did not come to is absent. */
export interface RotatedKey {
  readonly key: Key;
  readonly rotation: Rotation;
  /**
   * The new secret, once; every instance accepts it. Absent: it is still to come (an approval, a claim),
   * goes to destinations, or was shown to the first of a repeated call.
   */
  readonly plaintext?: string;
  /** By claim: the link that shows it. */
  readonly claim?: { readonly url: string; readonly expiresAt: string };
  readonly replayed?: true;
}

/** What came of `rotate`. */
export type RotateAnswer =
  /** The new secret is accepted by every instance; its plaintext is here, once. */
  | { readonly key: Key; readonly rotation: Rotation; readonly plaintext: string }
  /** A repeated call's answer, or something is still to come: an approval, or its delivery. */
  | { readonly key: Key; readonly rotation: Rotation; readonly replayed?: true }
  | {
      readonly key: Key;
      readonly rotation: Rotation;
      readonly claim: { readonly url: string; readonly expiresAt: string };
    }
  | PlannedRotation;
