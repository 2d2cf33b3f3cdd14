import type { IncomingMessage } from 'node:http';
import type { VerifiedKey } from '../verdict.js';
import type { Arrival } from './arrival.js';

/** A request of Express's or Fastify's, as far as a guard reads and writes it. */
export interface HostRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  apiKey?: VerifiedKey;
}

/** Express's request is Node's; Fastify's wraps it. */
export type Incoming = HostRequest & (IncomingMessage | { readonly raw: IncomingMessage });

/** Express's response and Fastify's reply have this in common. */
export interface Outgoing {
  header(name: string, value: string): unknown;
}

/** What a guard is told of it. */
export function arrivalOf(request: Incoming): Arrival {
  const { method, originalUrl: target } = request;
  const { rawHeaders: headers, socket } = 'rawHeaders' in request ? request : request.raw;
  return { headers, method, target, peer: socket.remoteAddress };
}
