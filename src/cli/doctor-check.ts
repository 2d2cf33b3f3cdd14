import type { ErrorCode } from '../errors.js';

/** One line of `keyturn doctor`. */
export interface Check {
  readonly name: CheckName;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; null where nothing is to be done. */
  readonly fix: string | null;
  /** Of the fault that commands end with while it fails; null where it does not. */
  readonly code: ErrorCode | null;
}
type CheckName =
  | 'config'
  | 'node'
  | 'driver'
  | 'packages'
  | 'folder'
  | 'file'
  | 'disk'
  | 'lock'
  | 'database'
  | 'direct'
  | 'schema'
  | 'mode'
  | 'epoch'
  | 'writes'
  | 'clock'
  | 'times'
  | 'instances';

interface Trouble {
  readonly detail: string;
  readonly fix: string;
}

export function passed(name: CheckName, detail: string): Check {
  return { name, status: 'ok', detail, fix: null, code: null };
}

export function warned(name: CheckName, { detail, fix }: Trouble): Check {
  return { name, status: 'warn', detail, fix, code: null };
}

export function failed(name: CheckName, code: ErrorCode, { detail, fix }: Trouble): Check {
  return { name, status: 'fail', detail, fix, code };
}
