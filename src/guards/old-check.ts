import type { WhyUnasked } from '../comparison.js';
import { network } from '../ports.js';
import { clientAddress, headerOf } from '../sender.js';
import type { HeaderSource, RefusalAnswer } from '../verdict.js';
import type { Arrival } from './arrival.js';
import type { OldEndpoint, OldWord, Shadow } from './shadow-options.js';

/** What an old check said; `unasked`: nobody knows. */
export type OldSaid =
  | { readonly kind: 'admitted' }
  /** With its own answer, or a sentence, or neither. */
  | { readonly kind: 'refused'; readonly answer?: RefusalAnswer; readonly detail?: string }
  | { readonly kind: 'unasked'; readonly why: WhyUnasked };

const DEFAULT_TIMEOUT_MS = 5_000;
/** Of the connection, of a body that is not sent, of an answer that is kept; and the client's own word. */
const NOT_SENT = new Set([
  ...[
    'connection',
    'keep-alive',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'host',
    'expect',
  ],
  ...['proxy-authorization', 'proxy-connection', 'http2-settings', 'accept-encoding', 'range'],
  ...['content-length', 'content-type', 'content-encoding', 'content-language', 'content-location'],
  ...['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'],
  ...['forwarded', 'x-real-ip'],
]);
const CLAIMED = /^x-forwarded-/; // Where it came from, as the client says.
const MAX_BODY_BYTES = 65_536; // Of a refusal that is handed on.
const REFUSALS = [401, 403];
const HANDED_ON = ['content-type', 'www-authenticate'];
const ADMITTED: OldSaid = { kind: 'admitted' };
const REFUSED: OldSaid = { kind: 'refused' };
const NO_VERDICT: OldSaid = { kind: 'unasked', why: 'no_verdict' };

/** What it is told of a request. */
interface Asked<R> {
  readonly request: R;
  readonly arrival: Arrival;
  readonly trustedHops: number;
}

/**
 * Asks the old check, within its time. Without a promise where it answers without one; it never
 * throws and never rejects.
 */
export function oldCheckOf<R>({ ask, timeoutMs = DEFAULT_TIMEOUT_MS }: Shadow<R>) {
  const begin = typeof ask === 'function' ? functionOf(ask) : endpointOf<R>(ask);
  const why = typeof ask === 'function' ? 'threw' : 'away';
  return (asked: Asked<R>): OldSaid | Promise<OldSaid> => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const word = begin(asked, signal);
      if (!isPending(word)) return saidBy(word);
      return within(signal, Promise.resolve(word).then(saidBy)).catch(
        (): OldSaid => ({ kind: 'unasked', why: signal.aborted ? 'late' : why }),
      );
    } catch {
      return { kind: 'unasked', why };
    }
  };
}

type Begin<R> = (asked: Asked<R>, signal: AbortSignal) => OldWord | Promise<OldWord>;

function functionOf<R>(ask: Extract<Shadow<R>['ask'], (...told: never) => unknown>): Begin<R> {
  return ({ request }, signal) => ask(request, signal);
}

function endpointOf<R>(endpoint: OldEndpoint): Begin<R> {
  const { url, method = 'GET', headers } = endpoint;
  return (asked, signal) => {
    const init = {
      method,
      headers: headersFor(headers, asked),
      redirect: 'manual',
      signal,
    } as const;
    return network.fetch(url, init);
  };
}

function headersFor<R>(
  names: readonly string[] | undefined,
  { arrival, trustedHops }: Asked<R>,
): Headers {
  const sent = new Headers();
  for (const name of names ?? namesToSend(arrival.headers)) {
    const value = headerOf(arrival.headers, name.toLowerCase());
    if (value !== undefined) sent.set(name, value);
  }
  sent.set('x-forwarded-method', arrival.method);
  sent.set('x-forwarded-uri', arrival.target);
  const address = clientAddress(arrival, trustedHops);
  if (address !== undefined) sent.set('x-forwarded-for', address);
  return sent;
}

/** All that may matter to a check: whoever asks for a cookie or a header of its own finds it. */
function namesToSend(source: HeaderSource): readonly string[] {
  const all = 'get' in source ? [...source.keys()] : source.filter((_, index) => index % 2 === 0);
  const names = new Set(all.map((name) => name.toLowerCase()));
  return [...names].filter((name) => !NOT_SENT.has(name) && !CLAIMED.test(name));
}

function saidBy(word: OldWord): OldSaid | Promise<OldSaid> {
  if (word === true) return ADMITTED;
  if (word === false) return REFUSED;
  if (word instanceof Response) return saidByResponse(word);
  const isSentence = typeof word === 'object' && word !== null && typeof word.refuse === 'string';
  return isSentence ? { kind: 'refused', detail: word.refuse } : NO_VERDICT;
}

async function saidByResponse(response: Response): Promise<OldSaid> {
  const { status, ok, headers } = response;
  if (ok || !REFUSALS.includes(status)) {
    await response.body?.cancel();
    return ok ? ADMITTED : NO_VERDICT;
  }
  const fields = HANDED_ON.flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  const body = await textWithin(response, MAX_BODY_BYTES);
  if (body === undefined) return REFUSED;
  return { kind: 'refused', answer: { status, headers: Object.fromEntries(fields), body } };
}

/** Undefined: there is more of it than is handed on. */
async function textWithin(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined; // Leaving the loop cancels the rest.
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Rejects when the time is over, whether or not the other end stops. */
function within<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    answer.then(resolve, reject);
  });
}

function isPending(word: OldWord | Promise<OldWord>): word is Promise<OldWord> {
  return typeof word === 'object' && word !== null && 'then' in word;
}
