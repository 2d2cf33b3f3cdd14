/** Which part of the time to come. */
export interface CalendarQuery {
  /** Name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
  /** An RFC 3339 time, a date, or a duration from now. Default: now. */
  readonly from?: string | undefined;
  /** Likewise, at most 366 days after `from`. Default: that. */
  readonly to?: string | undefined;
}

/** A rotation that a schedule is going to begin, if nobody rotates the key before. */
interface CalendarSlot {
  readonly key: { readonly id: string; readonly name: string };
  readonly dueAt: string;
  readonly startAt: string;
}

/** Rotations that begin on a day. */
interface CalendarDay {
  /** In the time zone of the policy. */
  readonly on: string;
  readonly count: number;
  /** The first of them. */
  readonly slots: readonly CalendarSlot[];
}

/** A time between two instants. */
interface CalendarSpan {
  readonly from: string;
  readonly until: string;
}

/** Who is due when by a policy, and when its rotations may begin. */
export interface Calendar {
  readonly policy: string;
  readonly keyspace: string;
  readonly from: string;
  readonly to: string;
  readonly timezone: string;
  /** Days on which any begins, in order. */
  readonly days: readonly CalendarDay[];
  /** How many begin, on all these days. */
  readonly count: number;
  /** False: the policy has more keys, or more slots, than are looked at for one answer. */
  readonly isWhole: boolean;
  /** When rotations may begin; null: at any time. */
  readonly windows: readonly CalendarSpan[] | null;
  /** When none does. */
  readonly blackouts: readonly CalendarSpan[];
}
