import { UnprocessableError } from '../errors.js';
import {
  environment,
  type Form,
  type Forms,
  faultsIn,
  isObject,
  objectOf,
  oneOf,
  orNull,
  required,
  text,
  texts,
} from '../form.js';
import { digestOf } from '../keys/digest.js';
import { lastTimeMs, parseTime } from '../keys/duration.js';
import type { Environment } from '../keys/format.js';
import type { StoredKeyState } from '../keys/key.js';
import { type KeyspaceRecord, MANAGEMENT_KEYSPACE } from '../keys/keyspace.js';
import { faultInText, printableName } from '../keys/text.js';
import type { ImportRow, KeyPatch } from '../views.js';
import { type ForeignSecret, type Refusal, readSecret } from './import-secret.js';
import { type KeyFields, NOTHING_YET, readKeyFields } from './key-input.js';

/** A row that can be imported: what the key will be. */
export interface ReadRow {
  readonly kind: 'read';
  /** As the source says it. */
  readonly id: string;
  /** Its digest: an id may be long, or hold a hash. */
  readonly sourceId: string;
  readonly fields: KeyFields;
  readonly environment: Environment;
  readonly state: StoredKeyState;
  /** Null: the source does not say. */
  readonly stateReason: string | null;
  /** Null: the source does not say. */
  readonly createdAt: number | null;
  readonly secret: ForeignSecret;
  /** What had to be changed so that it could be kept. */
  readonly notes: readonly string[];
}

/** A row that cannot be. */
export interface RefusedRow extends Refusal {
  readonly kind: 'refused';
  readonly id: string | null;
}

interface Place {
  readonly keyspace: KeyspaceRecord;
  /** The keyspace that the rows are of in their source, where they say it. */
  readonly fromKeyspace: string;
  readonly nowMs: number;
}

const MAX_ID_LENGTH = 1_024;
const FINER_THAN_MS = /\.\d{4,}/;

const id: Form = {
  wanted: 'a string or a whole number',
  fits: (value) => typeof value === 'string' || Number.isSafeInteger(value),
};
const rowForms: Forms<ImportRow> = {
  id: required(id),
  keyspace: orNull(text),
  name: orNull(text),
  owner: orNull(text),
  environment: orNull(environment),
  scopes: orNull(texts),
  tags: orNull(texts),
  metadata: { wanted: 'an object or null', fits: (value) => value === null || isObject(value) },
  createdAt: orNull(text),
  expiresAt: orNull(text),
  notBefore: orNull(text),
  state: orNull(oneOf('active', 'disabled', 'revoked')),
  stateReason: orNull(text),
  prefix: orNull(text),
  start: orNull(text),
  plaintext: orNull(text),
  sha256: orNull(text),
  hash: orNull(text),
};
const ROW = required(objectOf(rowForms, { wanted: 'an object', fieldIs: 'a field of a row' }));

/** Reads one row of an import. Whatever is wrong with it is said of it alone. */
export function readRow(value: unknown, place: Place): ReadRow | RefusedRow {
  const faults = faultsIn([ROW, value]);
  if (faults.length > 0 || !isRow(value)) {
    const [first = { pointer: '', message: 'is no row.', fix: '' }] = faults;
    const field = first.pointer === '' ? 'The row' : `"${first.pointer.slice(1)}"`;
    return refusedRow(idIn(value), `${field} ${first.message}`, first.fix);
  }
  const rowId = String(value.id);
  if (rowId === '' || rowId.length > MAX_ID_LENGTH) {
    const fix = `Give it an "id" of 1 to ${MAX_ID_LENGTH} characters, unique in the source.`;
    return refusedRow(null, 'Its id is empty or too long.', fix);
  }
  const { plaintext } = value;
  if (typeof plaintext === 'string' && plaintext !== '' && rowId.includes(plaintext)) {
    return refusedRow(null, 'Its id holds the key itself.', 'Give it another "id".');
  }
  const unfit = faultInReason(value);
  if (unfit !== undefined) return refusedRow(rowId, `"stateReason" ${unfit}`, REASON_FIX);
  const stranger = strangerIn(value, place);
  if (stranger !== undefined) return refusedRow(rowId, stranger.reason, stranger.fix);
  const secret = readSecret(value, { ownPrefix: place.keyspace.prefix });
  if ('outcome' in secret) return { kind: 'refused', id: rowId, ...secret };
  return readFields(value, place, { rowId, secret });
}

const REASON_FIX = 'Use 1 to 200 printable characters, or leave it out.';

function faultInReason({ stateReason, plaintext }: ImportRow): string | undefined {
  if (stateReason === null || stateReason === undefined) return undefined;
  const isTold = typeof plaintext === 'string' && plaintext !== '';
  if (isTold && stateReason.includes(plaintext)) return 'holds the key itself.';
  return faultInText(stateReason);
}

/** A keyspace is the border between tenants: no row crosses it by itself, and no key of ours. */
function strangerIn(
  { keyspace, plaintext, start, prefix }: ImportRow,
  place: Place,
): Pick<RefusedRow, 'reason' | 'fix'> | undefined {
  const texts = [plaintext, start, prefix].filter((one) => typeof one === 'string');
  if (keyspace === MANAGEMENT_KEYSPACE.name || texts.some(isOfManagement)) {
    const reason = 'It is a management key, and those cannot be imported.';
    return { reason, fix: 'Make one there: keyturn key create --keyspace keyturn.' };
  }
  if (keyspace === null || keyspace === undefined || keyspace === place.fromKeyspace) {
    return undefined;
  }
  const fix = `Import it with --keyspace; to make it one of "${place.keyspace.name}": --from-keyspace.`;
  return { reason: `It is of another keyspace than "${place.fromKeyspace}".`, fix };
}

const MANAGEMENT_START = new RegExp(`^${MANAGEMENT_KEYSPACE.prefix}_(?:live|test)(?:_|$)`);

function isOfManagement(text: string): boolean {
  return MANAGEMENT_START.test(text);
}

function readFields(
  row: ImportRow,
  place: Place,
  { rowId, secret }: { readonly rowId: string; readonly secret: ForeignSecret },
): ReadRow | RefusedRow {
  const times = readTimes(row);
  if ('reason' in times) return refusedRow(rowId, times.reason, times.fix);
  const { createdAt, ...bounds } = times;
  const said = row.name ?? '';
  const name = printableName(said) ?? nameless(secret);
  try {
    const fields = { ...readKeyFields(NOTHING_YET, patchOf(row, name), place), ...bounds };
    return {
      kind: 'read',
      id: rowId,
      sourceId: digestOf(rowId),
      fields,
      environment: row.environment ?? 'live',
      state: row.state ?? 'active',
      stateReason: row.stateReason ?? null,
      createdAt,
      secret,
      notes: [
        ...(name === said ? [] : [NAME_CHANGED]),
        ...(isBeyondAscii(row) ? [BEYOND_ASCII] : []),
      ],
    };
  } catch (fault) {
    if (!(fault instanceof UnprocessableError)) throw fault;
    const [first = { pointer: '', message: '', fix: '' }] = fault.errors;
    return refusedRow(rowId, `"${first.pointer.slice(1)}" ${first.message}`, first.fix);
  }
}

function patchOf({ owner, scopes, tags, metadata }: ImportRow, name: string): KeyPatch {
  return {
    name,
    owner: owner ?? null,
    scopes: scopes ?? [],
    tags: tags ?? [],
    metadata: metadata ?? {},
  };
}

type Times = Pick<ReadRow, 'createdAt'> & Pick<KeyFields, 'expiresAt' | 'notBefore'>;

function readTimes(row: ImportRow): Times | Pick<RefusedRow, 'reason' | 'fix'> {
  const [createdAt, notBefore] = [timeIn(row.createdAt), timeIn(row.notBefore)];
  const expiresAt = expiryIn(row.expiresAt);
  if (createdAt === undefined || notBefore === undefined || expiresAt === undefined) {
    return { reason: 'One of its times is no time.', fix: 'Write 2027-01-31T09:00:00Z.' };
  }
  if (expiresAt !== null && notBefore !== null && notBefore >= expiresAt) {
    return { reason: 'It expires before it begins.', fix: 'Correct "notBefore".' };
  }
  return { createdAt, expiresAt, notBefore };
}

/** A header's bytes are read as Latin-1 (RFC 9110 §5.5 gives them no other meaning). */
function isBeyondAscii({ plaintext }: ImportRow): boolean {
  return typeof plaintext === 'string' && /[^\x20-\x7e]/.test(plaintext);
}

const BEYOND_ASCII =
  'It has characters beyond ASCII, which a request can only bring in Latin-1: whoever sends them in ' +
  'UTF-8, as curl does, is refused. Issue a new key to those.';
const NAME_CHANGED =
  'Its name was empty, too long, or had characters that cannot be seen: it was changed.';

/** A key without a name has its hint to be known by. */
function nameless({ hint }: ForeignSecret): string {
  return hint === 'imported' ? hint : `imported ${hint}`;
}

/** Null: there is none. Undefined: it is no time. */
function timeIn(said: string | null | undefined): number | null | undefined {
  return said === null || said === undefined ? null : parseTime(said);
}

/**
 * When the key no longer works, in whole milliseconds. A source that counts finer than they do
 * lets its keys live through the very instant that it names: the first millisecond after it counts.
 */
function expiryIn(said: string | null | undefined): number | null | undefined {
  const timeMs = timeIn(said);
  if (typeof timeMs !== 'number' || !FINER_THAN_MS.test(said ?? '')) return timeMs;
  return Math.min(timeMs + 1, lastTimeMs);
}

function isRow(value: unknown): value is ImportRow {
  return isObject(value);
}

/** The id of a row that has another fault, where it can be told. */
function idIn(value: unknown): string | null {
  const said: unknown = isObject(value) ? Reflect.get(value, 'id') : undefined;
  if (typeof said === 'number') return String(said);
  return typeof said === 'string' && said.length <= MAX_ID_LENGTH ? said : null;
}

function refusedRow(id: string | null, reason: string, fix: string): RefusedRow {
  return { kind: 'refused', id, outcome: 'refused', reason, fix };
}
