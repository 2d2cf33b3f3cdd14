import type { Request, RequestHandler } from 'express';
import type { Keyturn } from '../public.js';
import type { VerifiedKey } from '../verdict.js';
import { makeGuard, type Outcome } from './guard.js';
import { exchange } from './node-exchange.js';
import { type GuardOptions, requireKeyturn } from './options.js';

declare global {
  // biome-ignore lint/style/noNamespace: Express's own types can be extended in no other way.
  namespace Express {
    interface Request {
      /** The key that `requireKey` admitted. Absent where its `unless` let the request through. */
      apiKey: VerifiedKey;
    }
  }
}

export type { GuardOptions, LastWord } from './options.js';

const LOST = 'Keyturn cannot see where it is mounted. Say it: createKeyturn({ basePath: "/…" }).';

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
export function requireKey(keyturn: Keyturn, options: GuardOptions<Request> = {}): RequestHandler {
  const guard = makeGuard(keyturn, options);
  return (req, res, next) => {
    const act = (outcome: Outcome): void => {
      if (outcome.kind === 'refused') {
        const { status, headers, body } = outcome.answer;
        res.writeHead(status, headers).end(body);
      } else if (outcome.kind === 'faulty') {
        next(outcome.fault);
      } else {
        if (outcome.kind === 'admitted') req.apiKey = outcome.key;
        res.set(outcome.headers);
        next();
      }
    };
    const { rawHeaders: headers, method, originalUrl: target } = req;
    const outcome = guard(req, { headers, method, target, peer: req.socket.remoteAddress });
    if (outcome instanceof Promise) outcome.then(act).catch(next);
    else act(outcome);
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
    if (isBelow) exchange(keyturn.handler, req, res).catch(next);
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
