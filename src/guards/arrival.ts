import { isIP } from 'node:net';
import type { HeaderSource } from '../public.js';

/** A request as its host knows it. */
export interface Arrival {
  readonly headers: HeaderSource;
  readonly method: string;
  /** Path and query, as they came in. */
  readonly target: string;
  /** The address of the connection's other end; undefined where the host does not tell. */
  readonly peer: string | undefined;
}

const MAX_FORWARDED_ENTRIES = 32; // No chain of proxies is longer; a longer list is forged.

/**
 * The client's address: the peer's own, or what the outermost trusted proxy saw. What stands left
 * of that in `X-Forwarded-For` is the client's own word. Undefined where it cannot be known: a key
 * that is bound to addresses is then refused.
 */
export function clientAddress(arrival: Arrival, trustedHops: number): string | undefined {
  if (arrival.peer === undefined || trustedHops === 0) return arrival.peer;
  const entries = headerOf(arrival.headers, 'x-forwarded-for')?.split(',') ?? [];
  const entry = entries[entries.length - trustedHops]; // Each appends whom it was called by.
  if (entry === undefined || entries.length > MAX_FORWARDED_ENTRIES) return undefined;
  return addressIn(entry.trim());
}

/** A header's value; several are joined as every server joins them (RFC 9110 §5.3). */
export function headerOf(source: HeaderSource, name: string): string | undefined {
  if ('get' in source) return source.get(name) ?? undefined;
  const values = source.filter((_, index) => index % 2 === 1 && isNamed(source[index - 1], name));
  return values.length === 0 ? undefined : values.join(', ');
}

function isNamed(candidate: string | undefined, name: string): boolean {
  return candidate?.length === name.length && candidate.toLowerCase() === name;
}

/** `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function addressIn(entry: string): string | undefined {
  if (isIP(entry) !== 0) return entry;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/.exec(entry);
  const address = match?.[1] ?? match?.[2] ?? '';
  return isIP(address) === 0 ? undefined : address;
}
