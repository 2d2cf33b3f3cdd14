import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import type { Keyturn } from '../public.js';
import type { VerifiedKey } from '../verdict.js';
import { makeGuard } from './guard.js';
import { exchange } from './node-exchange.js';
import { type GuardOptions, requireKeyturn } from './options.js';
import { refuse } from './refuse.js';
import { settle } from './settle.js';

declare global {
  // biome-ignore lint/style/noNamespace: Express's own types can be extended in no other way.
  namespace Express {
    interface Request {
      /** The key that `requireKey` admitted. Absent after its `unless`, and in `shadow`. */
      apiKey: VerifiedKey;
    }
  }
}

export type { GuardOptions, LastWord } from './options.js';
export { sharedKeyturn } from './shared-keyturn.js';

const LOST = 'Keyturn cannot see where it is mounted. Say it: createKeyturn({ basePath: "/…" }).';

/**
 * A middleware that says nothing of a route's own types: with it, `req.params` of "/t/:id" stays
 * what Express makes of the path.
 */
export type KeyMiddleware = (
  req: IncomingMessage & Express.Request & Pick<Request, 'originalUrl' | 'rawHeaders'>,
  res: ServerResponse,
  next: (fault?: unknown) => void,
) => void;

/** What Express leaves on a sub-application when it mounts one. */
interface Mounted {
  readonly mountpath?: unknown;
  readonly parent?: { readonly path: () => string };
}

/**
 * Admits the requests that carry a valid key, and puts it on `req.apiKey`. The rest is refused with
 * a problem document (RFC 9457). A hook's fault, or a keyspace that is not there, goes to Express.
 * @throws {InvalidRequestError} there is no Keyturn, or an option is unknown or wrong.
 * @public
 */
export function requireKey(keyturn: Keyturn, options: GuardOptions<Request> = {}): KeyMiddleware {
  const guard = makeGuard(keyturn, options);
  return (req, res, next) => {
    const { rawHeaders: headers, method = 'GET', originalUrl: target } = req;
    const arrival = { headers, method, target, peer: req.socket.remoteAddress };
    settle(
      // biome-ignore lint/nursery/noUnsafeTypeAssertion: Express calls it with nothing else; typed so, it would widen the route's own types.
      () => guard(req as Request, arrival),
      (outcome) => {
        if (outcome.kind === 'refused') return refuse(res, outcome.answer);
        if (outcome.kind === 'admitted') req.apiKey = outcome.key;
        for (const [name, value] of Object.entries(outcome.headers)) res.setHeader(name, value);
        next();
      },
      next,
    );
  };
}

/**
 * The HTTP API, for `app.use('/keyturn', mountKeyturn(keyturn))`. In an `express.Router` Keyturn
 * cannot see where it is: there, the option `basePath` has to say it.
 * @public
 */
export function mountKeyturn(keyturn: Keyturn): RequestHandler {
  requireKeyturn(keyturn);
  const handle: RequestHandler = (req, res, next) => {
    tell();
    const { basePath } = keyturn.settings;
    if (basePath === '' && req.baseUrl !== '') throw new Error(LOST);
    // Exactly below: a path in another case, or with two slashes, is none of ours.
    const isBelow = `${req.originalUrl}/`.startsWith(`${basePath}/`);
    const request = { raw: req, originalUrl: req.originalUrl, body: req.body };
    if (isBelow) exchange(keyturn.handler, request, res).catch(next);
    else next();
  };
  // Express tells a sub-application where it is mounted: the host says it, and no request.
  const tell = (): void => {
    const { mountpath, parent } = mount;
    if (typeof mountpath !== 'string') return;
    keyturn.mountedAt(`${parent?.path() ?? ''}${mountpath}`.replace(/\/+$/, ''));
  };
  const mount: RequestHandler & Mounted = Object.assign(handle, { handle, set() {}, emit: tell });
  return mount;
}
