import type { Form } from '../form.js';
import type { Digest } from '../keys/digest.js';
import type { KeyId } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';

/**
 * Why a destination did not do what it was asked; the class decides what comes next.
 * - `transient`: tried again later, as is what timed out.
 * - `throttled`: tried again after `retryAfterMs`.
 * - `destination_auth`, `target_missing`: a person is needed at once.
 * - `value_rejected`: the target takes no such value; another secret is issued, once.
 * - `internal`: a fault of ours.
 * @public
 */
export interface DeliveryFailure {
  readonly kind: 'failed';
  readonly class:
    | 'transient'
    | 'throttled'
    | 'destination_auth'
    | 'target_missing'
    | 'value_rejected'
    | 'internal';
  /** What, where and what to do. Never a value, a credential, a header or a body. */
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

/**
 * What stands in a destination now. `version` is the target's own word for it (a Vault version, a
 * `resourceVersion`), so that a write can be refused when somebody was before it.
 * @public
 */
export type Reading =
  | { readonly kind: 'found'; readonly fingerprint: Digest; readonly version?: string | undefined }
  /** The target is there, and holds no value under this name yet. */
  | { readonly kind: 'absent'; readonly version?: string | undefined }
  /** It tells nobody what it holds (GitHub's secrets, a webhook that does not answer with one). */
  | { readonly kind: 'unreadable'; readonly version?: string | undefined }
  | DeliveryFailure;

/**
 * What became of a write.
 * @public
 */
export type Writing =
  | {
      readonly kind: 'written';
      readonly version?: string | undefined;
      /** What the target says it holds now, where its answer to the write said so. */
      readonly fingerprint?: Digest | undefined;
    }
  /** Somebody changed it since it was read: nothing was written. */
  | { readonly kind: 'drift'; readonly found: Digest | null }
  | DeliveryFailure;

/**
 * Which delivery a write is of. Both stay the same however often it is tried again.
 * @public
 */
export interface Delivery {
  /** Unique for a rotation and a destination: a target that heard it before does nothing. */
  readonly id: string;
  /** The secret's number within its key. */
  readonly secretNumber: number;
}

/**
 * One place that holds a key's secret. Every method may be called again at any time: what stopped
 * in between is told by `read`.
 * @public
 */
export interface Destination {
  /** Where, for people: `/srv/app/.env, variable API_KEY`. Pinned when a rotation begins. */
  readonly place: string;
  /** Whether it can be reached and written; changes nothing there. */
  preflight(): Promise<{ readonly kind: 'ready' } | DeliveryFailure>;
  /** What stands there: a fingerprint (see `digestOf`), never the value. */
  read(): Promise<Reading>;
  /** Writes, if what `read` found still stands there; compare-and-swap where the target has it. */
  write(value: Plaintext, expected: Reading, delivery: Delivery): Promise<Writing>;
  /** Whether the value arrived, as far as the target tells. Asked after every write. */
  readBack(written: Writing): Promise<Reading>;
  /** Makes the program that uses it notice: a restart, a signal. */
  reload(): Promise<{ readonly kind: 'reloaded' | 'nothing_to_do' } | DeliveryFailure>;
}

/**
 * A kind of destination. One file each; `settings` is what a person says of one, `open` makes it.
 * It reaches the outside only by what it is given, whose bounds the operator's configuration sets.
 * @public
 */
export interface DestinationKind<Settings, Outside> {
  /** As it is named in the API: `dotenv`, `vault`. */
  readonly kind: string;
  readonly settings: Form;
  /**
   * @param keyId the key whose secret it holds.
   * @throws {ConfigInvalidError} the configuration does not allow this place.
   */
  open(settings: Settings, outside: Outside, keyId: KeyId): Destination;
}
