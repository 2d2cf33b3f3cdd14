import { type ErrorCode, KeyturnError } from '../errors.js';

/** Which command failed, and on what data. */
export interface FailedCall {
  /** `key show`. */
  readonly path: string;
  readonly operands: readonly string[];
  /** The options that name the data, as typed: ` --database sqlite:./a.db`, or nothing. */
  readonly where: string;
  /** `--keyspace`, as typed. */
  readonly keyspace: string | undefined;
  /** The server that was named, where it was. */
  readonly server: string | undefined;
}

/** The verbs whose operand names a thing that is there already. */
const ON_A_THING = ['show', 'update', 'erase', 'delete', 'revoke', 'disable', 'enable'];

/** The next command to run after a fault. */
export function nextStep(fault: unknown, call: FailedCall): string {
  if (fault instanceof KeyturnError) {
    if ('next' in fault && typeof fault.next === 'string') return fault.next;
    return stepAfter(fault.code, fault.message, call);
  }
  return diagnosis(call);
}

function stepAfter(code: ErrorCode, message: string, call: FailedCall): string {
  const [noun = ''] = call.path.split(' ');
  switch (code) {
    case 'invalid_request':
    case 'unprocessable':
      return `keyturn ${[call.path, '--help'].join(' ').trim()}`;
    case 'config_invalid':
      return 'keyturn config print --help';
    case 'not_found':
      return listOfMissing(message, call);
    case 'already_exists':
    case 'idempotency_mismatch':
    case 'idempotency_in_flight':
      return listOf(noun, call);
    case 'version_conflict':
    case 'state_conflict':
      return `keyturn ${[noun, 'show', ...call.operands.slice(0, 1)].join(' ')}${call.where}`;
    case 'unauthenticated':
    case 'forbidden':
    case 'setup_refused':
      return 'keyturn key list --keyspace keyturn';
    case 'schema_uninitialised':
    case 'schema_older':
      return `keyturn migrate${call.where}`;
    case 'schema_newer':
      return 'npm install keyturn@latest';
    case 'store_unavailable':
    case 'store_unwritable':
    case 'store_corrupt':
    case 'database_in_use':
    case 'dependency_missing':
    case 'closed':
    case 'internal':
      return diagnosis(call);
  }
}

/** What is not there: the thing that the command acts on, or else the keyspace that it names. */
function listOfMissing(message: string, call: FailedCall): string {
  const [noun = '', verb = ''] = call.path.split(' ');
  const isThing = ON_A_THING.includes(verb) && !/^No keyspace\b/.test(message);
  return listOf(isThing ? noun : 'keyspace', call);
}

function listOf(noun: string, { keyspace, where }: FailedCall): string {
  // The same owner's id stands for another one in another keyspace.
  const within = noun === 'owner' && keyspace !== undefined ? ` --keyspace ${keyspace}` : '';
  return `keyturn ${noun} list${within}${where}`;
}

/** The doctor sees databases; a server says itself how it is. */
function diagnosis({ server, where }: FailedCall): string {
  return server === undefined ? `keyturn doctor${where}` : `curl ${server}/readyz`;
}
