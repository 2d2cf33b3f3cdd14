import type { IncomingMessage, ServerResponse } from 'node:http';
import { COMMON_HEADERS } from '../answer.js';
import { requestIdOf } from '../sender.js';
import type { Shared } from './app.js';
import type { Arrival } from './arrival.js';
import { MAX_BODY_BYTES, type RawBody } from './body.js';
import type { Answer } from './problem.js';
import type { Route } from './route.js';

const VERIFY = '/v1/keys/verify';
const AUTHORIZE = '/v1/authorize';
const NO_BYTES = new Uint8Array(0);
const TOO_LARGE: RawBody = { kind: 'too_large' };

/**
 * Answers the two hot routes straight on `node:http`: no `Request` is made, and no promise while
 * the cache answers. What it does not know by its exact target goes to the router.
 */
export class HotDoor {
  readonly #shared: Shared;
  readonly #verifyTarget: string | undefined;
  readonly #authorizeTarget: string | undefined;
  readonly #fields = new WeakMap<Answer['headers'], readonly string[]>();

  constructor(shared: Shared, table: readonly Route[]) {
    const { basePath } = shared.keyturn.settings;
    const serves = (path: string) => table.some((route) => route.path === path);
    this.#shared = shared;
    this.#verifyTarget = serves(VERIFY) ? basePath + VERIFY : undefined;
    this.#authorizeTarget = serves(AUTHORIZE) ? basePath + AUTHORIZE : undefined;
  }

  /** Answers the request, now or soon; false if it is none of these two. */
  answers(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    const target = incoming.url ?? '';
    if (target === this.#verifyTarget && incoming.method === 'POST') {
      this.#verify(incoming, outgoing);
      return true;
    }
    const search = this.#authorizeSearch(target);
    if (search === undefined) return false;
    this.#authorize(incoming, outgoing, search);
    return true;
  }

  #authorizeSearch(target: string): string | undefined {
    const path = this.#authorizeTarget;
    if (path === undefined || !target.startsWith(path) || target.includes('#')) return undefined;
    const search = target.slice(path.length);
    return search === '' || search.startsWith('?') ? search : undefined;
  }

  #verify(incoming: IncomingMessage, outgoing: ServerResponse): void {
    collect(incoming, (body) => {
      const arrival = this.#arrivalOf(incoming, VERIFY, '');
      this.#write(outgoing, arrival, this.#shared.checks.verify(arrival, body));
    });
  }

  #authorize(incoming: IncomingMessage, outgoing: ServerResponse, search: string): void {
    const arrival = this.#arrivalOf(incoming, AUTHORIZE, search);
    this.#write(outgoing, arrival, this.#shared.checks.authorize(arrival));
  }

  #arrivalOf(incoming: IncomingMessage, path: string, search: string): Arrival {
    const { rawHeaders: headers, method = 'GET', socket } = incoming;
    const peer = socket.remoteAddress;
    const { trustedHops } = this.#shared.keyturn.settings;
    const requestId = requestIdOf({ headers, peer }, trustedHops);
    return { method, path, search, headers, peer, requestId };
  }

  #write(outgoing: ServerResponse, arrival: Arrival, answer: Answer | Promise<Answer>): void {
    if (answer instanceof Promise) {
      // Every fault is an answer already: see Checks.
      void answer.then((settled) => this.#writeNow(outgoing, arrival, settled));
    } else this.#writeNow(outgoing, arrival, answer);
  }

  #writeNow(outgoing: ServerResponse, arrival: Arrival, { status, headers, body }: Answer): void {
    this.#shared.counters.count(arrival.path, status);
    const length = String(Buffer.byteLength(body));
    const own = ['request-id', arrival.requestId, 'content-length', length];
    outgoing.writeHead(status, own.concat(this.#fieldsOf(headers)));
    outgoing.end(arrival.method === 'HEAD' ? undefined : body);
  }

  /** Headers as Node takes them soonest; those of prepared answers are the same object each time. */
  #fieldsOf(headers: Answer['headers']): readonly string[] {
    const known = this.#fields.get(headers);
    if (known !== undefined) return known;
    const fields = Object.entries({ ...COMMON_HEADERS, ...headers }).flat();
    this.#fields.set(headers, fields);
    return fields;
  }
}

/** Collects a body up to the limit; what comes beyond it is read and dropped. */
function collect(incoming: IncomingMessage, done: (body: RawBody) => void): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    const wasTooLarge = sizeBytes > MAX_BODY_BYTES;
    sizeBytes += chunk.byteLength;
    if (sizeBytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else if (!wasTooLarge) done(TOO_LARGE);
  });
  incoming.on('end', () => {
    if (sizeBytes <= MAX_BODY_BYTES) done({ kind: 'bytes', bytes: joined(chunks) });
  });
}

/** Nearly every body comes in one chunk. */
function joined(chunks: readonly Buffer[]): Uint8Array {
  const [first = NO_BYTES] = chunks;
  return chunks.length > 1 ? Buffer.concat(chunks) : first;
}
