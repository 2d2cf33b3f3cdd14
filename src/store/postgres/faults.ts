import { isNativeError } from 'node:util/types';
import {
  InternalError,
  InvalidRequestError,
  KeyturnError,
  SchemaUninitialisedError,
  StoreCorruptError,
  StoreUnavailableError,
  StoreUnwritableError,
} from '../../errors.js';
import { shellWord } from '../../shell-word.js';
import { UniqueViolation } from '../sql/engine.js';

/** The database took the transaction back by itself, and it may succeed if it is run again. */
export class RetryableFault extends Error {}

type FaultOf = (where: string, cause: ErrorOptions) => Error;

// SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html
const FAULT_BY_STATE: Readonly<Record<string, FaultOf>> = {
  '23505': (_where, cause) => new UniqueViolation('taken', cause),
  '40001': retryable, // serialization_failure
  '40P01': retryable, // deadlock_detected
  '22021': unstorable, // character_not_in_repertoire
  '22P05': unstorable, // untranslatable_character, in JSON
  '25006': readOnly, // read_only_sql_transaction
  '42501': forbidden, // insufficient_privilege
  '53100': diskFull,
  '42P01': uninitialised, // undefined_table
  '3F000': uninitialised, // invalid_schema_name
  '3D000': noDatabase, // invalid_catalog_name
  '28000': refused, // invalid_authorization_specification
  '28P01': refused, // invalid_password
  '57014': tooSlow, // query_canceled
  '55P03': tooSlow, // lock_not_available
  '25P03': tooSlow, // idle_in_transaction_session_timeout
  XX001: corrupt,
  XX002: corrupt,
};

/** Whole classes; what is of none of these is a statement of ours that is wrong. */
const FAULT_BY_CLASS: Readonly<Record<string, FaultOf>> = {
  '08': unready, // connection
  '53': unready, // resources, e.g. too_many_connections
  '55': unready, // prerequisites, e.g. a database that takes no connections
  '57': unready, // the operator ends or starts the server
  '58': unready, // the system under it
  XX: broken, // a fault of its own
};
const MAX_REASON_LENGTH = 200; // Characters; PostgreSQL's own are sentences of a line.

/** What a fault of PostgreSQL means for the caller. `where` is its address without a password. */
export function postgresFault(fault: unknown, where: string): Error {
  if (fault instanceof KeyturnError || fault instanceof UniqueViolation) return fault;
  const state = stateOf(fault);
  const cause = { cause: fault };
  // Without a SQLSTATE it is not the server that speaks: the way to it is broken.
  if (state === undefined) return away(where, cause);
  const faultOf = FAULT_BY_STATE[state] ?? FAULT_BY_CLASS[state.slice(0, 2)] ?? internal;
  return faultOf(where, cause);
}

/** Whether a connection that gave this fault is better not used again. */
export function endsConnection(fault: Error): boolean {
  return fault instanceof StoreUnavailableError || fault instanceof StoreUnwritableError;
}

/** A SQLSTATE has five characters; Node's own codes have a name (`ECONNREFUSED`). */
function stateOf(fault: unknown): string | undefined {
  if (!isNativeError(fault) || !('code' in fault) || !('severity' in fault)) return undefined;
  return typeof fault.code === 'string' && fault.code.length === 5 ? fault.code : undefined;
}

function retryable(_where: string, cause: ErrorOptions): Error {
  return new RetryableFault('run again', cause);
}

function away(where: string, cause: ErrorOptions): Error {
  return new StoreUnavailableError(
    `PostgreSQL at ${where} gives no answer. Check that it runs and can be reached from here: ` +
      'keyturn doctor',
    cause,
  );
}

function unready(where: string, cause: ErrorOptions): Error {
  return new StoreUnavailableError(
    `PostgreSQL at ${where} cannot serve now: ${reasonIn(cause)}. Mend that, or wait for it, ` +
      'then try again.',
    cause,
  );
}

/** Messages of these classes name things of the server, never a value; those of `XX` may. */
function reasonIn({ cause }: ErrorOptions): string {
  const message = isNativeError(cause) ? cause.message : '';
  return message.replaceAll(/[\p{Cc}\s]+/gu, ' ').slice(0, MAX_REASON_LENGTH);
}

function broken(where: string, cause: ErrorOptions): Error {
  return new StoreUnavailableError(
    `PostgreSQL at ${where} reports a fault of its own. Its log says which; then try again.`,
    cause,
  );
}

function tooSlow(where: string, cause: ErrorOptions): Error {
  return new StoreUnavailableError(
    `PostgreSQL at ${where} did not answer in time. Look for long transactions and locks in ` +
      'pg_stat_activity, then try again.',
    cause,
  );
}

function noDatabase(where: string, cause: ErrorOptions): Error {
  return new StoreUnavailableError(
    `There is no database at ${where}. Create it (createdb), then run keyturn migrate.`,
    cause,
  );
}

function refused(where: string, cause: ErrorOptions): Error {
  return new StoreUnavailableError(
    `PostgreSQL at ${where} refuses this user. Check user and password in the address, and ` +
      "the server's pg_hba.conf.",
    cause,
  );
}

function readOnly(where: string, cause: ErrorOptions): Error {
  return new StoreUnwritableError(
    `PostgreSQL at ${where} only reads now: a standby, or default_transaction_read_only. ` +
      'Give the address of the primary.',
    cause,
  );
}

function forbidden(where: string, cause: ErrorOptions): Error {
  return new StoreUnwritableError(
    `The user may not do this in PostgreSQL at ${where}. Grant it select, insert, update and ` +
      'delete on the tables of Keyturn.',
    cause,
  );
}

function diskFull(where: string, cause: ErrorOptions): Error {
  return new StoreUnwritableError(
    `The disk of PostgreSQL at ${where} is full; nothing was changed. Make room on it.`,
    cause,
  );
}

function uninitialised(where: string, cause: ErrorOptions): Error {
  return new SchemaUninitialisedError(
    `The database ${where} lacks the tables of Keyturn. ` +
      `Run: keyturn migrate --database ${shellWord(where)}`,
    cause,
  );
}

function corrupt(where: string, cause: ErrorOptions): Error {
  return new StoreCorruptError(
    `PostgreSQL at ${where} reports damaged data. Restore it from a backup.`,
    cause,
  );
}

function unstorable(_where: string, cause: ErrorOptions): Error {
  const fix = 'Send text without NUL characters.';
  return new InvalidRequestError([{ pointer: '', message: 'holds a NUL character.', fix }], cause);
}

function internal(where: string, cause: ErrorOptions): Error {
  return new InternalError(`PostgreSQL at ${where} refused a statement.`, cause);
}
