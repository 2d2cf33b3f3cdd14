import { type CanActivate, type ExecutionContext, Inject, mixin, type Type } from '@nestjs/common';
import type { Keyturn } from '../public.js';
import { makeGuard } from './guard.js';
import { arrivalOf, type HostRequest, type Incoming, type Outgoing } from './nest-arrival.js';
import { KEYTURN } from './nest-module.js';
import { admits } from './nest-other-guard.js';
import { KeyRefusedException } from './nest-refusal.js';
import { type GuardOptions, hook, requireOptions } from './options.js';

/** What a route asks of a request; `R` is the kind of request that the platform has. */
export interface KeyGuardOptions<R = HostRequest> extends GuardOptions<R> {
  /**
   * Another guard, e.g. for a signed-in user: where it admits, no key is asked for. It has to be a
   * provider of the same module.
   */
  readonly or?: Type<CanActivate> | undefined;
}

const NOT_HTTP =
  'A key guard reads HTTP requests, and this is none. Guard the handler in another way.';

/**
 * A guard, for `@UseGuards(KeyGuard({ scopes: ['reports:read'] }))`. It throws a
 * `KeyRefusedException`; `RequireKey` has it answered as it stands.
 * @throws {InvalidRequestError} an option is unknown or wrong.
 * @public
 */
export function KeyGuard<R = HostRequest>(options: KeyGuardOptions<R> = {}): Type<CanActivate> {
  requireOptions(options, { or: hook });
  const { or, ...rest } = options;
  class Guard implements CanActivate {
    readonly #decide: ReturnType<typeof makeGuard<R>>;
    readonly #other: CanActivate | undefined;

    constructor(keyturn: Keyturn, other?: CanActivate) {
      this.#decide = makeGuard(keyturn, rest);
      this.#other = other;
    }

    async canActivate(context: ExecutionContext): Promise<boolean> {
      if (context.getType() !== 'http') throw new Error(NOT_HTTP);
      const isExcused = this.#other !== undefined && (await admits(this.#other, context));
      return isExcused || this.#judge(context.switchToHttp());
    }

    async #judge(http: ReturnType<ExecutionContext['switchToHttp']>): Promise<boolean> {
      const request = http.getRequest<Incoming>();
      const outcome = await this.#decide(http.getRequest<R>(), arrivalOf(request));
      if (outcome.kind === 'refused') throw new KeyRefusedException(outcome.answer);
      if (outcome.kind === 'faulty') throw outcome.fault;
      if (outcome.kind === 'admitted') request.apiKey = outcome.key;
      const response = http.getResponse<Outgoing>();
      for (const [name, value] of Object.entries(outcome.headers)) response.header(name, value);
      return true;
    }
  }
  Inject(KEYTURN)(Guard, undefined, 0);
  if (or !== undefined) Inject(or)(Guard, undefined, 1);
  return mixin(Guard);
}
