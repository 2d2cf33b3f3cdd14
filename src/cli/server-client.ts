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
  StateConflictError,
  StoreUnavailableError,
  UnauthenticatedError,
  UnprocessableError,
  VersionConflictError,
} from '../errors.js';

/** One request to a server's API. */
export interface ServerRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: object | undefined;
  readonly body?: unknown;
  readonly ifMatch?: number | undefined;
  readonly idempotencyKey?: string | undefined;
}

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
      throw this.#noAnswer(cause);
    });
    if (response.ok) return text;
    throw faultOf(response.status, text);
  }

  async #fetch({ method, path, query = {}, body, ...guards }: ServerRequest): Promise<Response> {
    const url = new URL(`${this.#server}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = new Headers({ authorization: `Api-Key ${this.#key}` });
    if (body !== undefined) headers.set('content-type', 'application/json');
    if (guards.ifMatch !== undefined) headers.set('if-match', `"${guards.ifMatch}"`);
    if (guards.idempotencyKey !== undefined) headers.set('idempotency-key', guards.idempotencyKey);
    try {
      return await fetch(url, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'error', // A key is never sent to another place than the one that was named.
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    } catch (cause) {
      throw this.#noAnswer(cause);
    }
  }

  #noAnswer(cause: unknown): StoreUnavailableError {
    return new StoreUnavailableError(
      `The server ${this.#server} did not answer: ${reasonOf(cause)}. A change may or may not have ` +
        'been made: look before you repeat it.',
      { cause },
    );
  }
}

function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  if (!(inner instanceof Error)) return 'unknown reason';
  return 'code' in inner && inner.message === '' ? String(inner.code) : inner.message;
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

type FaultOf = (message: string, errors: readonly FieldFault[]) => KeyturnError;

const FAULT_OF: Partial<Record<ErrorCode, FaultOf>> = {
  invalid_request: (_message, errors) => new InvalidRequestError(errors),
  unprocessable: (_message, errors) => new UnprocessableError(errors),
  not_found: (message) => new NotFoundError(message),
  forbidden: (message) => new ForbiddenError(message),
  unauthenticated: (message) => new UnauthenticatedError(message),
  version_conflict: (message) => new VersionConflictError(message),
  state_conflict: (message) => new StateConflictError(message),
  already_exists: (message) => new AlreadyExistsError(message),
  idempotency_mismatch: (message) => new IdempotencyMismatchError(message),
  idempotency_in_flight: (message) => new IdempotencyInFlightError(message),
};

/** The fault that the server's problem document (RFC 9457) tells of. */
function faultOf(status: number, text: string): KeyturnError {
  const { code, detail, errors } = problemIn(text);
  const known = Object.entries(FAULT_OF).find(([name]) => name === code)?.[1];
  const message = detail ?? `The server answered ${status}.`;
  if (known !== undefined) return known(message, errors);
  // The rest are refusals of the management key itself, and faults of the server's own.
  if (status === 401) return new UnauthenticatedError(`${message} It is the key in --key-file.`);
  if (status === 403) return new ForbiddenError(`${message} It is the key in --key-file.`);
  if (status === 404) return new NotFoundError(message);
  if (status === 429 || status === 503) return new StoreUnavailableError(message);
  return new InternalError(message);
}

function problemIn(text: string): {
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly errors: readonly FieldFault[];
} {
  try {
    const body: { code?: string; detail?: string; errors?: readonly FieldFault[] } =
      JSON.parse(text);
    return { code: body.code, detail: body.detail, errors: body.errors ?? [] };
  } catch {
    // Something else than Keyturn answered, a proxy perhaps; its status says enough.
    return { code: undefined, detail: undefined, errors: [] };
  }
}
