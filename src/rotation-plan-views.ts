import type { ProbePlan } from './probe-views.js';

// What a rotation would do, as the three faces say it first.

/** What a rotation would do. */
export interface RotationPlan {
  readonly key: string;
  readonly policy: string;
  readonly deliver: 'answer' | 'claim' | 'destinations';
  /** Where the new secret would be written to, in this order. */
  readonly destinations: readonly {
    readonly name: string;
    readonly place: string | null;
    /** Why it would not go; null: it is ready. */
    readonly problem: string | null;
  }[];
  /** What would try the new secret first; null: the policy has none, or nobody is waited for. */
  readonly probe: ProbePlan | null;
  readonly oldSecret: number;
  readonly deadline: string | null;
  readonly atDeadline: 'hold' | 'extend' | 'revoke';
  readonly evidence: readonly string[];
  /** Every secret that an emergency ends for ever, the newest first. No emergency: empty. */
  readonly ends: readonly {
    readonly secret: number;
    readonly state: 'pending' | 'current' | 'retiring' | 'disabled';
    /** How long it is accepted still; `0s`: it ends at once. */
    readonly after: string;
    readonly lastUsedAt: string | null;
    /** How many have used it lately. */
    readonly consumers: number;
    /** Beyond a thousand they are not told apart: there are more. */
    readonly atLeast: boolean;
  }[];
  /** When the old secret or, in an emergency, any that ends was last used. */
  readonly lastUsedAt: string | null;
  /** Who used them lately, and which of them. */
  readonly consumers: readonly {
    readonly label: string;
    readonly lastUsedAt: string;
    readonly secrets: readonly number[];
  }[];
  /** One of them stands for all who are not told apart, beyond a thousand. */
  readonly atLeast: boolean;
  /** An open rotation that it would end. */
  readonly supersedes: string | null;
  readonly approvals: number;
  readonly says: string;
}

/** What an emergency would hit. */
export interface EmergencyPlan {
  /** How many keys; 0: nobody is meant, and nothing would be done. */
  readonly keys: number;
  /** When one of their secrets was last used. */
  readonly lastUsedAt: string | null;
  /** How many have used them lately, in all. */
  readonly consumers: number;
  /** There may be more: not all are told apart, or not all keys were examined. */
  readonly atLeast: boolean;
  /** How many open rotations it would end. */
  readonly supersedes: number;
  /** Of how many keys the new secret would go to their destinations, and not be answered. */
  readonly delivered: number;
  /** Of how many keys the consumers, destinations and open rotations were looked for: of 2 000 or somewhat more. */
  readonly examined: number;
  /** The caller's own key, where it is among them: it ends, too. */
  readonly own: string | null;
  /** At most 20 of the keys, those used last first. */
  readonly items: readonly {
    /** The key's id. */
    readonly key: string;
    readonly name: string;
    readonly lastUsedAt: string | null;
    /** How many have used it lately; null: it is not among those that were examined. */
    readonly consumers: number | null;
    /** Beyond a thousand they are not told apart: there are more. */
    readonly atLeast: boolean;
    /** An open rotation that would end. */
    readonly supersedes: string | null;
    /** Of a key that was not examined: `answer`. */
    readonly deliver: 'answer' | 'destinations';
  }[];
  readonly says: string;
}
