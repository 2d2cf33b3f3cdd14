import type { Keyturn, Peer } from '../public.js';
import type { VerifiedKey } from '../verdict.js';
import { responseOf, withHeaders } from './fetch-answer.js';
import { type HeaderFields, makeGuard, type Outcome } from './guard.js';
import { type GuardOptions, requireKeyturn } from './options.js';
import { targetIn } from './target.js';

export type { GuardOptions, LastWord } from './options.js';
export { sharedKeyturn } from './shared-keyturn.js';

type Options = GuardOptions<Request>;
type Found = VerifiedKey | undefined;

/** What a guard found. Put `headers` on your answer, or send `response` as it is. */
export type Admission<K> =
  | { readonly admitted: true; readonly key: K; readonly headers: HeaderFields }
  | { readonly admitted: false; readonly response: Response };

/** Answers a request that came from `peer`. */
export type Handler<P extends Peer> = (request: Request, peer?: P) => Promise<Response>;

/** Guards routes. Without a peer's address, keys that are bound to addresses are refused. */
export interface Guard<K> {
  /** Decides, and leaves the answer to you. Rejects with what a hook threw. */
  (request: Request, peer?: Peer): Promise<Admission<K>>;
  /** A handler that is called for admitted requests only; what else the host knows is in `peer`. */
  guarded<P extends Peer>(
    handler: (request: Request, key: K, peer: P | undefined) => Response | Promise<Response>,
  ): Handler<P>;
}

/**
 * Guards handlers of `Request` and `Response`. With `unless` or `shadow`, the key may be undefined.
 * @throws {InvalidRequestError} there is no Keyturn, or an option is unknown or wrong.
 * @public
 */
export function requireKey(
  keyturn: Keyturn,
  options?: Options & { readonly unless?: undefined; readonly shadow?: undefined },
): Guard<VerifiedKey>;
export function requireKey(keyturn: Keyturn, options: Options): Guard<Found>;
/** @public */
export function requireKey(keyturn: Keyturn, options: Options = {}): Guard<Found> {
  const decide = makeGuard(keyturn, options);
  const guard = async (request: Request, peer?: Peer) => {
    const { headers, method } = request;
    const target = targetIn(request.url);
    return admissionOf(await decide(request, { headers, method, target, peer: peer?.address }));
  };
  const guarded: Guard<Found>['guarded'] = (handler) => async (request, peer) => {
    const admission = await guard(request, peer);
    if (!admission.admitted) return admission.response;
    const response = await handler(request, admission.key, peer);
    return withHeaders(response, admission.headers);
  };
  return Object.assign(guard, { guarded });
}

/**
 * The HTTP API, below the path that the option `basePath` says.
 * @public
 */
export function mountKeyturn(keyturn: Keyturn): Handler<Peer> {
  return requireKeyturn(keyturn).handler;
}

function admissionOf(outcome: Outcome): Admission<Found> {
  if (outcome.kind === 'refused' || outcome.kind === 'faulty') {
    return { admitted: false, response: responseOf(outcome.answer) };
  }
  return { admitted: true, key: outcome.key, headers: outcome.headers };
}
