import { isObject } from '../form.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { Network, NetworkAnswer, NetworkFailure } from '../outside/network.js';
import type { Connections, Credential } from './connection.js';
import type { DeliveryFailure } from './destination.js';
import { bounded, waitMsOf } from './retry-after.js';

const TIMEOUT_MS = 6_000; // Four requests in a row have to fit in a rotation's lease.
const MAX_ANSWER_BYTES = 4 * 1_048_576; // A Kubernetes Secret holds 1 MiB, in base64.
const DEFAULT_RETRY_MS = 60_000; // Of who throttles, and does not say for how long.

/**
 * What a destination over the network reaches the outside by.
 */
export interface NetworkOutside {
  readonly network: Network;
  readonly connections: Connections;
  readonly clock: { nowMs(): number };
  /** Of one request. Absent: 6 s. */
  readonly timeoutMs?: number | undefined;
}

/** A service that is called under one credential, at one place. */
export interface Service {
  readonly outside: NetworkOutside;
  readonly connection: { readonly name: string; readonly url: string; readonly ca?: string };
  readonly credential: Credential;
  /** The headers of a request that hold the credential, or are made with it. */
  readonly headersFor: (credential: Plaintext, body: string) => Readonly<Record<string, string>>;
}

/** One request of it. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** After the connection's URL, or empty; its parts are percent-encoded already. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** An answer that the kind itself has to judge. `body` may hold secrets. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Sends a request, and tells what no kind reads otherwise: lost, refused, throttled, down. */
export async function call(service: Service, asked: Call): Promise<Answered | DeliveryFailure> {
  const { outside, connection } = service;
  const credential = await outside.connections.read(service.credential, connection.name);
  if ('kind' in credential) return credential;
  const ca = await authorityOf(service);
  if (typeof ca === 'object') return ca;
  const body = asked.body === undefined ? '' : JSON.stringify(asked.body);
  const { contentType = 'application/json' } = asked;
  const answer = await outside.network.request({
    method: asked.method,
    url: asked.path === '' ? connection.url : connection.url.replace(/\/+$/, '') + asked.path,
    headers: {
      accept: 'application/json',
      'user-agent': 'keyturn',
      ...(body === '' ? {} : { 'content-type': contentType }),
      ...service.headersFor(credential, body),
    },
    body: body === '' ? undefined : body,
    timeoutMs: outside.timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
    ca,
  });
  return judged(answer, connection.name, outside.clock.nowMs());
}

async function authorityOf(service: Service): Promise<string | undefined | DeliveryFailure> {
  const { name, ca } = service.connection;
  if (ca === undefined) return undefined;
  const found = await service.outside.connections.file(ca);
  if (found !== undefined) return found;
  return failed('destination_auth', `Connection "${name}": its "ca" ${ca} cannot be read.`);
}

function judged(answer: NetworkAnswer, name: string, nowMs: number): Answered | DeliveryFailure {
  if (answer.kind === 'failed') return lost(answer, name);
  const { status, headers } = answer;
  const waitMs = waitMsOf(headers['retry-after'], nowMs);
  if (status === 429) return throttledFor(name, waitMs);
  if (status === 408 || status >= 500) return unwell(name, status, waitMs);
  if (status >= 300 && status < 400) {
    const advice = 'which is not followed. Name the last address as its "url".';
    return failed('target_missing', `Connection "${name}" answers with a redirect, ${advice}`);
  }
  if (status === 401) {
    return failed('destination_auth', `Connection "${name}" refuses its credential (401).`);
  }
  return { kind: 'answered', status, headers, body: parsed(answer.body) };
}

/** What a failure of the network means for a delivery. */
export function lost({ class: why, message }: NetworkFailure, name: string): DeliveryFailure {
  const said = `Connection "${name}": ${message}`;
  switch (why) {
    case 'timeout':
      return failed('transient', `${said} What was sent may have been done.`);
    case 'unreachable':
      return failed('transient', said);
    case 'tls':
      return failed('destination_auth', said);
    case 'refused_address':
    case 'too_large':
      return failed('target_missing', said);
  }
}

/** `waitMs`: undefined where it does not say for how long. */
export function throttledFor(name: string, waitMs = DEFAULT_RETRY_MS): DeliveryFailure {
  const retryAfterMs = bounded(waitMs);
  const message = `Connection "${name}" asks for a pause of ${Math.ceil(retryAfterMs / 1_000)} s.`;
  return { kind: 'failed', class: 'throttled', message, retryAfterMs };
}

function unwell(name: string, status: number, waitMs: number | undefined): DeliveryFailure {
  const failure = failed('transient', `Connection "${name}" is not well (${status}).`);
  return waitMs === undefined ? failure : { ...failure, retryAfterMs: waitMs };
}

export function failed(why: DeliveryFailure['class'], message: string): DeliveryFailure {
  return { kind: 'failed', class: why, message };
}

/** A status that the service's documentation does not have at this place. */
export function unexpected(name: string, { status }: Answered): DeliveryFailure {
  if (status === 403) return forbidden(name, 'this');
  const advice = 'Is its "url" right, and is it the service that it should be?';
  return failed('target_missing', `Connection "${name}" answered ${status}. ${advice}`);
}

export function forbidden(name: string, what: string): DeliveryFailure {
  const advice = 'Give it the rights that its page in the documentation lists.';
  return failed(
    'destination_auth',
    `The credential of connection "${name}" has no right to ${what} (403). ${advice}`,
  );
}

/** What stands at a place within a JSON value. */
export function at(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    const has = isObject(found) && Object.hasOwn(found, name);
    found = has && isObject(found) ? Reflect.get(found, name) : undefined;
  }
  return found;
}

export function textAt(value: unknown, ...names: readonly string[]): string | undefined {
  const found = at(value, ...names);
  return typeof found === 'string' ? found : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
