/**
 * Why a notice was not taken; the class decides what comes next (see `nextTry`).
 * - `transient`: tried again later, as is what timed out.
 * - `throttled`: tried again, not before `retryAfterMs`.
 * - `auth`: our credential, or the other side's, does not hold; tried again, as a person may mend it.
 * - `rejected`: it will never be taken as it is.
 */
export interface SendFailure {
  readonly kind: 'failed';
  readonly class: 'transient' | 'throttled' | 'auth' | 'rejected';
  /** What, where and what to do. Never an address of a webhook, a credential, a header or a body. */
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  /** Others of its addresses have it: it is not tried for days. */
  readonly isPartly?: boolean;
}

/** What became of a notice. `refusedCount`: of several addresses, so many were not taken, and why. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly refusedCount: number; readonly message?: string }
  | SendFailure;

/**
 * A way to tell people. It may be asked to send the same thing again at any time, with the same
 * idempotency key: at least once is promised, and the other side can tell a repeat by that key.
 * @public
 */
export interface Channel<Sent> {
  /** Where, for people. Never the address itself where that is a credential. */
  readonly place: string;
  /** Answers, whatever the other side does: nothing of it is thrown. */
  send(what: Sent, how: { readonly idempotencyKey: string }): Promise<SendOutcome>;
}

/** One request over the network, within bounds. It follows no redirect. */
interface NoticeRequest {
  readonly method: 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** What came back. `headers` have lower-case names. */
export type NoticeAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string | undefined>>;
      readonly body: string;
    }
  /** `refused`: an address that must not be called. */
  | {
      readonly kind: 'failed';
      readonly class: 'transient' | 'refused';
      readonly message: string;
    };

/**
 * The way to the network that a channel is given; it decides which addresses may be called.
 * @public
 */
export interface NoticeNetwork {
  request(call: NoticeRequest): Promise<NoticeAnswer>;
}
