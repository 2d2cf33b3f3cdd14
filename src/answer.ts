import type { RefusalAnswer } from './verdict.js';

/** The headers of every answer: nothing is kept by a cache, nothing is guessed by a browser. */
export const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const;

const NO_CONTENT = 204;

/** All headers of an answer. Its request's id is one of them: equal refusals have equal bodies. */
export function answerHeaders(
  { status, headers, body }: RefusalAnswer,
  requestId: string,
): Readonly<Record<string, string>> {
  const length = status === NO_CONTENT ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return { 'request-id': requestId, ...length, ...COMMON_HEADERS, ...headers };
}
