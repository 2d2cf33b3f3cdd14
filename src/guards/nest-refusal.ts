import type { ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { RefusalAnswer } from '../verdict.js';
import { type Reply, refuse, refuseInFastify } from './refuse.js';

/**
 * A request that a guard refused. What `getResponse` answers is the body: as an object, if it is JSON.
 * @public
 */
export class KeyRefusedException extends HttpException {
  /** As it belongs on the wire: status, headers and body. */
  readonly answer: RefusalAnswer;

  constructor(answer: RefusalAnswer) {
    super(bodyOf(answer), answer.status);
    this.answer = answer;
  }
}

/**
 * Answers a refusal as it stands, by Express or Fastify. `RequireKey` brings it along.
 * @public
 */
export class KeyRefusedFilter implements ExceptionFilter<KeyRefusedException> {
  catch({ answer }: KeyRefusedException, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse | Reply>();
    if ('writeHead' in response) refuse(response, answer);
    else refuseInFastify(response, answer);
  }
}
Catch(KeyRefusedException)(KeyRefusedFilter);

/** An old check, whose answer is handed on, may say something else than JSON. */
function bodyOf({ body }: RefusalAnswer): string | object {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : body;
  } catch {
    return body;
  }
}
