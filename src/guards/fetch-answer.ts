import type { RefusalAnswer } from '../verdict.js';
import type { HeaderFields } from './guard.js';

/** A refusal as a host of fetch sends it. */
export function responseOf({ body, ...init }: RefusalAnswer): Response {
  return new Response(body, init);
}

/** A copy, because the headers of an answer that came from elsewhere cannot be changed. */
export function withHeaders(response: Response, fields: HeaderFields): Response {
  const all = Object.entries(fields);
  if (all.length === 0) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of all) copy.headers.set(name, value);
  return copy;
}
