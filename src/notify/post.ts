import { parseHttpDate } from '../keys/http-date.js';
import type { NoticeAnswer, NoticeNetwork, SendFailure, SendOutcome } from './channel.js';

/** What is posted, and to whom, for people. */
export interface Post {
  readonly place: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const TIMEOUT_MS = 10_000;
/** Nothing of an answer's body is read but whether it ends; chat answers a word. */
const MAX_ANSWER_BYTES = 16 * 1_024;
/** Whoever asks for longer is asked again after a day. */
const MAX_RETRY_AFTER_MS = 86_400_000;

/**
 * Posts JSON, and says what the answer means for a notice (RFC 9110 §15). What the other side
 * writes is not repeated: it may hold the request.
 */
export async function post(
  { network, nowMs }: { readonly network: NoticeNetwork; readonly nowMs: () => number },
  { place, url, headers = {}, body }: Post,
): Promise<SendOutcome> {
  const answer = await network.request({
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
    body,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  return outcomeOf(answer, place, nowMs);
}

function outcomeOf(answer: NoticeAnswer, place: string, nowMs: () => number): SendOutcome {
  if (answer.kind === 'failed') {
    const message = `${place} could not be reached: ${answer.message}`;
    return {
      kind: 'failed',
      class: answer.class === 'refused' ? 'rejected' : 'transient',
      message,
    };
  }
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { kind: 'sent', refusedCount: 0 };
  const retryAfterMs = retryAfterIn(headers['retry-after'], nowMs());
  return {
    kind: 'failed',
    ...classOf(status),
    message: `${place} answered ${status}. ${fixFor(status)}`.trim(),
    retryAfterMs,
  };
}

function classOf(status: number): Pick<SendFailure, 'class'> {
  if (status === 429) return { class: 'throttled' };
  if (status === 401 || status === 403 || status === 407) return { class: 'auth' };
  return { class: isPassing(status) ? 'transient' : 'rejected' };
}

function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425;
}

/** Empty: it may pass by itself. */
function fixFor(status: number): string {
  if (status === 429 || isPassing(status)) return '';
  if (status === 401 || status === 403) return 'Set its address or secret anew.';
  if (status === 404 || status === 410) return 'It is there no more: set the address anew.';
  if (status >= 300 && status < 400) return 'Redirects are not followed: set the final address.';
  return 'It takes no such notice.';
}

/** RFC 9110 §10.2.3: seconds, or a date. Undefined where there is none that can be read. */
function retryAfterIn(field: string | undefined, nowMs: number): number | undefined {
  if (field === undefined) return undefined;
  const seconds = /^\d{1,9}(?:\.\d{1,3})?$/.test(field) ? Number(field) : undefined;
  const untilMs = seconds === undefined ? parseHttpDate(field) : nowMs + seconds * 1_000;
  if (untilMs === undefined) return undefined;
  return Math.min(Math.max(Math.ceil(untilMs - nowMs), 0), MAX_RETRY_AFTER_MS);
}
