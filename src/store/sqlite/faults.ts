import { isNativeError } from 'node:util/types';
import {
  ClosedError,
  InternalError,
  KeyturnError,
  StoreCorruptError,
  StoreUnavailableError,
  StoreUnwritableError,
} from '../../errors.js';
import { UniqueViolation } from '../sql/engine.js';

// Result codes, https://sqlite.org/rescode.html
const PERMISSION = 3;
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const CONSTRAINT = 19;
const NOT_A_DATABASE = 26;
const CONSTRAINT_PRIMARY_KEY = 1555;
const CONSTRAINT_UNIQUE = 2067;
const IO_WRITE = 778;
const IO_FSYNC = 1034;

/** https://sqlite.org/c3ref/errcode.html: SQLite's own words for them. */
const CODE_BY_MESSAGE: readonly (readonly [string, number])[] = [
  ['UNIQUE constraint failed', CONSTRAINT_UNIQUE],
  ['constraint failed', CONSTRAINT],
  ['is locked', BUSY],
  ['readonly database', READ_ONLY],
  ['disk is full', FULL],
  ['disk I/O error', IO_ERROR],
  ['image is malformed', CORRUPT],
  ['not a database', NOT_A_DATABASE],
  ['unable to open', CANNOT_OPEN],
];

/** Whether another connection holds what this one needs: it is worth waiting. */
export function isBusy(fault: unknown): boolean {
  const code = primaryOf(codeOf(fault));
  return code === BUSY || code === LOCKED;
}

/** What a fault of SQLite means for the caller, with what to do about it. */
export function sqliteFault(fault: unknown, path: string): Error {
  if (fault instanceof KeyturnError) return fault;
  const cause = { cause: fault };
  if (isClosed(fault)) return new ClosedError(`The database ${path} was closed.`, cause);
  const code = codeOf(fault);
  switch (primaryOf(code) || systemCodeOf(fault)) {
    case BUSY:
    case LOCKED:
      return new StoreUnavailableError(
        `The database ${path} is locked by another process, and did not become free in time. ` +
          'See which programs have it open (lsof), then try again.',
        cause,
      );
    case READ_ONLY:
    case PERMISSION:
      return new StoreUnwritableError(
        `The database ${path} cannot be written. Give this user the right to write the file ` +
          'and its folder; keyturn doctor shows which.',
        cause,
      );
    case FULL:
      return new StoreUnwritableError(
        `The disk of the database ${path} is full; nothing was changed. Make room on it.`,
        cause,
      );
    case CANNOT_OPEN:
      return new StoreUnwritableError(
        `The database ${path} cannot be opened. Give this user the right to read and write the ` +
          'file and its folder; keyturn doctor shows which.',
        cause,
      );
    case CORRUPT:
    case NOT_A_DATABASE:
      return new StoreCorruptError(
        `The file ${path} is damaged, or is no SQLite database. It was left as it is. Check the ` +
          'address, run keyturn doctor, or restore a backup.',
        cause,
      );
    case CONSTRAINT:
      return constraintFault(code, cause);
    case IO_ERROR:
      return ioFault(code, path, cause);
    default:
      return new InternalError(`SQLite refused a statement on ${path}.`, cause);
  }
}

function constraintFault(code: number, cause: ErrorOptions): Error {
  if (code === CONSTRAINT_UNIQUE || code === CONSTRAINT_PRIMARY_KEY) {
    return new UniqueViolation('taken', cause);
  }
  return new InternalError('A change would have broken a rule of the schema.', cause);
}

function ioFault(code: number, path: string, cause: ErrorOptions): Error {
  if (code === IO_WRITE || code === IO_FSYNC) {
    return new StoreUnwritableError(
      `The disk of the database ${path} refuses writes. Check its space, quota and health.`,
      cause,
    );
  }
  return new StoreUnavailableError(
    `The disk of the database ${path} gave an error. Check that it is mounted and healthy.`,
    cause,
  );
}

/** The like of what a system call refused, when a file is made without SQLite. */
function systemCodeOf(fault: unknown): number {
  if (typeof fault !== 'object' || fault === null || !('code' in fault)) return 0;
  if (fault.code === 'EROFS' || fault.code === 'EACCES' || fault.code === 'EPERM') return READ_ONLY;
  if (fault.code === 'ENOSPC' || fault.code === 'EDQUOT') return FULL;
  return typeof fault.code === 'string' && /^E[A-Z]+$/.test(fault.code) ? CANNOT_OPEN : 0;
}

/** The extended result code; 0 if the fault is not SQLite's. */
function codeOf(fault: unknown): number {
  if (!isNativeError(fault) || !('code' in fault)) return 0;
  if (fault.code !== 'ERR_SQLITE_ERROR') return 0;
  if ('errcode' in fault && typeof fault.errcode === 'number') return fault.errcode;
  // @photostructure/sqlite 1.2 leaves the number out of what `all` throws.
  return CODE_BY_MESSAGE.find(([message]) => fault.message.includes(message))?.[1] ?? 0;
}

/** https://sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes */
function primaryOf(code: number): number {
  return code & 255;
}

function isClosed(fault: unknown): boolean {
  if (typeof fault !== 'object' || fault === null || !('code' in fault)) return false;
  return fault.code === 'ERR_INVALID_STATE';
}
