import { type ErrorCode, KeyturnError, RotationOpenError } from '../errors.js';
import { shellWord } from '../shell-word.js';
import type { Options } from './invocation.js';
import { redacted } from './setting-values.js';

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

const PLACES = [
  ['--config', 'config'],
  ['--database', 'database'],
  ['--direct-database', 'directDatabase'],
  ['--epoch-file', 'epochFile'],
  ['--server', 'server'],
  ['--key-file', 'keyFile'],
] as const;

/** The nouns with a `list`. */
const LISTED = ['key', 'keyspace', 'owner', 'policy', 'destination', 'person'];

/** What has no thing to list: what is missing is a file. */
const ON_FILES = ['backup', 'restore', 'move'];

/** The verbs whose operand names a thing that is there already. */
const ON_A_THING = [
  ...['show', 'update', 'erase', 'delete', 'revoke', 'disable', 'enable', 'rotate'],
  ...['remove', 'invite', 'sessions'],
];

/** What may be repeated of an operand that is not an id: a name. A secret is longer. */
const SHORT_NAME = /^[\w .@-]{1,16}$/;

/**
 * The options that name the data, as typed, for a command that comes next: ` --config a.json`, or
 * nothing.
 */
export function whereTyped(options: Options): string {
  return PLACES.map(([flag, name]) => {
    const value = options.text(name);
    return value === undefined ? '' : ` ${flag} ${shellWord(redacted(value))}`;
  }).join('');
}

/** The next command to run after a fault. */
export function nextStep(fault: unknown, call: FailedCall): string {
  if (fault instanceof RotationOpenError) {
    return `keyturn rotation show ${fault.rotation.id}${call.where}`;
  }
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
      // A key may name a policy that is not there: the list shows what it meant.
      if (/^\/policy: names "/.test(message)) return listOf('policy', call);
      return /^policy (?:test|apply)$/.test(call.path) ? testOf(call) : helpOf(call);
    case 'config_invalid':
      return 'keyturn config print --help';
    case 'not_found':
      return listOfMissing(message, call);
    case 'already_exists':
    case 'idempotency_mismatch':
    case 'idempotency_in_flight':
      return LISTED.includes(noun) ? listOf(noun, call) : helpOf(call);
    case 'version_conflict':
    case 'state_conflict':
      return showOf(call);
    case 'rotation_open':
      return `keyturn rotation list --open${call.where}`;
    case 'unauthenticated':
    case 'forbidden':
    case 'setup_refused':
    case 'claim_refused':
    case 'session_ended':
    case 'confirmation_required':
    case 'cross_site':
      return 'keyturn key list --keyspace keyturn';
    case 'provider_unavailable':
    case 'sign_in_refused':
    case 'too_many_tries':
    case 'invitation_refused':
      return `keyturn person list${call.where}`;
    case 'schema_uninitialised':
      return noun === 'move' ? helpOf(call) : `keyturn migrate${call.where}`;
    case 'schema_older':
      return `keyturn migrate${call.where}`;
    case 'schema_newer':
      return 'npm install keyturn@latest';
    case 'store_quarantined':
      return `keyturn quarantine show${call.where}`;
    case 'partly_done':
    case 'store_frozen':
    case 'store_moved':
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
  if (ON_FILES.includes(noun)) return helpOf(call);
  if (noun === 'destination' && /^No key has\b/.test(message)) return listOf('key', call);
  const isNamed = ON_A_THING.includes(verb) || ['rotation', 'destination'].includes(noun);
  const isThing = isNamed && !/^No keyspace\b/.test(message);
  if (!isThing) return listOf('keyspace', call);
  return noun === 'key' ? searchOf(call) : listOf(noun === 'session' ? 'person' : noun, call);
}

/** Keys like the name that was given in the place of an id. */
function searchOf(call: FailedCall): string {
  const [operand = ''] = call.operands;
  if (!SHORT_NAME.test(operand)) return listOf('key', call);
  return `keyturn key list --search ${shellWord(operand)}${call.where}`;
}

/** The thing that has changed, or else what the command takes. */
function showOf(call: FailedCall): string {
  const [noun = '', verb = ''] = call.path.split(' ');
  if (noun === 'quarantine') return `keyturn quarantine show${call.where}`;
  const [operand = ''] = call.operands;
  const isOnAThing =
    ON_A_THING.includes(verb) || (['rotation', 'destination'].includes(noun) && operand !== '');
  if (!isOnAThing) return helpOf(call);
  return `keyturn ${noun} show ${shellWord(operand)}${withinOf(noun, call)}${call.where}`;
}

/** The file is mended, and then tried again. */
function testOf(call: FailedCall): string {
  const { operands, where } = call;
  const [file = '-'] = operands;
  return `keyturn policy test ${shellWord(file)}${withinOf('policy', call)}${where}`;
}

function helpOf({ path }: FailedCall): string {
  return `keyturn ${[path, '--help'].join(' ').trim()}`;
}

function listOf(noun: string, call: FailedCall): string {
  return `keyturn ${noun} list${withinOf(noun, call)}${call.where}`;
}

/** The same owner's id, or policy's name, stands for another one in another keyspace. */
function withinOf(noun: string, { keyspace }: FailedCall): string {
  const isOfKeyspace = noun === 'owner' || noun === 'policy';
  return isOfKeyspace && keyspace !== undefined ? ` --keyspace ${shellWord(keyspace)}` : '';
}

/** The doctor sees databases; a server says itself how it is. */
function diagnosis({ server, where }: FailedCall): string {
  return server === undefined ? `keyturn doctor${where}` : `curl ${server}/readyz`;
}
