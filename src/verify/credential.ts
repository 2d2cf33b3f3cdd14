import { hasShape } from '../keys/foreign-shape.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Mistake } from '../keys/mistake.js';
import { headerOf, isNamed } from '../sender.js';
import type { HeaderSource } from '../verdict.js';

/** What a request carries: exactly one credential, none, or too many. */
export type Credential =
  | { readonly kind: 'one'; readonly plaintext: string }
  | { readonly kind: 'missing'; readonly mistake?: Mistake }
  | { readonly kind: 'ambiguous' };

const MISSING: Credential = { kind: 'missing' };
const AMBIGUOUS: Credential = { kind: 'ambiguous' };
const QUOTED: Credential = { kind: 'missing', mistake: 'quotes' };
const NO_SCHEME: Credential = { kind: 'missing', mistake: 'no_scheme' };
const IN_URL: Credential = { kind: 'missing', mistake: 'in_url' };

/**
 * Reads the one credential of a keyspace's forms. Two of them, or one sent twice, is `ambiguous`:
 * two programs could read it differently. A user's own Bearer token is none of ours, unless the
 * keyspace takes nothing else.
 * @public
 */
export function readCredential(
  source: HeaderSource,
  url: string | undefined,
  keyspace: KeyspaceRecord,
): Credential {
  const found = 'get' in source ? readJoined(source, keyspace) : readRaw(source, keyspace);
  const isInUrl = url !== undefined && readUrl(url, keyspace, found);
  if (found.length > 1 || (found.length === 1 && isInUrl)) return AMBIGUOUS;
  const [plaintext] = found;
  if (plaintext === undefined) return isInUrl ? IN_URL : missingFrom(source, keyspace);
  // No key has a comma: servers join a header that was sent twice with one (RFC 9110 §5.3).
  return plaintext.includes(',') ? AMBIGUOUS : { kind: 'one', plaintext };
}

/** Node's `rawHeaders`, in which a header that was sent twice stands twice. */
function readRaw(raw: readonly string[], keyspace: KeyspaceRecord): string[] {
  const found: string[] = [];
  const authorizations: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const value = raw[index + 1] ?? '';
    if (isNamed(name, 'authorization')) authorizations.push(value);
    else if (isOneOf(keyspace.credentials.headers, name)) found.push(value.trim());
  }
  // Joined as every other server joins them, so that both doors decide alike.
  if (authorizations.length > 0) readAuthorization(authorizations.join(', '), keyspace, found);
  return found;
}

function isOneOf(names: readonly string[], header: string): boolean {
  for (const name of names) if (isNamed(header, name)) return true;
  return false;
}

function readJoined(headers: Headers, keyspace: KeyspaceRecord): string[] {
  const found: string[] = [];
  for (const name of keyspace.credentials.headers) {
    const value = headers.get(name);
    if (value !== null) found.push(value.trim());
  }
  const authorization = headers.get('authorization');
  if (authorization !== null) readAuthorization(authorization, keyspace, found);
  return found;
}

/** Read last: whose token it is may be told by what else was found. */
function readAuthorization(value: string, keyspace: KeyspaceRecord, found: string[]): void {
  const ownIn = (text: string) => ownCredential(text, keyspace, found.length === 0);
  if (!value.includes(',')) {
    const own = ownIn(value);
    if (own !== undefined) found.push(own);
    return;
  }
  const hasOwn = value.split(',').some((part) => ownIn(part) !== undefined);
  if (hasOwn) found.push(value); // With its comma: more than one credential.
}

/** Nothing that counts. A key of ours in `Authorization` that does not count is told of. */
function missingFrom(source: HeaderSource, { credentials, prefix }: KeyspaceRecord): Credential {
  const text = headerOf(source, 'authorization') ?? '';
  if (!text.includes(`${prefix}_`)) return MISSING; // A user's own token, or none.
  const own = new RegExp(`(["'\`]?)\\b${prefix}_(?:live|test)_`).exec(text);
  if (own === null) return MISSING;
  if (own[1] !== '') return QUOTED;
  return credentials.schemes.includes(schemeOf(text.trim())) ? MISSING : NO_SCHEME;
}

/** In lower case: the text up to the first space, or all of it. */
function schemeOf(text: string): string {
  const space = text.search(/[ \t]/);
  return (space === -1 ? text : text.slice(0, space)).toLowerCase();
}

/**
 * What follows a scheme of ours. A Bearer token only if it looks like a key, or where the keyspace
 * has no other scheme and the request no other key.
 */
function ownCredential(
  value: string,
  keyspace: KeyspaceRecord,
  isAlone: boolean,
): string | undefined {
  const text = value.trim();
  const scheme = schemeOf(text);
  const { schemes } = keyspace.credentials;
  if (!schemes.includes(scheme)) return undefined;
  const credential = text.slice(scheme.length).trim();
  if (scheme !== 'bearer' || credential.startsWith(`${keyspace.prefix}_`)) return credential;
  if (isAlone && schemes.length === 1) return credential;
  // Else it is a user's own token, unless it looks like a key that was imported: exactly, since a
  // token of any length may look like one of a shape that leaves the length open.
  const isImported = keyspace.foreignShapes.some(
    (shape) => shape.minLength === shape.maxLength && hasShape(credential, shape),
  );
  return isImported ? credential : undefined;
}

/**
 * Takes the query parameter a keyspace has opted into. Answers true if a key of ours stands
 * anywhere else in the query, where logs and browser histories keep it.
 */
function readUrl(url: string, keyspace: KeyspaceRecord, found: string[]): boolean {
  const question = url.indexOf('?');
  if (question === -1) return false;
  const start = `${keyspace.prefix}_`;
  const isQuiet = keyspace.credentials.query === null && !url.includes(start, question);
  if (isQuiet && !url.includes('%', question)) return false;
  let isRefused = false;
  for (const [name, value] of new URLSearchParams(url.slice(question + 1))) {
    if (name === keyspace.credentials.query) found.push(value);
    else if (/^(?:live|test)_/.test(value.slice(start.length)) && value.startsWith(start)) {
      isRefused = true;
    }
  }
  return isRefused;
}
