import { answerHeaders } from '../answer.js';
import { NotFoundError } from '../errors.js';
import type { Keyturn } from '../public.js';
import { clientAddress, headerOf, requestIdOf } from '../sender.js';
import type { Accepted, RefusalAnswer, Refused, Verdict, VerifiedKey } from '../verdict.js';
import type { Arrival } from './arrival.js';
import { type GuardOptions, requireOptions, scopesFrom } from './options.js';

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
const RETIRING: HeaderFields = { 'api-key-status': 'retiring' };

/**
 * Makes the decision behind every guard: without a promise, unless the store or a hook takes its
 * time. It throws, or rejects, with what a hook threw.
 * @throws {InvalidRequestError} there is no Keyturn, or an option is unknown or wrong.
 */
export function makeGuard<R>(keyturn: Keyturn, options: GuardOptions<R>) {
  requireOptions(keyturn, options);
  const { keyspace, environment, unless, allow } = options;
  const scopesOf = scopesFrom(options.scopes);
  const judge = (request: R, arrival: Arrival): Outcome | Promise<Outcome> => {
    const { headers, method, target } = arrival;
    const address = clientAddress(arrival, keyturn.settings.trustedHops);
    const facts = { address, method, path: target, origin: headerOf(headers, 'origin') };
    const wanted = { keyspace, environment, scopes: scopesOf(request) };
    const check = () => keyturn.verify({ headers, url: target, ...facts, ...wanted });
    return after(verdictOf(check), (settled) => {
      if (settled instanceof NotFoundError) {
        return { kind: 'faulty', fault: settled, answer: refusal(UNAVAILABLE, arrival) };
      }
      if (settled.valid) return admit(settled, request, arrival);
      return { kind: 'refused', answer: refusal(settled, arrival) };
    });
  };
  const admit = ({ key, secret }: Accepted, request: R, arrival: Arrival) => {
    const headers = secret.state === 'retiring' ? RETIRING : NO_HEADERS;
    const admitted: Outcome = { kind: 'admitted', key, headers };
    if (allow === undefined) return admitted;
    return after(allow(key, request), (word): Outcome => {
      if (word === true) return admitted;
      return { kind: 'refused', answer: sendable(denial(keyturn, word, headers), arrival) };
    });
  };
  const refusal = (refused: Refused, arrival: Arrival) =>
    sendable(keyturn.refusalAnswer(refused, { keyspace }), arrival);
  const sendable = (answer: RefusalAnswer, arrival: Arrival): RefusalAnswer => {
    const requestId = requestIdOf(arrival, keyturn.settings.trustedHops);
    return { ...answer, headers: answerHeaders(answer, requestId) };
  };
  return (request: R, arrival: Arrival): Outcome | Promise<Outcome> => {
    if (unless === undefined) return judge(request, arrival);
    return after(unless(request), (is) => (is === true ? EXCUSED : judge(request, arrival)));
  };
}

/** A route may name a keyspace that is not there. No consumer is to blame, and no hook threw. */
function verdictOf(
  check: () => Verdict | Promise<Verdict>,
): Verdict | NotFoundError | Promise<Verdict | NotFoundError> {
  try {
    const verdict = check();
    return verdict instanceof Promise ? verdict.catch(notFoundIn) : verdict;
  } catch (fault) {
    return notFoundIn(fault);
  }
}

function notFoundIn(fault: unknown): NotFoundError {
  if (fault instanceof NotFoundError) return fault;
  throw fault;
}

/** The application's own refusal as a problem document (RFC 9457). */
function denial({ settings }: Keyturn, word: unknown, headers: HeaderFields): RefusalAnswer {
  const type = `${settings.problemTypes}forbidden`;
  const detail = sentenceIn(word) ?? 'The application does not admit this key.';
  const problem = { type, title: 'Not allowed', status: 403, detail, code: 'forbidden' };
  const fields = { ...headers, 'content-type': 'application/problem+json' };
  return { status: 403, headers: fields, body: JSON.stringify(problem) };
}

function sentenceIn(word: unknown): string | undefined {
  if (typeof word !== 'object' || word === null || !('refuse' in word)) return undefined;
  return typeof word.refuse === 'string' ? word.refuse : undefined;
}

/** Goes on at once where it can: a promise per request is for those that need one. */
function after<T, U>(value: T | Promise<T>, next: (value: T) => U | Promise<U>): U | Promise<U> {
  return isPending(value) ? Promise.resolve(value).then(next) : next(value);
}

function isPending<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
