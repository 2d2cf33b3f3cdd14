import type { Actor } from './audit/event.js';
import type { BulkInput, BulkReport } from './bulk-views.js';
import type { Channels, Notices } from './channel-views.js';
import type { Claims } from './claim-views.js';
import type { Comparison, SwitchQuery, SwitchReport } from './comparison.js';
import type { KeyConsumers } from './consumer-views.js';
import type { Destinations } from './destination-views.js';
import type { DueOptions, DueReport } from './due-views.js';
import type { RefusalForm } from './keys/keyspace.js';
import type { LeakAnswers, LeakInput } from './leak-views.js';
import type { LiveNews, LiveQuery } from './live-views.js';
import type { PublicSettings } from './options.js';
import type { Overview, OverviewQuery } from './overview-views.js';
import type { CallerSession, People, Sessions, SignIn } from './people-views.js';
import type { Policies } from './policy-views.js';
import type { Events, UsageReports } from './record-views.js';
import type {
  PlannedRotation,
  RotateAnswer,
  RotateDryRun,
  RotatedKey,
  RotateNow,
} from './rotate-views.js';
import type { RotateInput, Rotations } from './rotation-views.js';
import type { SelfRequest, SelfRotation } from './self-views.js';
import type { Setup } from './setup-views.js';
import type { MetricSample, Readiness } from './standing-views.js';
import type {
  Accepted,
  Denied,
  RefusalAnswer,
  Refused,
  Verdict,
  VerifiedKey,
  VerifiedSecret,
  VerifyRequest,
} from './verdict.js';
import type {
  ImportInput,
  ImportReport,
  Key,
  KeyInput,
  KeyPatch,
  KeyQuery,
  Keyspace,
  KeyspaceClue,
  KeyspaceFacts,
  KeyspaceInput,
  KeyspacePatch,
  List,
  Owner,
  OwnerInput,
  OwnerPatch,
  PageQuery,
  Replayable,
  Secret,
} from './views.js';

// The library's face. Times are RFC 3339 strings in UTC, durations `90d 12h 30m 45s`.

export interface WriteOptions {
  /** Repeating a call with the same key answers the first one's result, without the plaintext. */
  readonly idempotencyKey?: string | undefined;
}

export interface UpdateOptions extends WriteOptions {
  /** Refuse with `version_conflict` unless the row still has this version. */
  readonly ifMatch?: number | undefined;
}

/** The plaintext is here and nowhere else: show it once. */
export interface CreatedKey {
  readonly key: Key;
  readonly plaintext: string;
}

/** A repeated call's answer: the plaintext was shown the first time. */
export interface ReplayedKey {
  readonly key: Key;
  readonly replayed: true;
}

export interface KeyAnswer {
  readonly key: Key;
  readonly replayed?: true;
  /** The ids of the keys that were ended with it, where that was asked for. */
  readonly descendants?: readonly string[];
}

export interface Keys {
  create(input: KeyInput): Promise<CreatedKey>;
  create(input: KeyInput, options: WriteOptions): Promise<CreatedKey | ReplayedKey>;
  /**
   * Takes keys over that were made elsewhere, at most 1 000 a call, each with its event. What is
   * here already stays as it is, so it is safe to repeat. A row that cannot be taken is told of.
   */
  import(input: ImportInput, options?: WriteOptions): Promise<ImportReport>;
  /** Whether Keyturn decides as an older check does that guards ask, too (their `shadow`). */
  importReport(query?: SwitchQuery): Promise<SwitchReport>;
  get(id: string): Promise<Key>;
  list(query?: KeyQuery): List<Key>;
  /** Who uses it, as far as they are told apart: those seen last first. */
  consumers(id: string): Promise<KeyConsumers>;
  /** Which key and secret a plaintext is, in any state; null if none. */
  find(query: { readonly plaintext: string }): Promise<{ key: Key; secret: Secret } | null>;
  update(id: string, patch: KeyPatch, options?: UpdateOptions): Promise<Key>;
  /** For ever. With `secret`: that secret only. Repeating it changes nothing. */
  revoke(
    id: string,
    input?: {
      readonly reason?: string | undefined;
      readonly secret?: number | undefined;
      /**
       * And every key that this management key made, and those they made, each before its maker. A
       * fault halfway is `partly_done`: what is ended stays so, and a repeat ends the rest.
       */
      readonly descendants?: boolean | undefined;
    },
    options?: WriteOptions,
  ): Promise<KeyAnswer>;
  disable(
    id: string,
    input?: { readonly reason?: string | undefined },
    options?: WriteOptions,
  ): Promise<KeyAnswer>;
  /** Of one whose people were warned that nobody uses it: it counts as used now. */
  enable(
    id: string,
    input?: { readonly reason?: string | undefined },
    options?: WriteOptions,
  ): Promise<KeyAnswer>;
  /**
   * Replaces its secret; all else of the key stays. The new one is in the answer, once; the old
   * one works until the evidence that nobody needs it is in, or until its deadline.
   * @throws {RotationOpenError} one is open.
   */
  rotate(id: string, input?: RotateNow, options?: WriteOptions): Promise<RotatedKey>;
  /** Says what would be done, and changes nothing. */
  rotate(id: string, input: RotateDryRun, options?: WriteOptions): Promise<PlannedRotation>;
  rotate(id: string, input?: RotateInput, options?: WriteOptions): Promise<RotateAnswer>;
  /**
   * Does one thing to many keys, to each as if it were asked of it alone: a refusal stops no other.
   * With `dryRun` it says what would become of each.
   */
  bulk(input: BulkInput, options?: WriteOptions): Promise<BulkReport>;
  /**
   * Takes secrets that were found in the open, at most 100 a call, and does to each what its key's
   * policy says (`emergency.onLeakReport`): to that secret alone. People are told of a secret once a
   * day, and repeating it changes nothing. Nothing that was found is kept or repeated.
   */
  reportLeaks(input: LeakInput): Promise<LeakAnswers>;
  /** Only what is revoked. The audit trail stays. */
  delete(id: string, options?: UpdateOptions): Promise<void>;
}

export interface Keyspaces {
  create(input: KeyspaceInput, options?: WriteOptions): Promise<Replayable<Keyspace>>;
  /** By name or id. */
  get(nameOrId: string): Promise<Keyspace>;
  list(query?: PageQuery): List<Keyspace>;
  update(
    nameOrId: string,
    patch: KeyspacePatch,
    options?: UpdateOptions,
  ): Promise<Replayable<Keyspace>>;
}

export interface Owners {
  /** Repeated, it answers the owner as it is then: nothing personal is kept for that. */
  create(input: OwnerInput, options?: WriteOptions): Promise<Replayable<Owner>>;
  get(id: string, where?: { readonly keyspace?: string | undefined }): Promise<Owner>;
  list(query?: PageQuery & { readonly keyspace?: string | undefined }): List<Owner>;
  update(
    id: string,
    patch: OwnerPatch,
    options?: UpdateOptions & { readonly keyspace?: string | undefined },
  ): Promise<Replayable<Owner>>;
  /** Removes every personal value of the owner, from the record and beside the audit trail. */
  erase(
    id: string,
    options?: WriteOptions & { readonly keyspace?: string | undefined },
  ): Promise<Replayable<Owner>>;
}

/**
 * Everything an actor may do, within its rights. A field that is unknown or of another type is an
 * `InvalidRequestError` that names it, and changes nothing: the same as over HTTP.
 */
export interface Management {
  readonly keys: Keys;
  readonly keyspaces: Keyspaces;
  readonly owners: Owners;
  readonly events: Events;
  readonly usage: UsageReports;
  readonly rotations: Rotations;
  readonly policies: Policies;
  readonly destinations: Destinations;
  readonly channels: Channels;
  readonly notices: Notices;
  /**
   * Follows what is changed, as far as the caller may see it, until its rights end or it is ended.
   * @throws {StateConflictError} four times at once is as often as a caller may.
   */
  live(query?: LiveQuery): Promise<AsyncIterable<LiveNews>>;
  /** What needs a person now, and how things are, as far as the caller may see them. */
  overview(query?: OverviewQuery): Promise<Overview>;
  readonly people: People;
  readonly sessions: Sessions;
}

/** On whose behalf a call is made; its rights bind everything done through it. */
export interface Caller {
  readonly actor: Actor;
  readonly requestId?: string | undefined;
  /** Absent: everything (the host application, the command line). Never `undefined`. */
  readonly key?: VerifiedKey;
  /** The secret that was shown: whoever holds it may end it. */
  readonly secret?: VerifiedSecret | undefined;
  /** Of a person who is signed in, instead of a key. Never `undefined`. */
  readonly session?: CallerSession;
}

/** Where the request came from, as the host knows it: a `Request` has no peer address. */
export interface Peer {
  readonly address?: string | undefined;
}

/** One Keyturn: everything below it is shared by all who hold it. */
export interface Keyturn extends Management {
  /**
   * A verdict, or a promise of one when it is not in the warm cache. Never throws for a bad key.
   * @throws {InvalidRequestError} for a bad call: a field is unknown, or of another type.
   * @throws {NotFoundError} for a keyspace that is not there.
   */
  verify(request: VerifyRequest): Verdict | Promise<Verdict>;
  /**
   * Checks beside an older check, and counts whether both decide alike: `keys.importReport` tells.
   * It decides nothing, never throws, is no use of a key and spends no address's budget. Guards do
   * it by their option `shadow`.
   * @returns with `write-through`, a promise that settles when it is counted.
   */
  compare(comparison: Comparison): Promise<void> | undefined;
  /**
   * The same nouns, bound to a caller's rights.
   * @throws {InvalidRequestError} the caller is not of its form, or its key is `undefined`.
   */
  as(caller: Caller): Management;
  /**
   * A refusal as HTTP says it: the one place where status, headers and body are made. In the form
   * that the keyspace has chosen, unless `refusal` names one.
   */
  refusalAnswer(
    refused: Refused | Denied,
    options?: {
      readonly keyspace?: string | undefined;
      readonly refusal?: RefusalForm | undefined;
    },
  ): RefusalAnswer;
  /** The HTTP API, to be mounted by any host. Whoever takes it serves it: links lead there. */
  readonly handler: (request: Request, peer?: Peer) => Promise<Response>;
  /**
   * What never changes of a keyspace; undefined: there is none. Whoever makes names up costs the
   * database one question a second. @throws {KeyturnError} it cannot be told now.
   */
  keyspaceFacts(clue: KeyspaceClue): KeyspaceFacts | undefined | Promise<KeyspaceFacts | undefined>;
  readonly setup: Setup;
  /** How people get in and out of the admin pages. */
  readonly signIn: SignIn;
  readonly claims: Claims;
  /**
   * A consumer replaces the secret of its own key, if the policy allows it. `checked`: what `verify`
   * said of this same request, where it was asked already; it is not asked, and counted, again.
   */
  rotateSelf(request: SelfRequest, checked?: Accepted): Promise<SelfRotation>;
  /**
   * Plans, begins what schedules ask for, and works on open rotations until each waits for evidence,
   * a person or a time: what a server does by itself, once. For cron and what runs on demand.
   * @throws {KeyturnError} the database is away.
   */
  rotateDue(options?: DueOptions): Promise<DueReport>;
  /** Opens the database now instead of on first use. @throws {KeyturnError} it cannot be. */
  open(): Promise<void>;
  readiness(): Promise<Readiness>;
  metrics(): readonly MetricSample[];
  readonly settings: PublicSettings;
  /**
   * Says where `handler` is mounted, when it is mounted and never by a request: links are made of
   * it. The option `basePath` stands above it.
   * @throws {ConfigInvalidError} it is no path of plain segments, like `/keyturn`.
   */
  mountedAt(path: string): void;
  /** Flushes usage and lets go of the database. */
  close(): Promise<void>;
}
