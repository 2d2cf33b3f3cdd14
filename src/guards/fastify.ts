import type {
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify';
import type { Keyturn } from '../public.js';
import type { VerifiedKey } from '../verdict.js';
import { makeGuard } from './guard.js';
import { answerTo } from './node-exchange.js';
import { type GuardOptions, requireKeyturn } from './options.js';
import { refuseInFastify } from './refuse.js';
import { settle } from './settle.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that `requireKey` admitted. Absent after its `unless`, and in `shadow`. */
    apiKey: VerifiedKey;
  }
}

export type { GuardOptions, LastWord } from './options.js';
export { sharedKeyturn } from './shared-keyturn.js';

/** A hook for `onRequest`, before the body is read, or for `preHandler`, after it. */
export type KeyHook = (
  request: FastifyRequest,
  reply: FastifyReply,
  done: HookHandlerDoneFunction,
) => void;

/**
 * Admits the requests that carry a valid key, and puts it on `request.apiKey`. The rest is refused
 * with a problem document (RFC 9457). A hook's fault, or a keyspace that is not there, goes to
 * Fastify's error handler.
 * @throws {InvalidRequestError} there is no Keyturn, or an option is unknown or wrong.
 * @public
 */
export function requireKey(keyturn: Keyturn, options: GuardOptions<FastifyRequest> = {}): KeyHook {
  const guard = makeGuard(keyturn, options);
  return (request, reply, done) => {
    const { raw, method, originalUrl: target } = request;
    const arrival = { headers: raw.rawHeaders, method, target, peer: raw.socket.remoteAddress };
    settle(
      () => guard(request, arrival),
      (outcome) => {
        if (outcome.kind === 'refused') return refuseInFastify(reply, outcome.answer);
        if (outcome.kind === 'admitted') request.apiKey = outcome.key;
        reply.headers(outcome.headers);
        done();
      },
      done,
    );
  };
}

/**
 * The HTTP API, for `app.register(mountKeyturn(keyturn), { prefix: '/keyturn' })`.
 * @public
 */
export function mountKeyturn(keyturn: Keyturn): FastifyPluginAsync {
  requireKeyturn(keyturn);
  return async (app) => {
    keyturn.mountedAt(app.prefix);
    // In here alone: the handler reads bodies itself, and bounds them.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, _payload, next) => next(null));
    app.all('/*', async ({ raw, originalUrl }, reply) =>
      reply.send(await answerTo(keyturn.handler, { raw, originalUrl })),
    );
  };
}
