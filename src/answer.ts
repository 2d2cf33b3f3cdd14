import type { RefusalAnswer } from './verdict.js';

/** The headers of every answer: nothing is kept by a cache, nothing is guessed by a browser. */
const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

// They have no body, and 304 would claim the length of another (RFC 9110 §8.6).
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** An answer whose body may be no text. */
interface Headed extends Omit<RefusalAnswer, 'body'> {
  readonly body: string | Uint8Array;
}

/** All headers of an answer. Its request's id is one of them: equal refusals have equal bodies. */
export function answerHeaders(
  { status, headers, body }: Headed,
  requestId: string,
): Readonly<Record<string, string>> {
  const length = BODILESS.has(status) ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return { 'request-id': requestId, ...length, ...COMMON_HEADERS, ...headers };
}
