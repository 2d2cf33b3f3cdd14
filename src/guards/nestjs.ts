import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  type INestApplication,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { Keyturn } from '../public.js';
import { mountKeyturn as mountInExpress } from './express.js';
import { mountKeyturn as mountInFastify } from './fastify.js';
import type { HostRequest } from './nest-arrival.js';
import { KeyGuard, type KeyGuardOptions } from './nest-guard.js';
import { KEYTURN } from './nest-module.js';
import { KeyRefusedFilter } from './nest-refusal.js';

export type { HostRequest } from './nest-arrival.js';
export { KeyGuard, type KeyGuardOptions } from './nest-guard.js';
export { KEYTURN, KeyturnModule, type KeyturnModuleOptions } from './nest-module.js';
export { KeyRefusedException, KeyRefusedFilter } from './nest-refusal.js';
export type { GuardOptions, LastWord } from './options.js';
export { sharedKeyturn } from './shared-keyturn.js';

/**
 * Admits the requests that carry a valid key, of a controller or of one of its handlers. The rest is
 * refused with a problem document (RFC 9457). A hook's fault, or a keyspace that is not there, goes
 * to Nest's exception filters.
 * @throws {InvalidRequestError} an option is unknown or wrong.
 * @public
 */
export function RequireKey<R = HostRequest>(
  options: KeyGuardOptions<R> = {},
): ClassDecorator & MethodDecorator {
  return applyDecorators(UseGuards(KeyGuard(options)), UseFilters(KeyRefusedFilter));
}

/**
 * The key that was admitted, as a parameter of a handler: `read(@ApiKey() key: VerifiedKey)`.
 * Undefined where the request was let through without one.
 * @public
 */
export function ApiKey(): ParameterDecorator {
  return keyOfRequest();
}

const keyOfRequest = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    context.switchToHttp().getRequest<HostRequest>().apiKey,
);

/**
 * Mounts the HTTP API, before the application listens: `mountKeyturn(app, '/keyturn')`.
 * @public
 */
export function mountKeyturn(app: INestApplication, path: string): void {
  const keyturn: Keyturn = app.get(KEYTURN);
  const adapter = app.getHttpAdapter();
  if (adapter.getType() !== 'fastify') adapter.use(path, mountInExpress(keyturn));
  else adapter.getInstance().register(mountInFastify(keyturn), { prefix: path });
}
