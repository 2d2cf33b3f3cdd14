import { createHash } from 'node:crypto';
import { metadataFrom } from './metadata.js';
import { unenforcedNotes } from './notes.js';
import { type Fields, type Made, RowFault } from './source-row.js';
import { flagIn, given, has, textIn, timeIn } from './values.js';

/** The columns of a key, in any release from 1.0 on. */
const COLUMNS = ['id', 'prefix', 'hashed_key', 'name', 'created', 'expiry_date', 'revoked'];
/** What may stand behind the prefix's dot, and is no file or host name. */
const SECRET = /^[^\s.]{16,}$/;
const LEAK_NOTE =
  'Another column holds the key itself, for all to read who read the table. It was left out; ' +
  'rotate the key, and empty that column.';

/**
 * A key of djangorestframework-api-key from 1.0 on.
 * @param ownerColumn the column that says whose it is, as in a database or as in a `dumpdata`.
 */
export function drfRow(fields: Fields, ownerColumn?: string): Made {
  if (isOfRelease0(fields)) throw reissueFault();
  const id = textIn(fields, 'id');
  const { prefix, hash } = credentialIn(fields, id);
  const owner = ownerColumn === undefined ? undefined : columnOfOwner(fields, ownerColumn);
  const known = new Set([...COLUMNS, ...(owner === undefined ? [] : [owner])]);
  const leaks = columnsOfKeys(fields, known, prefix);
  const others = new Set([...known, ...leaks]);
  const notes = [...(leaks.length === 0 ? [] : [LEAK_NOTE]), ...unenforcedNotes(fields, others)];
  return {
    row: given({
      id: idOf(id, prefix),
      name: nameIn(fields),
      owner: owner === undefined ? undefined : textIn(fields, owner),
      createdAt: timeIn(fields, 'created'),
      expiresAt: expiryIn(fields),
      state: flagIn(fields, 'revoked') ? 'revoked' : 'active',
      prefix,
      start: prefix,
      hash,
      metadata: metadataFrom(fields, others),
    }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** Whether these are the columns of release 0.x: a `token` (in 0.1: `key`) for each `client_id`. */
export function isOfRelease0(fields: { has(column: string): boolean }): boolean {
  const hasToken = fields.has('token') || fields.has('key');
  return hasToken && fields.has('client_id') && !fields.has('hashed_key');
}

/** The column of that name; a foreign key is `owner_id` in a database and `owner` in a `dumpdata`. */
function columnOfOwner(fields: Fields, wanted: string): string {
  const names = [wanted, `${wanted}_id`, wanted.replace(/_id$/, '')];
  const found = names.find((name) => fields.has(name));
  if (found !== undefined) return found;
  throw new RowFault(
    'has no column of the name that --owner-column gives. Import its table by itself, with --table.',
  );
}

function reissueFault(): RowFault {
  return new RowFault(
    'was made by a release 0.x, which kept the secret itself. Whoever has read that table knows ' +
      'it: issue a new key instead (keyturn key create --name NAME).',
    { isToBeReissued: true },
  );
}

/**
 * Since 1.4 there are columns for both; before, the id joined them. The id stays as it was when a
 * later release hashes the key anew, so it is not read where the columns are.
 */
function credentialIn(fields: Fields, id: string | undefined) {
  const dot = id?.indexOf('.') ?? -1; // The first one: the hashes of bcrypt have dots, too.
  const [prefixOfId, hashOfId] =
    id === undefined || dot < 1 ? [] : [id.slice(0, dot), id.slice(dot + 1)];
  const hash = isHashEmpty(fields) ? '' : (textIn(fields, 'hashed_key') ?? hashOfId);
  const prefix = textIn(fields, 'prefix') ?? prefixOfId;
  if (hash === undefined) {
    throw new RowFault('has no hash, in hashed_key or after the dot of its id. Export both.');
  }
  if (prefix === undefined) {
    throw new RowFault('has no prefix, in a column or before the dot of its id. Export it, too.');
  }
  return { prefix, hash };
}

/** Somebody emptied it to end the key. (A CSV has nothing else to write for a table before 1.4.) */
function isHashEmpty(fields: Fields): boolean {
  return fields.get('hashed_key') === '' && has(fields, 'prefix');
}

/** The outer blanks stay, and so does an empty name: what becomes of them is the import's to say. */
function nameIn(fields: Fields): string {
  const name = fields.get('name') ?? '';
  if (typeof name === 'string') return name;
  throw new RowFault('has no text in name. Export it as a text.');
}

/**
 * In microseconds, as Django counts, also where nothing stands behind the seconds: the package lets
 * a key live through that very instant, and an import reads so from the digits.
 */
function expiryIn(fields: Fields): string | undefined {
  const [time, fraction = ''] = timeIn(fields, 'expiry_date')?.replace('Z', '').split('.') ?? [];
  return time === undefined ? undefined : `${time}.${fraction.padEnd(6, '0')}Z`;
}

/** Of a hash that an id holds; two ids of one prefix are told apart by far less. */
const FINGERPRINT_LENGTH = 16;

/**
 * The same for one row, wherever it is read. An id that holds a hash does not stand anywhere in
 * Keyturn: there the hash is replaced by a better one on the key's first use, and would stay here.
 */
function idOf(id: string | undefined, prefix: string): string {
  if (id === undefined) return prefix;
  if (!id.includes('$')) return `${prefix}.${id}`;
  const fingerprint = createHash('sha256').update(id).digest('hex').slice(0, FINGERPRINT_LENGTH);
  return `${prefix}.${fingerprint}`;
}

/** The columns of their own in which somebody keeps the key itself: no metadata to be shown. */
function columnsOfKeys(fields: Fields, known: ReadonlySet<string>, prefix: string) {
  const start = `${prefix}.`;
  return [...fields].flatMap(([name, value]) => {
    const isOther = known.has(name) || typeof value !== 'string' || !value.startsWith(start);
    return isOther || !SECRET.test(value.slice(start.length)) ? [] : [name];
  });
}
