/** One fault in what the caller sent, by JSON pointer (RFC 6901). */
export interface FieldFault {
  readonly pointer: string;
  readonly message: string;
  readonly fix: string;
}

/** Every code a fault can have. Each stands in docs/reference/errors.md and in a test. */
export type ErrorCode =
  | 'invalid_request'
  | 'unprocessable'
  | 'not_found'
  | 'forbidden'
  | 'unauthenticated'
  | 'version_conflict'
  | 'state_conflict'
  | 'already_exists'
  | 'partly_done'
  | 'rotation_open'
  | 'idempotency_mismatch'
  | 'idempotency_in_flight'
  | 'setup_refused'
  | 'claim_refused'
  | 'sign_in_refused'
  | 'provider_unavailable'
  | 'too_many_tries'
  | 'invitation_refused'
  | 'session_ended'
  | 'confirmation_required'
  | 'cross_site'
  | 'store_unavailable'
  | 'store_unwritable'
  | 'store_corrupt'
  | 'store_frozen'
  | 'store_moved'
  | 'store_quarantined'
  | 'schema_uninitialised'
  | 'schema_newer'
  | 'schema_older'
  | 'database_in_use'
  | 'dependency_missing'
  | 'config_invalid'
  | 'closed'
  | 'internal';

/**
 * A fault. The message says what, where and what to do; it holds ids and hints, never a
 * credential, a header or a body.
 */
export abstract class KeyturnError extends Error {
  abstract readonly code: ErrorCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Bad syntax, or a field that is unknown or said twice (HTTP 400). */
export class InvalidRequestError extends KeyturnError {
  readonly code = 'invalid_request';
  readonly errors: readonly FieldFault[];
  constructor(errors: readonly FieldFault[], options?: ErrorOptions) {
    super(summaryOf(errors), options);
    this.errors = errors;
  }
}

/** Well-formed, with a meaning that cannot be accepted (HTTP 422). */
export class UnprocessableError extends KeyturnError {
  readonly code = 'unprocessable';
  readonly errors: readonly FieldFault[];
  constructor(errors: readonly FieldFault[], options?: ErrorOptions) {
    super(summaryOf(errors), options);
    this.errors = errors;
  }
}

/** Nothing with this id that the caller may see (HTTP 404). */
export class NotFoundError extends KeyturnError {
  readonly code = 'not_found';
}

/** The caller is known and lacks a right (HTTP 403). */
export class ForbiddenError extends KeyturnError {
  readonly code = 'forbidden';
}

/** The caller's own credential ended between its check and the change (HTTP 401). */
export class UnauthenticatedError extends KeyturnError {
  readonly code = 'unauthenticated';
}

/** Someone changed the row first: read it again (HTTP 412). */
export class VersionConflictError extends KeyturnError {
  readonly code = 'version_conflict';
}

/** The thing's state does not allow it, e.g. enabling a revoked key (HTTP 409). */
export class StateConflictError extends KeyturnError {
  readonly code = 'state_conflict';
}

/** The name, prefix or id is taken (HTTP 409). */
export class AlreadyExistsError extends KeyturnError {
  readonly code = 'already_exists';
}

/** A fault came between several changes: those before it are made, and a repeat makes the rest (HTTP 503). */
export class PartlyDoneError extends KeyturnError {
  readonly code = 'partly_done';
}

/** A rotation of the key is open, and holds its only place for one (HTTP 409). */
export class RotationOpenError extends KeyturnError {
  readonly code = 'rotation_open';
  readonly rotation: { readonly id: string };
  constructor(id: string, options: ErrorOptions & { readonly fix?: string } = {}) {
    const { fix = 'Look at it, and finish, roll back or abort it.' } = options;
    super(`A rotation of this key is open: ${id}. ${fix}`, options);
    this.rotation = { id };
  }
}

/** The same `Idempotency-Key` came with another body (HTTP 422). */
export class IdempotencyMismatchError extends KeyturnError {
  readonly code = 'idempotency_mismatch';
}

/** The first request with this `Idempotency-Key` is still being answered (HTTP 409). */
export class IdempotencyInFlightError extends KeyturnError {
  readonly code = 'idempotency_in_flight';
}

/** The set-up link is unknown, used or late: one answer for all three (HTTP 403). */
export class SetupRefusedError extends KeyturnError {
  readonly code = 'setup_refused';
}

/** The claim's link is unknown, used or late: one answer for all three (HTTP 403). */
export class ClaimRefusedError extends KeyturnError {
  readonly code = 'claim_refused';
}

/** Nobody has this mail address and this password: one answer for both (HTTP 401). */
export class SignInRefusedError extends KeyturnError {
  readonly code = 'sign_in_refused';
}

/** The identity provider does not answer, or not as one (HTTP 503). */
export class ProviderUnavailableError extends KeyturnError {
  readonly code = 'provider_unavailable';
}

/** Too many wrong passwords from here, or too many tries at once (HTTP 429). */
export class TooManyTriesError extends KeyturnError {
  readonly code = 'too_many_tries';
  /** Seconds. */
  readonly retryAfter: number;
  constructor(retryAfter: number, options?: ErrorOptions) {
    super(`Too many tries. Wait ${retryAfter} s, then try again.`, options);
    this.retryAfter = retryAfter;
  }
}

/** The invitation is unknown, used or late: one answer for all three (HTTP 403). */
export class InvitationRefusedError extends KeyturnError {
  readonly code = 'invitation_refused';
}

/** The session is over: sign in again (HTTP 401). */
export class SessionEndedError extends KeyturnError {
  readonly code = 'session_ended';
}

/** The person has to prove once more who it is (HTTP 403). */
export class ConfirmationRequiredError extends KeyturnError {
  readonly code = 'confirmation_required';
}

/** A page of another origin asked, with the cookie of a person who is signed in (HTTP 403). */
export class CrossSiteError extends KeyturnError {
  readonly code = 'cross_site';
}

/** No answer came from the store; a change may or may not have happened (HTTP 503). */
export class StoreUnavailableError extends KeyturnError {
  readonly code = 'store_unavailable';
}

/** The store refuses writes: read-only, or its disk is full (HTTP 503). */
export class StoreUnwritableError extends KeyturnError {
  readonly code = 'store_unwritable';
}

/** The database file is damaged, or is not a database (HTTP 503). */
export class StoreCorruptError extends KeyturnError {
  readonly code = 'store_corrupt';
}

/** The database takes no changes while it is moved; checks go on (HTTP 503). */
export class StoreFrozenError extends KeyturnError {
  readonly code = 'store_frozen';
}

/** The data was moved to another database, which the message names (HTTP 503). */
export class StoreMovedError extends KeyturnError {
  readonly code = 'store_moved';
}

/** The data is older than what was known of it: what was revoked since may work again (HTTP 503). */
export class StoreQuarantinedError extends KeyturnError {
  readonly code = 'store_quarantined';
}

/** The database was never initialised (HTTP 503). */
export class SchemaUninitialisedError extends KeyturnError {
  readonly code = 'schema_uninitialised';
}

/** A newer program has migrated the database beyond what this one can read (HTTP 503). */
export class SchemaNewerError extends KeyturnError {
  readonly code = 'schema_newer';
}

/** The database is older than this program can read (HTTP 503). */
export class SchemaOlderError extends KeyturnError {
  readonly code = 'schema_older';
}

/** Another server owns this SQLite file. */
export class DatabaseInUseError extends KeyturnError {
  readonly code = 'database_in_use';
}

/** An optional package is not installed; the message names the line to type. */
export class DependencyMissingError extends KeyturnError {
  readonly code = 'dependency_missing';
}

/** A setting is unknown or wrong; the message shows all faults together. */
export class ConfigInvalidError extends KeyturnError {
  readonly code = 'config_invalid';
}

/** Used after `close()`. */
export class ClosedError extends KeyturnError {
  readonly code = 'closed';
}

/** A rule that always holds did not: a defect of Keyturn itself. */
export class InternalError extends KeyturnError {
  readonly code = 'internal';
}

function summaryOf(errors: readonly FieldFault[]): string {
  return errors.map((fault) => `${fault.pointer || '/'}: ${fault.message} ${fault.fix}`).join(' ');
}
