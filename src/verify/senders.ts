import { headerOf } from '../sender.js';
import type { CheckOptions, HeaderSource } from '../verdict.js';

const MAX_KNOWN = 10_000; // Senders that are remembered; who was forgotten is made anew.
const MAX_TEXT = 256; // Of what a sender says of itself; browsers need half of it.

/** What a request tells of its sender, each text cut to a length. */
export interface KnownSender {
  readonly address: string | undefined;
  readonly userAgent: string | undefined;
  readonly clientId: string | undefined;
}

/** A check, as far as it tells of its sender. */
export type Asked = CheckOptions & { readonly headers?: HeaderSource | undefined };

/** Remembers senders: one object for each, however many keys it uses. */
export class Senders {
  readonly #known = new Map<string, KnownSender>();

  /** Who sends this. */
  of(request: Asked): KnownSender {
    const facts = factsOf(request);
    if (isNobody(facts)) return NOBODY;
    const address = shortened(facts.address);
    const userAgent = shortened(facts.userAgent);
    const clientId = shortened(facts.clientId);
    const text = `${address}\n${userAgent}\n${clientId}`;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const sender = { address, userAgent, clientId };
    this.#known.set(text, sender);
    return sender;
  }
}

/** Nothing was told. */
const NOBODY: KnownSender = { address: undefined, userAgent: undefined, clientId: undefined };

function isNobody({ address, userAgent, clientId }: KnownSender): boolean {
  return address === undefined && userAgent === undefined && clientId === undefined;
}

/** Whether the same sender asks. Part of every check: it allocates nothing. */
export function isFrom(sender: KnownSender, request: Asked): boolean {
  const { headers } = request;
  if (sender.address !== request.address) return false;
  if (headers === undefined) {
    return sender.userAgent === request.userAgent && sender.clientId === request.clientId;
  }
  return (
    sender.userAgent === headerOf(headers, 'user-agent') &&
    sender.clientId === headerOf(headers, 'x-client-id')
  );
}

/**
 * What a request tells of its sender, read off its headers where those are given.
 * @public
 */
export function factsOf(request: Asked): KnownSender {
  const { address, headers } = request;
  if (headers === undefined) {
    return { address, userAgent: request.userAgent, clientId: request.clientId };
  }
  return {
    address,
    userAgent: headerOf(headers, 'user-agent'),
    clientId: headerOf(headers, 'x-client-id'),
  };
}

/** Copied: a part of a text would keep all of it in memory. */
function shortened(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= MAX_TEXT) return text;
  return Buffer.from(text.slice(0, MAX_TEXT)).toString();
}
