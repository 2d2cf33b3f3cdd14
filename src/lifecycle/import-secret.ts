import { type Digest, digestOf, foreignDigest, sha256From } from '../keys/digest.js';
import { decodeDjangoHash } from '../keys/django-hash.js';
import { alphabetOf, type ForeignShape, MIN_FOREIGN_LENGTH } from '../keys/foreign-shape.js';
import { isWellFormed, MAX_KEY_LENGTH } from '../keys/format.js';
import { hintOf } from '../keys/hint.js';
import type { SecretScheme } from '../keys/scheme.js';
import { faultInText } from '../keys/text.js';
import type { ImportRow } from '../views.js';

/** What an import stores of a secret: enough to check it by, and nothing to send. */
export interface ForeignSecret {
  readonly scheme: SecretScheme;
  readonly digest: Digest;
  /** Of what the source said, to see later whether that has changed. */
  readonly fingerprint: string;
  readonly lookup: string | null;
  /** What the keyspace has to know so that the key is looked for; null: it looks like our own. */
  readonly shape: ForeignShape | null;
  readonly hint: string;
}

/** Why a row is not taken, and what to do. */
export interface Refusal {
  readonly outcome: 'refused' | 'reissue';
  readonly reason: string;
  readonly fix: string;
}

type SecretFields = Pick<ImportRow, 'plaintext' | 'sha256' | 'hash' | 'prefix' | 'start'>;

const SEPARATOR = '.'; // Of djangorestframework-api-key, the one source whose hashes have a salt.
const MAX_PREFIX_LENGTH = 100;
const MAX_HINT_LENGTH = 12;
const EXPORT_AGAIN = 'Export the row again, or issue this key again.';
const ISSUE_AGAIN = 'Issue it again, with keyturn key create.';

/** Reads the one secret of a row. What is refused is never repeated. */
export function readSecret(
  row: SecretFields,
  { ownPrefix }: { readonly ownPrefix: string },
): ForeignSecret | Refusal {
  const { plaintext, sha256, hash } = row;
  const given = [plaintext, sha256, hash].filter((one) => typeof one === 'string');
  if (given.length !== 1) {
    return refused(
      given.length === 0 ? 'It has no secret.' : 'It has more than one secret.',
      'Give exactly one of "plaintext", "sha256" and "hash".',
    );
  }
  const prefixFault = faultInPrefix(row.prefix);
  if (prefixFault !== undefined) return refused(prefixFault, EXPORT_AGAIN);
  if (typeof plaintext === 'string') return readPlaintext(plaintext, row, ownPrefix);
  if (typeof sha256 === 'string') return readSha256(sha256, row, ownPrefix);
  return readHash(hash ?? '', row);
}

function readPlaintext(
  plaintext: string,
  row: SecretFields,
  ownPrefix: string,
): ForeignSecret | Refusal {
  const { length } = plaintext;
  const digest = digestOf(plaintext);
  const common = { scheme: 'sha256', digest, fingerprint: digest, lookup: null } as const;
  if (isWellFormed(plaintext, ownPrefix)) {
    return { ...common, shape: null, hint: hintOf(plaintext) };
  }
  const alphabet = alphabetOf(plaintext);
  if (length < MIN_FOREIGN_LENGTH || length > MAX_KEY_LENGTH) {
    const bounds = `${MIN_FOREIGN_LENGTH} to ${MAX_KEY_LENGTH} characters`;
    return refused(`The key is ${length} characters long; a key has ${bounds}.`, ISSUE_AGAIN);
  }
  if (alphabet === undefined) {
    return refused(
      'The key has white space, a comma or a character that cannot be seen.',
      'Was it quoted or broken when it was exported? If not, issue it again.',
    );
  }
  const shape = { minLength: length, maxLength: length, alphabet, separator: null };
  const shown = row.start ?? row.prefix ?? plaintext.slice(0, 4);
  const hint = hintFrom(shown).slice(0, Math.floor(length / 4)) || 'imported';
  return { ...common, shape, hint };
}

function readSha256(text: string, row: SecretFields, ownPrefix: string): ForeignSecret | Refusal {
  const digest = sha256From(text);
  if (digest === undefined) {
    return refused(
      '"sha256" is no SHA-256.',
      'Write 64 hexadecimal digits or 43 characters of base64url.',
    );
  }
  const start = row.start ?? row.prefix ?? '';
  const isOwn = start.startsWith(`${ownPrefix}_live_`) || start.startsWith(`${ownPrefix}_test_`);
  const alphabet = alphabetOf(start) === 'any' ? 'any' : 'ascii';
  const shape = isOwn ? null : wideShape(alphabet);
  const hint = isOwn ? start.slice(0, ownPrefix.length + 10) : hintFrom(start);
  return { scheme: 'sha256', digest, fingerprint: digest, lookup: null, shape, hint };
}

const DIRECT = [
  ['sha512', /^sha512\$\$([0-9a-f]{128})$/],
  ['sha1', /^sha1\$\$([0-9a-f]{40})$/],
  ['md5', /^(?:md5\$\$)?([0-9a-f]{32})$/],
] as const;

function readHash(encoded: string, row: SecretFields): ForeignSecret | Refusal {
  const { prefix = null } = row;
  if (encoded === '') return refused('Its hash is empty.', ISSUE_AGAIN);
  if (prefix !== null && encoded.startsWith(`${prefix}${SEPARATOR}`)) {
    const reason = 'It holds the key itself where a hash should be.';
    return { outcome: 'reissue', reason, fix: ISSUE_AGAIN };
  }
  const shape = prefix === null ? wideShape('any') : shapeAfter(prefix);
  const common = { fingerprint: digestOf(encoded), shape, hint: hintFrom(row.start ?? prefix) };
  for (const [scheme, pattern] of DIRECT) {
    const hex = pattern.exec(encoded)?.[1];
    if (hex === undefined) continue;
    const digest = foreignDigest({ scheme, bytes: Buffer.from(hex, 'hex') });
    return { ...common, scheme, digest, lookup: null };
  }
  const decoded = decodeDjangoHash(encoded);
  if (!decoded.ok) {
    const [reason = '', ...fix] = decoded.fault.split(/(?<=\.) (?=[A-Z])/);
    return refused(`Its hash ${reason}`, fix.join(' '));
  }
  if (prefix === null) {
    return refused(
      'Its hash has a salt, and there is no prefix to find it by.',
      'Give the "prefix": what stands before the first dot of the key.',
    );
  }
  const { scheme } = decoded;
  return { ...common, scheme, digest: foreignDigest({ scheme, encoded }), lookup: prefix };
}

function faultInPrefix(prefix: string | null | undefined): string | undefined {
  if (prefix === null || prefix === undefined) return undefined;
  const isRight = prefix.length <= MAX_PREFIX_LENGTH && faultInText(prefix) === undefined;
  return isRight && !prefix.includes(SEPARATOR) ? undefined : '"prefix" is no prefix of a key.';
}

/** Only its prefix is known: what follows the separator may be of any length. */
function shapeAfter(prefix: string): ForeignShape {
  const minLength = Math.max(MIN_FOREIGN_LENGTH, prefix.length + SEPARATOR.length + 1);
  return { minLength, maxLength: MAX_KEY_LENGTH, alphabet: 'any', separator: SEPARATOR };
}

/** Nothing is known of the key but a digest. */
function wideShape(alphabet: 'ascii' | 'any'): ForeignShape {
  return { minLength: MIN_FOREIGN_LENGTH, maxLength: MAX_KEY_LENGTH, alphabet, separator: null };
}

/** What may be shown of the key: a few of its first characters, if they can be shown. */
function hintFrom(start: string | null | undefined): string {
  const shown = (start ?? '').slice(0, MAX_HINT_LENGTH);
  return faultInText(shown) === undefined ? shown : 'imported';
}

function refused(reason: string, fix: string): Refusal {
  return { outcome: 'refused', reason, fix };
}
