import type { RefusalAnswer } from '../verdict.js';

// Of Django REST framework's NotAuthenticated, word for word: clients compare it.
const DETAIL = 'Authentication credentials were not provided.';
const OF_THE_REQUEST = [400, 401, 403];

/**
 * A refusal as `HasAPIKey` of djangorestframework-api-key gave it: one status and text, whatever the
 * reason. 429 and 503, which that package never said, stay what they are.
 */
export function asDrf(answer: RefusalAnswer, detail = DETAIL): RefusalAnswer {
  if (!OF_THE_REQUEST.includes(answer.status)) return answer;
  const { 'www-authenticate': _, ...rest } = answer.headers; // It asks for a 401 (RFC 9110 §11.6.1).
  const headers = { ...rest, 'content-type': 'application/json' };
  return { status: 403, headers, body: JSON.stringify({ detail }) };
}
