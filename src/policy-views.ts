import type { Calendar, CalendarQuery } from './calendar-views.js';
import type {
  AppliedPolicies,
  PolicyFile,
  PolicyFileToApply,
  PolicyTrials,
} from './policy-file-views.js';
import type { PolicyProbe, ProbeInput } from './probe-views.js';
import type { UpdateOptions, WriteOptions } from './public.js';
import type { List, PageQuery } from './views.js';

// Policies, as the library, the HTTP API and the command line show them. Durations are texts like
// `7d`, `12h` or `5m`.

/** On what terms a secret is replaced. What is absent is as in the built-in policy. */
export interface PolicyPatch {
  readonly overlap?:
    | {
        /** Both are accepted at least so long, whatever the evidence. Default 0s. */
        readonly min?: string | undefined;
        /** By how much `extend` moves the deadline. Default 7d. */
        readonly soft?: string | undefined;
        /** The deadline, from the delivery. Default 30d. */
        readonly hard?: string | undefined;
        /** What happens at it. Default `hold`. */
        readonly atHard?: 'hold' | 'extend' | 'revoke' | undefined;
      }
    | undefined;
  readonly evidence?:
    | {
        readonly require?: readonly ('E1' | 'E2' | 'E3' | 'E4' | 'E5')[] | undefined;
        /** How far back consumers count. Default 35d. */
        readonly baseline?: string | undefined;
        /** How much of the record may be lost with instances that died. Default 60s. */
        readonly gaps?: string | undefined;
        /** For how long a disabled old secret can be brought back. Default 24h. */
        readonly undo?: string | undefined;
        /**
         * By what consumers are told apart. Default `client`. By `network`, those of one network that
         * send no `X-Client-Id` are one consumer.
         */
        readonly group?: 'client' | 'network' | undefined;
      }
    | undefined;
  /** Default: none. */
  readonly brownouts?:
    | {
        /** From the delivery. */
        readonly after: string;
        /** At most 5m each. */
        readonly for: string;
        /** One brown-out each, a day apart: the part of the checks that is refused, in percent. */
        readonly share: readonly number[];
      }
    | null
    | undefined;
  readonly claim?:
    | {
        /** How long a link waits to be opened. Default 30d. */
        readonly close?: string | undefined;
        /**
         * When who is to open it is reminded, from the announcement: ascending, each shorter than `close`.
         * Default 3d, 7d and 14d, as far as they are.
         */
        readonly remind?: readonly string[] | undefined;
        /**
         * What happens at the close. `hold`, the default: a person is asked. `disable`: the old secret is
         * disabled, unless it is in use, and `undo` brings it back for the grace.
         */
        readonly unclaimed?: 'hold' | 'disable' | undefined;
      }
    | undefined;
  /** How many people have to agree before a secret is issued. Default: nobody. */
  readonly approval?:
    | { readonly before?: 'issue' | undefined; readonly approvers: number }
    | null
    | undefined;
  readonly emergency?:
    | {
        /**
         * How long the secret before is accepted still, where an emergency does not say it: 1h at most.
         * Default 0s. By claim it ends at once, whatever stands here.
         */
        readonly overlap?: string | undefined;
        /**
         * What is done to a secret that is reported as leaked. `tell`, the default: people are told, and it
         * stays as it is. `revoke`: it is revoked. `rotate`: an emergency replaces the current one, by
         * destinations or by a link that is mailed; any other is revoked.
         */
        readonly onLeakReport?: 'rotate' | 'revoke' | 'tell' | undefined;
      }
    | undefined;
  /** Whether a consumer may replace its own secret. Default false. */
  readonly selfRotation?: boolean | undefined;
  /** How a new secret is tried before anybody gets it: one of the two. Default: not at all. */
  readonly probe?: ProbeInput | null | undefined;
  /** When its keys are due. Default: on demand. */
  readonly schedule?: ScheduleInput | null | undefined;
  /** What is said of old secrets and unused keys. Default: nothing. */
  readonly expiry?: ExpiryInput | null | undefined;
  /**
   * Who is told of its keys: how long before a rotation of them begins, or they expire, and by which
   * channels. `owner-mail` is a mail to the owner. Default: nobody.
   */
  readonly notify?:
    | {
        readonly due?: readonly string[] | undefined;
        readonly channels?: readonly string[] | undefined;
      }
    | null
    | undefined;
  /** Why it is so, for auditors: at most 500 characters. */
  readonly reference?: string | null | undefined;
}

/** When keys are due. */
export interface ScheduleInput {
  /** From one time to the next; a second at least. */
  readonly every: string;
  /** `before`, the default: it begins `lead` before it is due, and ends by then. `after`: when due. */
  readonly mode?: 'before' | 'after' | undefined;
  /**
   * At least overlap.hard and evidence.undo together, which is the default; with `deliver: 'claim'`,
   * claim.close besides.
   */
  readonly lead?: string | undefined;
  /**
   * Keys that were made together are dealt out over so long; those of one owner together, where it is
   * asked (`deliver`: `claim` or `notice`). Default 0s.
   */
  readonly spread?: string | undefined;
  /** When a rotation may begin: `Tue-Thu 09:00-15:00`. Default: at any time. */
  readonly window?: string | null | undefined;
  /** Of the window and the blackout (IANA). Default UTC. */
  readonly timezone?: string | undefined;
  /** Days on which none begins: `2026-12-18/2027-01-05`, or one. */
  readonly blackout?: readonly string[] | undefined;
  /**
   * How a new secret gets there. `notice`: nothing is rotated, it is only told. Default: to the
   * key's destinations, if it has some; else by claim.
   */
  readonly deliver?: 'destinations' | 'claim' | 'notice' | null | undefined;
}

/**
 * When a secret is too old, and a key unused. Neither ends a secret that is in use: the key is past
 * its policy then, and its people are told.
 */
interface ExpiryInput {
  /**
   * How old a secret may become that is accepted: at least as old as it becomes where its schedule
   * is kept. Null, the default: any age.
   */
  readonly maxAge?: string | null | undefined;
  /**
   * A key that nobody has used for so long is warned of: evidence.baseline at least. Null, the
   * default: none is.
   */
  readonly unused?: string | null | undefined;
  /** From the warning to the disabling, in which a use or `enable` keeps it. Default 14d. */
  readonly grace?: string | undefined;
  /** `never`: an unused key is told of, and stays. Default `unused`. */
  readonly disable?: 'unused' | 'never' | undefined;
}

export interface PolicyInput extends PolicyPatch {
  readonly name: string;
  /** Name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
}

/** What a policy says, whole. */
export interface PolicyTerms {
  readonly overlap: {
    readonly min: string;
    readonly soft: string;
    readonly hard: string;
    readonly atHard: 'hold' | 'extend' | 'revoke';
  };
  readonly evidence: {
    readonly require: readonly ('E1' | 'E2' | 'E3' | 'E4' | 'E5')[];
    readonly baseline: string;
    readonly gaps: string;
    readonly undo: string;
    readonly group: 'client' | 'network';
  };
  readonly brownouts: {
    readonly after: string;
    readonly for: string;
    readonly share: readonly number[];
  } | null;
  readonly claim: {
    readonly close: string;
    readonly remind: readonly string[];
    readonly unclaimed: 'hold' | 'disable';
  };
  readonly approval: { readonly before: 'issue'; readonly approvers: number } | null;
  readonly emergency: {
    readonly overlap: string;
    readonly onLeakReport: 'rotate' | 'revoke' | 'tell';
  };
  readonly selfRotation: boolean;
  readonly probe: PolicyProbe | null;
  readonly schedule: Schedule | null;
  readonly expiry: Expiry | null;
  readonly notify: { readonly due: readonly string[]; readonly channels: readonly string[] };
  readonly reference: string | null;
}

/** When keys are due, whole. */
export interface Schedule {
  readonly every: string;
  readonly mode: 'before' | 'after';
  readonly lead: string;
  readonly spread: string;
  readonly window: string | null;
  readonly timezone: string;
  readonly blackout: readonly string[];
  readonly deliver: 'destinations' | 'claim' | 'notice' | null;
  /** Before then, none begins by this schedule: it was changed while keys followed the policy. */
  readonly runwayUntil: string | null;
}

/** When a secret is too old, and a key unused, whole. */
export interface Expiry {
  readonly maxAge: string | null;
  readonly unused: string | null;
  readonly grace: string;
  readonly disable: 'unused' | 'never';
  /** Before then nothing is disabled by it: it was changed while keys followed the policy. */
  readonly runwayUntil: string | null;
}

/** A policy of a keyspace. */
export interface Policy extends PolicyTerms {
  readonly name: string;
  readonly keyspace: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** A policy as it was made or changed. */
export interface SavedPolicy extends Policy {
  /** What it says and cannot keep, in words for people. */
  readonly warnings: readonly string[];
}

/** A policy, and how many keys name it. */
export interface PolicyInUse extends Policy {
  /** Keys that name it and are not revoked; no more than 10 000 are counted. */
  readonly keyCount: number;
}

export interface PolicyQuery extends PageQuery {
  readonly keyspace?: string | undefined;
}

/** On what terms secrets are replaced. A key without a policy follows the one named `default`. */
export interface Policies {
  create(input: PolicyInput, options?: WriteOptions): Promise<SavedPolicy>;
  get(name: string, where?: InKeyspace): Promise<PolicyInUse>;
  list(query?: PolicyQuery): List<Policy>;
  /** What is open keeps the terms it began with. */
  update(
    name: string,
    patch: PolicyPatch,
    options?: UpdateOptions & InKeyspace,
  ): Promise<SavedPolicy>;
  /** What a file would change, and when keys would be due; changes nothing. */
  test(input: PolicyFile): Promise<PolicyTrials>;
  /** Makes every policy of a file as the file says it, all of them or none. What it leaves out is as built in. */
  apply(input: PolicyFileToApply, options?: WriteOptions): Promise<AppliedPolicies>;
  /** Who is due when by its schedule, for up to a year. */
  calendar(name: string, query?: CalendarQuery): Promise<Calendar>;
  /** Refused while keys name it that are not revoked. */
  delete(name: string, options?: UpdateOptions & InKeyspace): Promise<void>;
}

/** Name or id of a keyspace; `default` if absent. */
interface InKeyspace {
  readonly keyspace?: string | undefined;
}
