/** Which overview. Absent: of every keyspace that the caller may see. */
export interface OverviewQuery {
  /** Name or id. */
  readonly keyspace?: string | undefined;
}

/** How many there are, and the first of them. */
export interface Few<T> {
  readonly count: number;
  /** There may be more: no more were counted. */
  readonly isAtLeast: boolean;
  readonly items: readonly T[];
}

/** A key that is named. */
interface NamedKey {
  /** The key's id. */
  readonly key: string;
  readonly name: string;
  readonly keyspace: string;
}

/** An open rotation that is named, with its key. */
interface NamedRotation extends NamedKey {
  /** The rotation's id. */
  readonly rotation: string;
}

/** A rotation in which a person has to decide, or to do something before it goes on. */
export interface WaitingRotation extends NamedRotation {
  readonly step: string;
  readonly state: string;
  readonly why: string;
  readonly since: string;
}

/** A rotation whose old secret is in use still, after its people were told so. */
export interface LaggingRotation extends NamedRotation {
  /** How many consumers have not moved, as far as they are told apart. */
  readonly consumerCount: number;
  /** Labels of the first of them. */
  readonly consumers: readonly string[];
  readonly deadline: string | null;
  readonly since: string;
}

/** A rotation whose probe or delivery is hindered. */
export interface HinderedDelivery extends NamedRotation {
  /** Which of the key's destinations; null: it is the probe. */
  readonly destination: string | null;
  readonly class: string;
  readonly message: string;
  readonly tries: number;
  /** When it is tried next; null: when a person has acted. */
  readonly retryAt: string | null;
  readonly since: string;
}

/** A key that expires within 14 days. */
export interface ExpiringKey extends NamedKey {
  readonly expiresAt: string;
}

/** A key with a secret that is older than its policy allows, or accepted after a deadline that holds. */
export interface OverdueKey extends NamedKey {
  readonly since: string;
}

/** Something that nobody could be told. */
export interface DeadNotice {
  readonly notice: string;
  readonly keyspace: string;
  readonly kind: string;
  readonly recipient: string;
  /** Why it was not taken; null: it was never tried. */
  readonly message: string | null;
  readonly since: string;
}

/** Open rotations, by how far their people are. Each part is of the one before but the last. */
export interface Cohort {
  /** Those whose people have the new secret, or a link to it. */
  readonly told: number;
  /** Of them, where it is out: the link was opened, or it was answered or delivered. */
  readonly opened: number;
  /** Of them, where somebody works with it. */
  readonly used: number;
  /** Those that were told, and whose link nobody has opened. */
  readonly silent: number;
}

/** Checks of an hour. */
export interface HourOfChecks {
  readonly start: string;
  readonly total: number;
  readonly valid: number;
  /** By code. */
  readonly refused: Readonly<Record<string, number>>;
  /** On average: of the hour that is under way, so far. */
  readonly perSecond: number;
}

/** Secrets of an age, in days: from the one, before the other. */
export interface AgeBucket {
  readonly fromDays: number;
  /** Null: no matter how old. */
  readonly toDays: number | null;
  readonly count: number;
}

/**
 * What needs a person now, and how things are. What is counted is as of `countedAt`, a moment ago; of
 * very many keys it may be minutes. A part that the caller may not read is null.
 */
export interface Overview {
  /** Null: of every keyspace that the caller may see. */
  readonly keyspace: string | null;
  readonly at: string;
  /** Needs `rotations:read`. */
  readonly rotations: {
    readonly countedAt: string;
    readonly open: number;
    readonly waiting: Few<WaitingRotation>;
    readonly stragglers: Few<LaggingRotation>;
    readonly deliveries: Few<HinderedDelivery>;
    readonly cohort: Cohort;
  } | null;
  /** Needs `keys:read`. Null, too, while very many keys are counted for the first time. */
  readonly keys: {
    readonly countedAt: string;
    readonly expiring: Few<ExpiringKey>;
    readonly pastPolicy: Few<OverdueKey>;
    /** Of current secrets of keys that are neither revoked nor expired. */
    readonly secretAges: readonly AgeBucket[];
  } | null;
  /** Needs `channels:read`. */
  readonly notices: { readonly dead: Few<DeadNotice> } | null;
  /** Of the last 24 hours, oldest first. Needs `usage:read`. */
  readonly checks: { readonly hours: readonly HourOfChecks[] } | null;
}
