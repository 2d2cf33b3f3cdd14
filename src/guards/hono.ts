import type { Context, Handler, MiddlewareHandler } from 'hono';
import type { Keyturn } from '../public.js';
import type { RefusalAnswer, VerifiedKey } from '../verdict.js';
import { makeGuard } from './guard.js';
import {
  type AddressedGuardOptions,
  type AddressOption,
  hook,
  requireAddressOption,
  requireKeyturn,
  requireOptions,
} from './options.js';
import { targetIn } from './target.js';

export type { AddressedGuardOptions, AddressOption, GuardOptions, LastWord } from './options.js';
export { sharedKeyturn } from './shared-keyturn.js';

/** What a guard adds to the context: `c.get('apiKey')` and `c.var.apiKey`. */
export interface KeyEnv<K = VerifiedKey> {
  Variables: { apiKey: K };
}

/**
 * Admits the requests that carry a valid key, and puts it on the context. The rest is refused with
 * a problem document (RFC 9457). A hook's fault, or a keyspace that is not there, goes to
 * `app.onError`. With `unless` or `shadow`, the key may be undefined.
 * @throws {InvalidRequestError} there is no Keyturn, or an option is unknown or wrong.
 * @public
 */
export function requireKey(
  keyturn: Keyturn,
  options?: AddressedGuardOptions<Context> & {
    readonly unless?: undefined;
    readonly shadow?: undefined;
  },
): MiddlewareHandler<KeyEnv>;
export function requireKey(
  keyturn: Keyturn,
  options: AddressedGuardOptions<Context>,
): MiddlewareHandler<KeyEnv<VerifiedKey | undefined>>;
/** @public */
export function requireKey(
  keyturn: Keyturn,
  options: AddressedGuardOptions<Context> = {},
): MiddlewareHandler {
  requireKeyturn(keyturn);
  requireOptions(options, { address: hook });
  const { address, ...rest } = options;
  const decide = makeGuard<Context>(keyturn, rest);
  return async (c, next) => {
    const { headers, method, url } = c.req.raw;
    const arrival = { headers, method, target: targetIn(url), peer: address?.(c) };
    const outcome = await decide(c, arrival);
    if (outcome.kind === 'refused') return refusalFrom(c, outcome.answer);
    if (outcome.kind === 'faulty') throw outcome.fault;
    if (outcome.kind === 'admitted') c.set('apiKey', outcome.key);
    await next();
    for (const [name, value] of Object.entries(outcome.headers)) c.header(name, value);
    return undefined;
  };
}

/**
 * The HTTP API, for `app.all('/keyturn/*', mountKeyturn(keyturn))`; the option `basePath` says the
 * path.
 * @throws {InvalidRequestError} there is no Keyturn, or an option is unknown or wrong.
 * @public
 */
export function mountKeyturn(keyturn: Keyturn, options: AddressOption<Context> = {}): Handler {
  const { handler } = requireKeyturn(keyturn);
  requireAddressOption(options);
  const { address } = options;
  return (c) => handler(c.req.raw, { address: address?.(c) });
}

/** By the context, so that it has the headers that other middleware has set. */
function refusalFrom(c: Context, { body, ...init }: RefusalAnswer): Response {
  return c.newResponse(body, new Response(null, init));
}
