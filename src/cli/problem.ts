import { KeyturnError } from '../errors.js';
import { FAULTS } from '../http/codes.js';
import { fieldFaultsOf } from './fault.js';
import { ServerProblem } from './server-problem.js';

const OWN_SIDE = 500; // From here on HTTP says little, and the operator may know all.

/** A command that a fault ended when part of it was done: the fault, and what is known of that. */
export class Interrupted extends Error {
  readonly report: object;
  constructor(report: object, cause: unknown) {
    super('A fault ended the command.', { cause });
    this.report = report;
  }
}

/** A fault that stands in the command's own document already, since that was half written. */
export class Told extends Error {
  constructor(cause: unknown) {
    super('A fault ended the command.', { cause });
  }
}

/** A fault as the HTTP API says it (RFC 9457): a server's in its own words. */
export function problemOf(fault: unknown): object {
  if (fault instanceof Interrupted) return { ...problemOf(fault.cause), ...fault.report };
  if (fault instanceof KeyturnError && fault.cause instanceof ServerProblem) {
    return fault.cause.document;
  }
  const code = fault instanceof KeyturnError ? fault.code : 'internal';
  const { title, status, detail } = FAULTS[code];
  const own = fault instanceof Error ? fault.message : String(fault);
  const said = status < OWN_SIDE && detail !== null ? detail : own;
  const problem = { type: `/docs/codes/${code}`, title, status, detail: said, code };
  const errors = fieldFaultsOf(fault);
  return errors === undefined ? problem : { ...problem, errors };
}
