import { randomFillSync } from 'node:crypto';
import { isIP } from 'node:net';
import type { HeaderSource } from './verdict.js';

/** What tells where a request came from, as its host knows it. */
export interface Sender {
  readonly headers: HeaderSource;
  /** The address of the connection's other end; undefined where the host does not tell. */
  readonly peer: string | undefined;
}

const ID_BYTES = 16; // As many random bits as a trace id has (W3C Trace Context §3.2.2.3).
const RANDOM = Buffer.alloc(256 * ID_BYTES);
const REQUEST_ID_SHAPE = /^[A-Za-z0-9-]{1,64}$/;
const MAX_FORWARDED_ENTRIES = 32; // No chain of proxies is longer; a longer list is forged.

/**
 * The client's address: the peer's own, or what the outermost trusted proxy saw. What stands left
 * of that in `X-Forwarded-For` is the client's own word. Undefined where it cannot be known: a key
 * that is bound to addresses is then refused.
 */
export function clientAddress(sender: Sender, trustedHops: number): string | undefined {
  if (sender.peer === undefined || trustedHops === 0) return sender.peer;
  const entries = headerOf(sender.headers, 'x-forwarded-for')?.split(',') ?? [];
  const entry = entries[entries.length - trustedHops]; // Each appends whom it was called by.
  if (entry === undefined || entries.length > MAX_FORWARDED_ENTRIES) return undefined;
  return addressIn(entry.trim());
}

/** A trusted proxy's id for the request, if it is one; else a new one. */
export function requestIdOf(sender: Sender, trustedHops: number): string {
  if (!isFromTrustedHop(sender, trustedHops)) return newRequestId();
  const { headers } = sender;
  const id = headerOf(headers, 'request-id') ?? headerOf(headers, 'x-request-id') ?? '';
  return REQUEST_ID_SHAPE.test(id) ? id : newRequestId();
}

let nextAt = RANDOM.length;

/** 32 hexadecimal digits, nowhere else the same. Every answer has one, so it has to cost little. */
export function newRequestId(): string {
  if (nextAt >= RANDOM.length) {
    randomFillSync(RANDOM);
    nextAt = 0;
  }
  const at = nextAt;
  nextAt += ID_BYTES;
  return RANDOM.toString('hex', at, nextAt);
}

/** Whether a proxy of ours handed the request on, so that its word counts. */
export function isFromTrustedHop({ peer }: Sender, trustedHops: number): boolean {
  return trustedHops > 0 && peer !== undefined;
}

/** A header's value; several are joined as every server joins them (RFC 9110 §5.3). */
export function headerOf(source: HeaderSource, name: string): string | undefined {
  if ('get' in source) return source.get(name) ?? undefined;
  let joined: string | undefined;
  for (let index = 0; index < source.length; index += 2) {
    if (!isNamed(source[index] ?? '', name)) continue;
    const value = source[index + 1] ?? '';
    joined = joined === undefined ? value : `${joined}, ${value}`;
  }
  return joined;
}

/** Whether a header has this name, which is in lower case (RFC 9110 §5.1). */
export function isNamed(header: string, name: string): boolean {
  return header.length === name.length && (header === name || header.toLowerCase() === name);
}

/** `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function addressIn(entry: string): string | undefined {
  if (isIP(entry) !== 0) return entry;
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/.exec(entry);
  const address = match?.[1] ?? match?.[2] ?? '';
  return isIP(address) === 0 ? undefined : address;
}
