import type { Actor } from './audit/event.js';
import type { WriteOptions } from './public.js';
import type { RefusedUsers } from './refused-views.js';
import type {
  RotationDestination,
  RotationProbe,
  RotationTrouble,
} from './rotation-delivery-views.js';
import type { EmergencyPlan } from './rotation-plan-views.js';
import { ROTATION_STEPS, type RotationState, type RotationStep } from './store/rotation.js';
import type { List, PageQuery } from './views.js';

// Rotations, as the library, the HTTP API and the command line show them. Times are RFC 3339
// strings in UTC, durations `90d 12h 30m 45s`.

/** Every step that a rotation can be at. */
export const STEPS = ROTATION_STEPS;

/** How a secret is to be replaced. */
export interface RotateInput {
  /** How long the old secret still works: then it ends. Absent: the policy decides. */
  readonly overlap?: string | undefined;
  /** Do not end the old secret before its deadline, whatever the evidence. */
  readonly keep?: boolean | undefined;
  readonly reason?: string | undefined;
  /** The secret is in wrong hands: end it at once, or within an hour. Needs a reason. */
  readonly compromised?: boolean | undefined;
  /**
   * `claim`: as a link for who is to have it. `destinations`: to where the key's secret is kept.
   * Default: to its destinations, if it has some; else `answer`.
   */
  readonly deliver?: 'answer' | 'claim' | 'destinations' | undefined;
  /** Say what would happen, and change nothing. */
  readonly dryRun?: boolean | undefined;
}

/** A consumer that used the old secret before its rotation began. */
export interface RotationConsumer {
  /** `others`: stands for all who were not told apart, beyond a thousand. */
  readonly id: string;
  readonly label: string;
  /** `both`: it went on with the old one after it had moved. */
  readonly where: 'moved' | 'both' | 'not_moved' | 'unconfirmed' | 'cannot_tell' | 'waived';
  readonly lastUsedOldAt: string | null;
  readonly lastUsedNewAt: string | null;
  /** How often brown-outs of this rotation have refused it. */
  readonly brownoutRefusals: number;
}

/** One of the five things that are looked for, with its figures. */
export interface RotationEvidence {
  readonly id: 'E1' | 'E2' | 'E3' | 'E4' | 'E5';
  readonly title: string;
  readonly required: boolean;
  readonly state: 'met' | 'unmet' | 'not_applicable' | 'cannot_tell';
  readonly sure: 'certain' | 'likely' | 'unknown';
  /** By name: counts; times, RFC 3339; durations in milliseconds, whose names end with `Ms`. */
  readonly figures: Readonly<Record<string, number | string | readonly string[] | null>>;
}

/** What a person may do with a rotation now. */
export interface RotationAction {
  readonly name: RotationVerb;
  /** What it will do. */
  readonly does: string;
  /** For how long it can be undone, from when it is done; null: not at all. */
  readonly undoableFor: string | null;
}

/** What a person does with a rotation. */
export type RotationVerb =
  | 'approve'
  | 'retry'
  | 'skip'
  | 'extend'
  | 'waive'
  | 'finish'
  | 'rollback'
  | 'abort'
  | 'undo';

/** The replacement of one secret. */
export interface Rotation {
  readonly id: string;
  /** The key's id. */
  readonly key: string;
  readonly keyspace: string;
  readonly phase: 'preparing' | 'delivering' | 'both_live' | 'retiring' | 'done';
  readonly step: RotationStep;
  readonly state: RotationState;
  readonly deliver: 'answer' | 'claim' | 'destinations';
  /** Where the new secret is written to, in this order; empty: nowhere. */
  readonly destinations: readonly RotationDestination[];
  /** Of the policy; null: it has none. */
  readonly probe: RotationProbe | null;
  /** What hinders either; null: nothing. */
  readonly trouble: RotationTrouble | null;
  readonly policy: string;
  readonly reason: string | null;
  readonly compromised: boolean;
  /** The evidence does not end the old secret: a person does, or a deadline that says so. */
  readonly keep: boolean;
  readonly requestedBy: Actor;
  readonly oldSecret: number;
  readonly newSecret: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Until when a claim can be opened; null: there is no link, or it is used. */
  readonly claimExpiresAt: string | null;
  /** How often who is to open the link was reminded; null: no link waits to be opened. */
  readonly reminders: {
    readonly sent: number;
    readonly total: number;
    readonly nextAt: string | null;
  } | null;
  readonly deliveredAt: string | null;
  /** When the old secret is to be out of use. */
  readonly deadline: string | null;
  readonly atDeadline: 'hold' | 'extend' | 'revoke';
  /** Since when it is late; null: it is not. */
  readonly lateSince: string | null;
  readonly disabledAt: string | null;
  /** Until when `undo` brings the old secret back. */
  readonly undoUntil: string | null;
  readonly revokedAt: string | null;
  readonly closedAt: string | null;
  /** What ended the old secret. */
  readonly end:
    | 'evidence'
    | 'deadline'
    | 'finish'
    | 'emergency'
    | 'unclaimed'
    | 'revoked_by_hand'
    | null;
  /** What a person has to decide, or to do before it goes on. */
  readonly asks: string | null;
  /**
   * Where a consumer has replaced its own secret: the command that takes the key back, if that was not
   * its owner. Null: somebody else has asked for it.
   */
  readonly stop: string | null;
  readonly evidence: readonly RotationEvidence[];
  readonly consumers: readonly RotationConsumer[];
  /** Who uses the old secret and did not before. */
  readonly strangers: readonly string[];
  /** How many they are, as far as they were told apart; twenty are named. */
  readonly strangerCount: number;
  readonly waivers: readonly {
    readonly consumer: string;
    readonly reason: string;
    readonly by: Actor;
    readonly at: string;
  }[];
  readonly approvals: readonly { readonly by: Actor; readonly at: string }[];
  readonly brownouts: readonly {
    readonly from: string;
    readonly until: string;
    readonly share: number;
    readonly state: 'under_way' | 'over' | 'stopped' | 'skipped';
  }[];
  /** The policy's next, once somebody works with the new secret; null: none is to come. */
  readonly nextBrownout: {
    readonly at: string;
    readonly for: string;
    readonly share: number;
  } | null;
  /** Each instance, and after how many milliseconds it refused the old secret; null: it lapsed. */
  readonly receipt: readonly { readonly instance: string; readonly afterMs: number | null }[];
  /**
   * Who was refused with the old secret while `undo` can bring it back, so that a person can decide.
   * Null: it is not disabled, or this is one of a list.
   */
  readonly refusedInGrace: RefusedUsers | null;
  /**
   * Who used the old secret after it was revoked, as far as was looked: once a minute. Null: it is not
   * revoked, or this is one of a list.
   */
  readonly usedAfterEnd: RefusedUsers | null;
  readonly actions: readonly RotationAction[];
  readonly version: number;
}

/** Secrets in wrong hands: of all keys of an owner, a tag or a keyspace. One of the three. */
export interface EmergencyInput {
  readonly owner?: string | undefined;
  readonly tag?: string | undefined;
  /** Name or id. */
  readonly keyspace?: string | undefined;
  /** Has to be said: every secret that was issued before ends at once. */
  readonly compromised: true;
  readonly reason: string;
  /** How long the secrets before are accepted still, like `30m`, at most `1h`. Default: not at all. */
  readonly overlap?: string | undefined;
  /** Answer every new secret, also of a key with destinations, whose places keep what is revoked. */
  readonly deliver?: 'answer' | undefined;
  /** Say what would happen, and change nothing. */
  readonly dryRun?: boolean | undefined;
  /** How many keys this call is for, at most 200. Default 50. */
  readonly limit?: number | undefined;
  /** The `nextCursor` of the call before. */
  readonly cursor?: string | undefined;
}

/** A key of an emergency, and its new secret, once; or why it has none. */
export interface EmergencyItem {
  /** The key's id. */
  readonly key: string;
  readonly name: string;
  /** The rotation's id. Null: there is none, for a fault; `code` and `detail` say which. */
  readonly rotation: string | null;
  /** How the rotation stands: at `needs_operator` a person has to act, also where there is none. */
  readonly state?: RotationState;
  readonly plaintext?: string;
  /** The new secret goes to the key's destinations, and is not answered: see its rotation. */
  readonly deliver?: 'destinations';
  readonly code?: string;
  /** What went wrong, and the command that comes next. */
  readonly detail?: string;
}

/** One wave of an emergency. Call again with `nextCursor` until it is null. */
export interface EmergencyPage {
  readonly items: readonly EmergencyItem[];
  readonly nextCursor: string | null;
  /** This call was made before: these are its rotations, without the secrets that it has shown. */
  readonly replayed?: true;
}

/** Which rotations to list, newest first. */
export interface RotationQuery extends PageQuery {
  readonly keyspace?: string | undefined;
  readonly key?: string | undefined;
  readonly state?: RotationState | undefined;
  /** Only those that are not done. */
  readonly open?: boolean | undefined;
}

/** A rotation after a person's word. */
export interface RotationAnswer {
  readonly rotation: Rotation;
  readonly replayed?: true;
  /** Where `retry` has issued the new secret: shown this once. */
  readonly plaintext?: string;
  /** Where `retry` has made a new link: shown this once. */
  readonly claim?: { readonly url: string; readonly expiresAt: string };
}

type Act<Input> = (id: string, input?: Input, options?: WriteOptions) => Promise<RotationAnswer>;

/** Replacements of secrets. What may be done with one, and what that will do, is in `actions`. */
export interface Rotations {
  get(id: string): Promise<Rotation>;
  list(query?: RotationQuery): List<Rotation>;
  /** Ends every secret of many keys, a wave a call, and gives each key a new one. */
  emergency(
    input: EmergencyInput,
    options?: WriteOptions,
  ): Promise<EmergencyPage | { readonly plan: EmergencyPlan }>;
  approve: Act<RotationWord>;
  retry: Act<RotationWord>;
  skip: Act<RotationWord>;
  /** Moves the deadline: to a time, or a duration from now. */
  extend: Act<RotationWord & { readonly until?: string | undefined }>;
  /** Waits no more for a consumer, or for all whose label has the text. */
  waive: Act<RotationWord & { readonly consumer?: string | undefined }>;
  finish: Act<RotationWord>;
  rollback: Act<RotationWord>;
  abort: Act<RotationWord>;
  undo: Act<RotationWord>;
}

/** What a person may say with an act. */
interface RotationWord {
  readonly reason?: string | undefined;
}
