import {
  type ErrorCode,
  type FieldFault,
  InvalidRequestError,
  KeyturnError,
  UnprocessableError,
} from '../errors.js';

/** What a command's exit code says (docs/reference/command-line.md). */
export const EXIT = { done: 0, refused: 1, usage: 2, unavailable: 3, operator: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command was typed wrong; `next` is the command that helps. */
export class UsageFault extends KeyturnError {
  readonly code = 'invalid_request';
  readonly next: string | undefined;
  constructor(
    message: string,
    options: ErrorOptions & { readonly next?: string | undefined } = {},
  ) {
    super(message, options);
    this.next = options.next;
  }
}

/** What was named is not there; `next` is the command that shows what is. */
export class MissingFault extends KeyturnError {
  readonly code = 'not_found';
  readonly next: string;
  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

const EXIT_OF: Readonly<Record<ErrorCode, ExitCode>> = {
  invalid_request: EXIT.usage,
  unprocessable: EXIT.usage,
  config_invalid: EXIT.usage,
  not_found: EXIT.refused,
  forbidden: EXIT.refused,
  unauthenticated: EXIT.refused,
  version_conflict: EXIT.refused,
  state_conflict: EXIT.refused,
  already_exists: EXIT.refused,
  rotation_open: EXIT.refused,
  idempotency_mismatch: EXIT.refused,
  idempotency_in_flight: EXIT.refused,
  setup_refused: EXIT.refused,
  claim_refused: EXIT.refused,
  sign_in_refused: EXIT.refused,
  provider_unavailable: EXIT.unavailable,
  too_many_tries: EXIT.refused,
  invitation_refused: EXIT.refused,
  session_ended: EXIT.refused,
  confirmation_required: EXIT.refused,
  cross_site: EXIT.refused,
  partly_done: EXIT.unavailable,
  store_unavailable: EXIT.unavailable,
  store_unwritable: EXIT.unavailable,
  store_frozen: EXIT.unavailable,
  store_moved: EXIT.unavailable,
  store_quarantined: EXIT.unavailable,
  schema_uninitialised: EXIT.unavailable,
  schema_newer: EXIT.unavailable,
  schema_older: EXIT.unavailable,
  database_in_use: EXIT.unavailable,
  store_corrupt: EXIT.operator,
  dependency_missing: EXIT.operator,
  closed: EXIT.operator,
  internal: EXIT.operator,
};

/** The code of a fault; what we did not expect is internal. */
export function codeOf(fault: unknown): ErrorCode {
  return fault instanceof KeyturnError ? fault.code : 'internal';
}

/** The exit code of a fault. */
export function exitOf(fault: unknown): ExitCode {
  return exitOfCode(codeOf(fault));
}

/** The exit code of whatever ends with a fault of this code. */
export function exitOfCode(code: ErrorCode): ExitCode {
  return EXIT_OF[code];
}

const OPTION_OF: Readonly<Record<string, string>> = {
  name: '--name',
  keyspace: '--keyspace',
  owner: '--owner',
  environment: '--env',
  scopes: '--scope',
  expiresAt: '--expires',
  notBefore: '--not-before',
  metadata: '--metadata',
  tags: '--tag',
  tag: '--tag',
  key: '--key',
  subject: '--subject',
  type: '--type',
  search: '--search',
  address: '--address',
  origin: '--origin',
  method: '--method',
  path: '--path',
  state: '--state',
  prefix: '--prefix',
  staleness: '--staleness',
  storeLoss: '--store-loss',
  emails: '--email',
  locale: '--locale',
  timezone: '--timezone',
  limit: '--limit',
  cursor: '--cursor',
  from: '--from',
  since: '--since',
  to: '--to',
  per: '--per',
  by: '--by',
  secret: '--secret',
  kind: '--kind',
  position: '--position',
  consumer: '--consumer',
  until: '--until',
  overlap: '--overlap',
  reason: '--reason',
  idempotencyKey: '--idempotency-key',
  'restrictions/addresses': '--address',
  'restrictions/origins': '--origin',
  'restrictions/methods': '--method',
  'restrictions/paths': '--path',
  'restrictions/keyspaces': '--only-keyspace',
  'branding/name': '--display-name',
  'branding/logo': '--logo',
  'branding/replyTo': '--reply-to',
  'credentials/headers': '--header',
  'credentials/schemes': '--scheme',
  'credentials/query': '--query',
  credentials: '--header, --scheme',
  refusal: '--refusal',
  foreignShapes: '--foreign-shape',
};

/** What a fault says to a person; fields are named by the options that set them. */
export function messageOf(fault: unknown): string {
  const errors = fieldFaultsOf(fault);
  if (errors !== undefined) {
    return errors
      .map((field) => `${placeOf(field)}: ${field.message} ${field.fix}`.trim())
      .join('\n  ');
  }
  return fault instanceof Error ? fault.message : String(fault);
}

/** What is wrong with each field, where a fault tells. */
export function fieldFaultsOf(fault: unknown): readonly FieldFault[] | undefined {
  const hasFields = fault instanceof InvalidRequestError || fault instanceof UnprocessableError;
  return hasFields ? fault.errors : undefined;
}

const IN_FILE = /^in line \d+, column \d+,/;

/** A field of a policy file as the file writes it; any other by the option that sets it. */
function placeOf({ pointer, message }: FieldFault): string {
  if (!IN_FILE.test(message)) return optionAt(pointer);
  const path = pointer.split('/').slice(1).join('.');
  return path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) || 'input';
}

function optionAt(pointer: string): string {
  const [first = '', second = ''] = pointer.split('/').slice(1);
  if (first === 'settings') return `--set ${second}`.trim();
  return (
    OPTION_OF[`${first}/${second}`] ?? OPTION_OF[first] ?? (pointer === '' ? 'input' : pointer)
  );
}
