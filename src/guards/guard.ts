import { answerHeaders } from '../answer.js';
import { NotFoundError } from '../errors.js';
import type { Keyturn } from '../public.js';
import { statusFields } from '../retiring.js';
import { clientAddress, headerOf, requestIdOf } from '../sender.js';
import type {
  Accepted,
  Denied,
  RefusalAnswer,
  Refused,
  Verdict,
  VerifiedKey,
  VerifyRequest,
} from '../verdict.js';
import { after } from './after.js';
import type { Arrival } from './arrival.js';
import { type GuardOptions, requireKeyturn, requireOptions, scopesFrom } from './options.js';
import { inShadow } from './shadow.js';

/** What a guard decided; `headers` belong on the answer, whoever makes it. */
export type Outcome =
  | { readonly kind: 'excused'; readonly key: undefined; readonly headers: HeaderFields }
  | { readonly kind: 'admitted'; readonly key: VerifiedKey; readonly headers: HeaderFields }
  | { readonly kind: 'refused'; readonly answer: RefusalAnswer }
  /** The route itself is wrong: for the host's error handling, or else the answer. */
  | { readonly kind: 'faulty'; readonly fault: NotFoundError; readonly answer: RefusalAnswer };
export type HeaderFields = Readonly<Record<string, string>>;

const NO_HEADERS: HeaderFields = {};
const EXCUSED: Outcome = { kind: 'excused', key: undefined, headers: NO_HEADERS };
const UNAVAILABLE: Refused = { valid: false, code: 'unavailable', retryAfter: 1 };

/**
 * Makes the decision behind every guard: without a promise, unless the store or a hook takes its
 * time. It throws, or rejects, with what a hook threw.
 * @throws {InvalidRequestError} there is no Keyturn, or an option is unknown or wrong.
 */
export function makeGuard<R>(keyturn: Keyturn, options: GuardOptions<R>) {
  requireKeyturn(keyturn);
  requireOptions(options);
  const { keyspace, environment, unless, allow } = options;
  const place = { keyspace, refusal: options.refusal };
  const scopesOf = scopesFrom(options.scopes);
  const requestOf = (request: R, arrival: Arrival): VerifyRequest => {
    const { headers, method, target } = arrival;
    // Written out: copying objects into one costs more than the check.
    return {
      headers,
      url: target,
      keyspace,
      environment,
      scopes: scopesOf(request),
      address: clientAddress(arrival, keyturn.settings.trustedHops),
      method,
      path: target,
      origin: headerOf(headers, 'origin'),
    };
  };
  const judge = (request: R, arrival: Arrival): Outcome | Promise<Outcome> =>
    after(verdictOf(keyturn, requestOf(request, arrival)), (settled) => {
      if (settled instanceof NotFoundError) {
        return { kind: 'faulty', fault: settled, answer: refusal(UNAVAILABLE, arrival) };
      }
      if (settled.valid) return admit(settled, request, arrival);
      return { kind: 'refused', answer: refusal(settled, arrival) };
    });
  const admit = ({ key, secret }: Accepted, request: R, arrival: Arrival) => {
    const headers = statusFields(secret);
    const admitted: Outcome = { kind: 'admitted', key, headers };
    if (allow === undefined) return admitted;
    return after(allow(key, request), (word): Outcome => {
      if (word === true) return admitted;
      const denied: Denied = { valid: false, code: 'forbidden', detail: sentenceIn(word) };
      const answer = keyturn.refusalAnswer(denied, place);
      const told = { ...answer, headers: { ...headers, ...answer.headers } };
      return { kind: 'refused', answer: sendable(told, arrival) };
    });
  };
  const refusal = (refused: Refused | Denied, arrival: Arrival) =>
    sendable(keyturn.refusalAnswer(refused, place), arrival);
  const sendable = (answer: RefusalAnswer, arrival: Arrival): RefusalAnswer => {
    const requestId = requestIdOf(arrival, keyturn.settings.trustedHops);
    return { ...answer, headers: answerHeaders(answer, requestId) };
  };
  const parts = { keyturn, options, requestOf, refusalOf: refusal, sendable };
  const decide = options.shadow === undefined ? judge : inShadow(options.shadow, parts);
  return (request: R, arrival: Arrival): Outcome | Promise<Outcome> => {
    if (unless === undefined) return decide(request, arrival);
    return after(unless(request), (is) => (is === true ? EXCUSED : decide(request, arrival)));
  };
}

/** A route may name a keyspace that is not there. No consumer is to blame, and no hook threw. */
function verdictOf(
  keyturn: Keyturn,
  asked: VerifyRequest,
): Verdict | NotFoundError | Promise<Verdict | NotFoundError> {
  try {
    const verdict = keyturn.verify(asked);
    return verdict instanceof Promise ? verdict.catch(notFoundIn) : verdict;
  } catch (fault) {
    return notFoundIn(fault);
  }
}

function notFoundIn(fault: unknown): NotFoundError {
  if (fault instanceof NotFoundError) return fault;
  throw fault;
}

function sentenceIn(word: unknown): string | undefined {
  if (typeof word !== 'object' || word === null || !('refuse' in word)) return undefined;
  return typeof word.refuse === 'string' ? word.refuse : undefined;
}
