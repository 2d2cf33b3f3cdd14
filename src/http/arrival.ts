import { headerOf, isFromTrustedHop, type Sender } from '../sender.js';
import type { HeaderSource } from '../verdict.js';

/** A request as it arrived, by either door. */
export interface Arrival extends Sender {
  readonly method: string;
  /** Below the base path, canonical. */
  readonly path: string;
  /** With its `?`; empty if there is none. */
  readonly search: string;
  /** On the answer, in the log and in the audit trail. */
  readonly requestId: string;
}

/** What a gateway says of the request it asks about. */
export interface ForwardedFacts {
  readonly method: string | undefined;
  readonly uri: string | undefined;
}

const NO_FACTS: ForwardedFacts = { method: undefined, uri: undefined };

/** Every header's value. */
export function headerValues(source: HeaderSource): readonly string[] {
  if ('get' in source) return [...source.values()];
  return source.filter((_, index) => index % 2 === 1);
}

/** A header's value if it was sent once; one that was sent twice could be read in two ways. */
export function onlyHeaderOf(source: HeaderSource, name: string): string | undefined {
  const value = headerOf(source, name);
  return value === undefined || value.includes(', ') ? undefined : value;
}

/** Method and target of the original request, from a trusted proxy only. */
export function forwardedFacts(sender: Sender, trustedHops: number): ForwardedFacts {
  if (!isFromTrustedHop(sender, trustedHops)) return NO_FACTS;
  return {
    method: onlyHeaderOf(sender.headers, 'x-forwarded-method'),
    uri: onlyHeaderOf(sender.headers, 'x-forwarded-uri'),
  };
}
