import type { ServerResponse } from 'node:http';
import type { RefusalAnswer } from '../verdict.js';

/** Fastify's reply, as far as it is needed here. */
export interface Reply {
  code(status: number): Reply;
  headers(fields: Readonly<Record<string, string>>): Reply;
  send(body: Uint8Array): unknown;
}

/** Answers by Node's response, which Express extends. */
export function refuse(response: ServerResponse, { status, headers, body }: RefusalAnswer): void {
  response.writeHead(status, headers).end(body);
}

/** Answers by Fastify's reply. In bytes: to the type of a text of JSON it would add a charset. */
export function refuseInFastify(reply: Reply, { status, headers, body }: RefusalAnswer): void {
  reply.code(status).headers(headers).send(Buffer.from(body));
}
