/** A place that a rotation writes its new secret to. */
export interface RotationDestination {
  readonly id: string;
  readonly name: string;
  /** Of one that is `missed` or `added`: its kind. */
  readonly place: string;
  /**
   * `unknown`: it was passed over while it was written to, and may hold the new secret or not. `missed`:
   * it was added after the rotation had looked where to deliver, and gets nothing of it. `added`: likewise,
   * and `retry` delivers to it, because another place is gone or is another one by now.
   */
  readonly state: 'waiting' | 'writing' | 'delivered' | 'skipped' | 'unknown' | 'missed' | 'added';
  /** Whether it was read back as the new secret; false: the place tells nobody what it holds. */
  readonly readBack: boolean;
  readonly at: string | null;
}

/** The policy's probe, which tries the new secret before anybody gets it. */
export interface RotationProbe {
  /** What is asked, or run: `GET https://api.example.com/health`. */
  readonly place: string;
  readonly state: 'waiting' | 'passed' | 'skipped';
}

/** What hinders the probe, or a delivery. */
export interface RotationTrouble {
  /** Null: it is the policy's probe. */
  readonly destination: string | null;
  readonly class:
    | 'transient'
    | 'throttled'
    | 'destination_auth'
    | 'target_missing'
    | 'value_rejected'
    | 'internal'
    | 'drift'
    | 'changed';
  readonly message: string;
  readonly tries: number;
  /** Null: when a person has acted. */
  readonly retryAt: string | null;
}
