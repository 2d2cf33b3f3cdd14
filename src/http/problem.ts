import {
  type ErrorCode,
  InvalidRequestError,
  KeyturnError,
  RotationOpenError,
  TooManyTriesError,
  UnprocessableError,
} from '../errors.js';
import type { Log } from '../ports.js';
import type { Keyturn } from '../public.js';
import type { Refused } from '../verdict.js';
import { MAX_BODY_BYTES } from './body.js';
import { FAULTS } from './codes.js';

/** An answer before its request id is on it. Header names in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** In the place of the body: what is no text. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** In the place of the body: what comes bit by bit, until either side ends it. */
  readonly stream?: ReadableStream<Uint8Array>;
}

const RETRY_SECONDS = '1'; // When the store may be back: clients add their own jitter.
const MANAGEMENT_KEYSPACE = 'keyturn';
const PROBLEM_HEADERS = { 'content-type': 'application/problem+json' } as const;

/** A fault that only HTTP knows, e.g. a body that is too large. */
export interface ProtocolFault {
  readonly status: 400 | 404 | 405 | 408 | 413 | 415 | 431;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes problem documents (RFC 9457). One per Keyturn: it knows where the docs pages are. */
export class Problems {
  readonly #keyturn: Pick<Keyturn, 'refusalAnswer'>;
  readonly #log: Log;

  constructor(keyturn: Pick<Keyturn, 'refusalAnswer'>, log: Log) {
    this.#keyturn = keyturn;
    this.#log = log;
  }

  /** A fault as an answer; what we did not expect tells nothing but its id. */
  of(error: unknown, requestId: string): Answer {
    const code = error instanceof KeyturnError ? error.code : 'internal';
    const { status, title, detail } = FAULTS[code];
    if (status === 500) this.#log.error({ room: 'http', code, requestId }, 'request failed');
    const said = detail ?? (error instanceof Error ? error.message : title);
    const problem = { type: this.typeOf(code), title, status, detail: said, code };
    const body = JSON.stringify({ ...problem, ...moreOf(error) });
    const headers = { ...this.#headersOf(status), ...waitOf(error) };
    return { status, headers, body };
  }

  /** A fault of the protocol, before any code of ours looked at the request. */
  ofProtocol(fault: ProtocolFault): Answer {
    const { status, title, detail } = fault;
    const code: ErrorCode = status === 404 ? 'not_found' : 'invalid_request';
    const body = JSON.stringify({ type: this.typeOf(code), title, status, detail, code });
    return { status, headers: { ...PROBLEM_HEADERS, ...fault.headers }, body };
  }

  /** The same bytes for what does not exist and for what the caller may not see. */
  notFound(): Answer {
    const { title, detail } = FAULTS.not_found;
    return this.ofProtocol({ status: 404, title, detail: detail ?? title });
  }

  tooLarge(): Answer {
    const detail = `The body is larger than ${MAX_BODY_BYTES} bytes.`;
    return this.ofProtocol({ status: 413, title: 'Body too large', detail });
  }

  notJson(): Answer {
    const detail = 'The body has to be JSON: send it with Content-Type: application/json.';
    return this.ofProtocol({ status: 415, title: 'Not JSON', detail });
  }

  /** A refused credential of who calls this API: its faults are problem documents, all of them. */
  ofRefusal(refused: Refused, keyspace: string | undefined): Answer {
    return this.#keyturn.refusalAnswer(refused, { keyspace, refusal: 'problem' });
  }

  /** What a gateway hands on to its consumer: in the form that the keyspace has chosen. */
  ofConsumer(refused: Refused, keyspace: string): Answer {
    return this.#keyturn.refusalAnswer(refused, { keyspace });
  }

  /** The address of a code's page, as refusals give it. */
  typeOf(code: string): string {
    const { body } = this.#keyturn.refusalAnswer({ valid: false, code: 'missing' });
    const { type } = JSON.parse(body);
    return String(type).slice(0, -'missing'.length) + code;
  }

  #headersOf(status: number): Readonly<Record<string, string>> {
    if (status === 503) return { ...PROBLEM_HEADERS, 'retry-after': RETRY_SECONDS };
    if (status !== 401) return PROBLEM_HEADERS;
    const refused = { valid: false, code: 'unknown' } as const;
    return { ...this.#keyturn.refusalAnswer(refused, { keyspace: MANAGEMENT_KEYSPACE }).headers };
  }
}

function waitOf(error: unknown): Readonly<Record<string, string>> {
  return error instanceof TooManyTriesError ? { 'retry-after': String(error.retryAfter) } : {};
}

/** What a fault tells beside its sentence. */
function moreOf(error: unknown): object {
  if (error instanceof RotationOpenError) return { rotation: error.rotation };
  const hasFields = error instanceof InvalidRequestError || error instanceof UnprocessableError;
  return hasFields ? { errors: error.errors } : {};
}
