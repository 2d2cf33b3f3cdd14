import type { VerifiedKey } from '../verdict.js';
import { responseOf, withHeaders } from './fetch-answer.js';
import { makeGuard } from './guard.js';
import {
  type AddressedGuardOptions,
  type AddressOption,
  hook,
  requireAddressOption,
  requireOptions,
} from './options.js';
import { type KeyturnSource, madeOnce } from './shared-keyturn.js';
import { targetIn } from './target.js';

export type { AddressedGuardOptions, AddressOption, GuardOptions, LastWord } from './options.js';
export { type KeyturnSource, sharedKeyturn } from './shared-keyturn.js';

/** A route handler of Next.js; `context` has the parameters of the path. */
export type RouteHandler<R, C> = (request: R, context: C) => Promise<Response>;

/** Guards route handlers. */
export interface RouteGuard<R, K> {
  /** For `export const GET = …`: the handler is called for admitted requests only. */
  guarded<S extends R, C>(
    handler: (request: S, key: K, context: C) => Response | Promise<Response>,
  ): RouteHandler<S, C>;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** A handler for each method, to be exported by a route. */
export type RouteMethods = Readonly<Record<Method, (request: Request) => Promise<Response>>>;

/**
 * Guards route handlers of the app router. With `unless` or `shadow`, the key may be undefined.
 * @throws {InvalidRequestError} an option is unknown or wrong.
 * @public
 */
export function requireKey<R extends Request = Request>(
  keyturn: KeyturnSource,
  options?: AddressedGuardOptions<R> & { readonly unless?: undefined; readonly shadow?: undefined },
): RouteGuard<R, VerifiedKey>;
export function requireKey<R extends Request = Request>(
  keyturn: KeyturnSource,
  options: AddressedGuardOptions<R>,
): RouteGuard<R, VerifiedKey | undefined>;
/** @public */
export function requireKey<R extends Request>(
  keyturn: KeyturnSource,
  options: AddressedGuardOptions<R> = {},
): RouteGuard<R, VerifiedKey | undefined> {
  requireOptions(options, { address: hook });
  const { address, ...rest } = options;
  const guard = madeOnce(keyturn, (made) => makeGuard<R>(made, rest));
  return {
    guarded: (handler) => async (request, context) => {
      // Read first: a build that renders routes stops here, before anything is made or opened.
      const { headers, method, url } = request;
      const arrival = { headers, method, target: targetIn(url), peer: address?.(request) };
      const outcome = await (await guard())(request, arrival);
      if (outcome.kind === 'refused' || outcome.kind === 'faulty')
        return responseOf(outcome.answer);
      return withHeaders(await handler(request, outcome.key, context), outcome.headers);
    },
  };
}

/**
 * The HTTP API, for `export const { GET, POST, … } = mountKeyturn(keyturn)` in a route that takes
 * all paths below it; the option `basePath` says where that is.
 * @throws {InvalidRequestError} an option is unknown or wrong.
 * @public
 */
export function mountKeyturn(
  keyturn: KeyturnSource,
  options: AddressOption<Request> = {},
): RouteMethods {
  requireAddressOption(options);
  const handlerOf = madeOnce(keyturn, ({ handler }) => handler);
  const answer = async (request: Request) =>
    (await handlerOf())(request, { address: options.address?.(request) });
  const reading = { GET: answer, HEAD: answer, OPTIONS: answer };
  return { ...reading, POST: answer, PUT: answer, PATCH: answer, DELETE: answer };
}
