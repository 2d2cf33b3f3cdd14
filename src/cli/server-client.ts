import { randomUUID } from 'node:crypto';
import {
  AlreadyExistsError,
  type ErrorCode,
  type FieldFault,
  ForbiddenError,
  IdempotencyInFlightError,
  IdempotencyMismatchError,
  InternalError,
  InvalidRequestError,
  type KeyturnError,
  NotFoundError,
  PartlyDoneError,
  RotationOpenError,
  StateConflictError,
  StoreUnavailableError,
  UnauthenticatedError,
  UnprocessableError,
  VersionConflictError,
} from '../errors.js';
import { ServerProblem } from './server-problem.js';

/** One request to a server's API. */
export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly ifMatch?: number | undefined;
  readonly idempotencyKey?: string | undefined;
}

const LOST = 'A change may or may not have been made: look before you repeat it.';
/** What is asked by POST, so that a plaintext stands in no address. */
const READS = ['/v1/keys/verify', '/v1/keys/find'];
/** No connection came about, so nothing of the request was sent. */
const NEVER_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|EPROTO|ERR_(?:SSL|TLS)_\w+)$/;
const NO_TLS = 'it speaks no TLS there. Write http: if the server is on this machine';
const REASONS: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};
const ANSWER_WITHIN_MS = 30_000; // Verifying a long audit trail takes seconds; a lost server, for ever.

/** A server's HTTP API, called with a management key. */
export class ServerClient {
  readonly #server: string;
  readonly #key: string;

  constructor(server: string, key: string) {
    this.#server = server;
    this.#key = key;
  }

  /** The answer's body. @throws {KeyturnError} the server refused, or did not answer. */
  async ask<T>(request: ServerRequest): Promise<T> {
    return parsed(await this.send(request));
  }

  /** The answer's text. @throws {KeyturnError} the server refused, or did not answer. */
  async send(request: ServerRequest): Promise<string> {
    const response = await this.#fetch(request);
    const text = await response.text().catch((cause) => {
      throw this.#noAnswer(request, cause);
    });
    if (response.ok) return text;
    throw faultOf(response.status, text);
  }

  async #fetch(request: ServerRequest): Promise<Response> {
    const { method, path, query = {}, body, ...guards } = request;
    const url = new URL(`${this.#server}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = new Headers({ authorization: `Api-Key ${this.#key}` });
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (guards.ifMatch !== undefined) headers.set('if-match', `"${guards.ifMatch}"`);
    const { idempotencyKey } = guards;
    if (idempotencyKey !== undefined) headers.set('idempotency-key', sendable(idempotencyKey));
    try {
      return await fetch(url, {
        method,
        headers,
        ...(body === undefined ? {} : { body: jsonOf(body) }),
        redirect: 'error', // A key is never sent to another place than the one that was named.
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    } catch (cause) {
      throw this.#noAnswer(request, cause);
    }
  }

  #noAnswer(request: ServerRequest, cause: unknown): StoreUnavailableError {
    const { code, reason } = reasonOf(cause);
    if (reason === 'bad port') {
      const said = `The server ${this.#server} cannot be asked: Node refuses to call this port`;
      return new StoreUnavailableError(`${said}. Serve on another one (--port).`, { cause });
    }
    const isLost = isChange(request) && !NEVER_SENT.test(code);
    const said = `The server ${this.#server} did not answer: ${reason}.`;
    return new StoreUnavailableError(isLost ? `${said} ${LOST}` : said, { cause });
  }
}

/** What a header can hold; said as the library says it. */
function sendable(idempotencyKey: string): string {
  if (/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) return idempotencyKey;
  const wanted = '1 to 255 printable ASCII characters';
  const [message, fix] = [`is not ${wanted}.`, `Send ${wanted}.`];
  throw new InvalidRequestError([{ pointer: '/idempotencyKey', message, fix }]);
}

/** The body as JSON. A number too large for one goes as it was typed: the server refuses it. */
function jsonOf(body: unknown): string {
  const [over, under] = [randomUUID(), randomUUID()]; // Nothing in the body can look like these.
  const marked = JSON.stringify(body, (_name, value: unknown) => {
    if (value === Number.POSITIVE_INFINITY) return over;
    return value === Number.NEGATIVE_INFINITY ? under : value;
  });
  return marked.replaceAll(`"${over}"`, '1e999').replaceAll(`"${under}"`, '-1e999');
}

/** Whether the request may have changed something. */
function isChange({ method, path }: ServerRequest): boolean {
  return method !== 'GET' && !READS.includes(path);
}

function reasonOf(cause: unknown): { readonly code: string; readonly reason: string } {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return { code: '', reason: 'unknown reason' };
  const code = 'code' in inner ? String(inner.code) : '';
  return { code, reason: REASONS[code] ?? (oneLine(inner.message) || code) };
}

/** OpenSSL's own text is for its developers, and has several lines. */
function oneLine(message: string): string {
  const [, reason] = /:SSL routines:[^:]*:([^:]+):/.exec(message) ?? [];
  return reason === undefined ? message.replaceAll(/\s+/g, ' ').trim() : `TLS failed (${reason})`;
}

function parsed<T>(text: string): T {
  try {
    const body: T = JSON.parse(text);
    return body;
  } catch (cause) {
    const message = 'The answer is no JSON: is this address a Keyturn server, with its base path?';
    throw new StoreUnavailableError(message, { cause });
  }
}

type FaultOf = (
  message: string,
  errors: readonly FieldFault[],
  options: ErrorOptions,
) => KeyturnError;

const FAULT_OF: Partial<Record<ErrorCode, FaultOf>> = {
  invalid_request: (_message, errors, options) => new InvalidRequestError(errors, options),
  unprocessable: (_message, errors, options) => new UnprocessableError(errors, options),
  not_found: (message, _errors, options) => new NotFoundError(message, options),
  forbidden: (message, _errors, options) => new ForbiddenError(message, options),
  unauthenticated: (message, _errors, options) => new UnauthenticatedError(message, options),
  version_conflict: (message, _errors, options) => new VersionConflictError(message, options),
  state_conflict: (message, _errors, options) => new StateConflictError(message, options),
  already_exists: (message, _errors, options) => new AlreadyExistsError(message, options),
  rotation_open: (_message, _errors, options) =>
    new RotationOpenError(rotationIn(options.cause), options),
  partly_done: (message, _errors, options) => new PartlyDoneError(message, options),
  idempotency_mismatch: (message, _errors, options) =>
    new IdempotencyMismatchError(message, options),
  idempotency_in_flight: (message, _errors, options) =>
    new IdempotencyInFlightError(message, options),
};

/** The id of the open rotation, which the problem names. */
function rotationIn(cause: unknown): string {
  const document: { readonly rotation?: { readonly id?: string } } =
    cause instanceof ServerProblem ? cause.document : {};
  return document.rotation?.id ?? 'unknown';
}

/** The fault that the server's problem document (RFC 9457) tells of, which is its cause. */
function faultOf(status: number, text: string): KeyturnError {
  const { code, detail, errors, cause } = problemIn(text);
  const known = Object.entries(FAULT_OF).find(([name]) => name === code)?.[1];
  const message = detail ?? `The server answered ${status}.`;
  if (known !== undefined) return known(message, errors, { cause });
  // The rest are refusals of the management key itself, and faults of the server's own.
  const own = `${message} It is the key in --key-file.`;
  if (status === 401) return new UnauthenticatedError(own, { cause });
  if (status === 403) return new ForbiddenError(own, { cause });
  if (status === 404) return new NotFoundError(message, { cause });
  if (status === 429 || status === 503) return new StoreUnavailableError(message, { cause });
  return new InternalError(message, { cause });
}

function problemIn(text: string): {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly errors: readonly FieldFault[];
  readonly cause: ServerProblem | undefined;
} {
  try {
    const body: { code?: string; detail?: string; errors?: readonly FieldFault[] } =
      JSON.parse(text);
    const { code, detail, errors = [] } = body;
    const cause = code === undefined ? undefined : new ServerProblem(body);
    return { code, detail, errors, cause };
  } catch {
    // Something else than Keyturn answered, a proxy perhaps; its status says enough.
    return { code: undefined, detail: undefined, errors: [], cause: undefined };
  }
}
