import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerHeaders } from '../answer.js';
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

/** An answer in the form that Node writes soonest. */
interface Written {
  /** Names and values in turn. The request's id, which comes first, is set anew each time. */
  readonly fields: string[];
  /** Of the body. ASCII is also Latin-1, for which no byte has to be looked at. */
  readonly encoding: 'latin1' | 'utf8';
}

/**
 * Answers the two hot routes straight on `node:http`: no `Request` is made, and no promise while
 * the cache answers. What it does not know by its exact target goes to the router.
 */
export class HotDoor {
  readonly #shared: Shared;
  readonly #verifyTarget: string | undefined;
  readonly #authorizeTarget: string | undefined;
  readonly #written = new WeakMap<Answer, Written>();

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

  #writeNow(outgoing: ServerResponse, arrival: Arrival, answer: Answer): void {
    this.#shared.counters.count(arrival.path, answer.status);
    const { fields, encoding } = this.#writtenOf(answer);
    fields[1] = arrival.requestId;
    outgoing.writeHead(answer.status, fields);
    outgoing.end(arrival.method === 'HEAD' ? undefined : answer.body, encoding);
  }

  /** A prepared answer is the same object each time. */
  #writtenOf(answer: Answer): Written {
    const known = this.#written.get(answer);
    if (known !== undefined) return known;
    const isAscii = Buffer.byteLength(answer.body) === answer.body.length;
    const fields = Object.entries(answerHeaders(answer, '')).flat();
    const written: Written = { fields, encoding: isAscii ? 'latin1' : 'utf8' };
    this.#written.set(answer, written);
    return written;
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
