import { KeyturnError } from '../errors.js';
import { FAULTS } from '../http/codes.js';
import { fieldFaultsOf, messageOf } from './fault.js';

/** A fault as the HTTP API says it (RFC 9457), with all that the operator may know. */
export function problemOf(fault: unknown): object {
  const code = fault instanceof KeyturnError ? fault.code : 'internal';
  const { title, status } = FAULTS[code];
  const problem = { type: `/docs/codes/${code}`, title, status, detail: messageOf(fault), code };
  const errors = fieldFaultsOf(fault);
  return errors === undefined ? problem : { ...problem, errors };
}
