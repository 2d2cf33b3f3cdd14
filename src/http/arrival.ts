import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { HeaderSource } from '../public.js';

/** A request as it arrived, by either door. */
export interface Arrival {
  readonly method: string;
  /** Below the base path, canonical. */
  readonly path: string;
  /** With its `?`; empty if there is none. */
  readonly search: string;
  readonly headers: HeaderSource;
  /** The address of the connection's other end; undefined where the host does not tell. */
  readonly peer: string | undefined;
  /** On the answer, in the log and in the audit trail. */
  readonly requestId: string;
}

/** What a gateway says of the request it asks about. */
export interface ForwardedFacts {
  readonly method: string | undefined;
  readonly uri: string | undefined;
}

const REQUEST_ID_SHAPE = /^[A-Za-z0-9-]{1,64}$/;
const MAX_FORWARDED_ENTRIES = 32; // No chain of proxies is longer; a longer list is forged.

/** A header's value; several are joined as every server joins them (RFC 9110 §5.3). */
export function headerOf(source: HeaderSource, name: string): string | undefined {
  if (!isRaw(source)) return source.get(name) ?? undefined;
  let joined: string | undefined;
  for (let index = 0; index < source.length; index += 2) {
    const candidate = source[index];
    if (candidate === undefined || candidate.length !== name.length) continue;
    if (candidate !== name && candidate.toLowerCase() !== name) continue;
    const value = source[index + 1]?.trim() ?? '';
    joined = joined === undefined ? value : `${joined}, ${value}`;
  }
  return joined;
}

/** Every header's value. */
export function headerValues(source: HeaderSource): readonly string[] {
  if (!isRaw(source)) return [...source.values()];
  return source.filter((_, index) => index % 2 === 1).map((value) => value.trim());
}

/** A header's value if it was sent once; one that was sent twice could be read in two ways. */
export function onlyHeaderOf(source: HeaderSource, name: string): string | undefined {
  const value = headerOf(source, name);
  return value === undefined || value.includes(', ') ? undefined : value;
}

/**
 * The client's address: the peer's own, or what the outermost trusted proxy saw. Undefined where
 * it cannot be known: a key that is bound to addresses is then refused.
 */
export function clientAddress(arrival: Arrival, trustedHops: number): string | undefined {
  if (arrival.peer === undefined || trustedHops === 0) return arrival.peer;
  const entries = headerOf(arrival.headers, 'x-forwarded-for')?.split(',') ?? [];
  // Each trusted proxy has appended the address it was called from.
  const entry = entries[entries.length - trustedHops];
  if (entry === undefined || entries.length > MAX_FORWARDED_ENTRIES) return undefined;
  return addressIn(entry.trim());
}

/** Method and target of the original request, from a trusted proxy only. */
export function forwardedFacts(arrival: Arrival, trustedHops: number): ForwardedFacts {
  if (!isFromTrustedHop(arrival, trustedHops)) return { method: undefined, uri: undefined };
  return {
    method: onlyHeaderOf(arrival.headers, 'x-forwarded-method'),
    uri: onlyHeaderOf(arrival.headers, 'x-forwarded-uri'),
  };
}

/** A trusted proxy's id for the request, if it is one; else a new one. */
export function requestIdOf(
  arrival: Pick<Arrival, 'headers' | 'peer'>,
  trustedHops: number,
): string {
  if (!isFromTrustedHop(arrival, trustedHops)) return randomUUID();
  const id =
    headerOf(arrival.headers, 'request-id') ?? headerOf(arrival.headers, 'x-request-id') ?? '';
  return REQUEST_ID_SHAPE.test(id) ? id : randomUUID();
}

function isFromTrustedHop(arrival: Pick<Arrival, 'peer'>, trustedHops: number): boolean {
  return trustedHops > 0 && arrival.peer !== undefined;
}

/** `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function addressIn(entry: string): string | undefined {
  if (isIP(entry) !== 0) return entry;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/.exec(entry);
  const address = match?.[1] ?? match?.[2] ?? '';
  return isIP(address) === 0 ? undefined : address;
}

function isRaw(source: HeaderSource): source is readonly string[] {
  return Array.isArray(source);
}
