import { listed, shownName, wildcardNotes } from './notes.js';
import { type Fields, type Made, RowFault } from './source-row.js';
import { flagIn, given, has, isObject, objectIn, textIn, timeIn } from './values.js';

const SHA_256_BYTES = 32;
/** Everything that Unkey is known to say of a key; what is not taken over has its note, if any. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['keyId', 'id', 'name', 'start', 'environment', 'enabled', 'meta', 'permissions', 'roles'],
  ...['externalId', 'ownerId', 'identity', 'plaintext', 'key', 'hash', 'credits', 'remaining'],
  ...['refill', 'ratelimits', 'ratelimit', 'createdAt', 'expires', 'deletedAt'],
  // Of the key's place and past with Unkey.
  ...['apiId', 'keyAuthId', 'keySpaceId', 'workspaceId', 'updatedAt', 'lastUsedAt'],
]);
const KNOWN_OF_IDENTITY: ReadonlySet<string> = new Set(['id', 'externalId', 'ratelimits']);
/** As the addresses of an API or a key may be called. */
const ADDRESSES = /^ip_?(?:white|allow)_?list$/i;
const TAG = /^[A-Za-z0-9][A-Za-z0-9._:=/-]{0,58}$/; // With `role:` before it.

/** A key of Unkey, as the second version of its API describes one, or the first. */
export function unkeyRow(fields: Fields): Made {
  refuseAddresses(fields);
  const roles = slugsIn(fields, 'roles');
  const environment = environmentOf(fields);
  const scopes = slugsIn(fields, 'permissions').map((slug) => slug.replaceAll('.', ':'));
  const notes = [
    ...limitNotes(fields),
    ...roleNotes(roles),
    ...environment.notes,
    ...unknownNotes(fields),
    ...wildcardNotes(scopes),
  ];
  const metadata = objectIn(fields, 'meta');
  return {
    row: given({
      id: textIn(fields, 'keyId') ?? textIn(fields, 'id'),
      name: textIn(fields, 'name') ?? '',
      owner: ownerOf(fields),
      environment: environment.name,
      scopes,
      tags: roles.filter((role) => TAG.test(role)).map((role) => `role:${role}`),
      createdAt: timeIn(fields, 'createdAt'),
      expiresAt: timeIn(fields, 'expires'),
      state: stateOf(fields),
      start: textIn(fields, 'start'),
      ...credentialOf(fields),
      metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
    }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function ownerOf(fields: Fields): string | undefined {
  const ofIdentity = textIn(identityOf(fields), 'externalId');
  return textIn(fields, 'externalId') ?? ofIdentity ?? textIn(fields, 'ownerId');
}

function identityOf(fields: Fields): Fields {
  const identity = fields.get('identity');
  return new Map(isObject(identity) ? Object.entries(identity) : []);
}

function stateOf(fields: Fields): string {
  if (has(fields, 'deletedAt')) return 'revoked';
  const isEnabled = !has(fields, 'enabled') || flagIn(fields, 'enabled');
  return isEnabled && !isUsedUp(fields) ? 'active' : 'disabled';
}

function isUsedUp(fields: Fields): boolean {
  const credits = creditsOf(fields);
  const remaining = textIn(credits, 'remaining');
  return remaining !== undefined && Number(remaining) <= 0 && !has(credits, 'refill');
}

/** In the first version of the API they stand on the key itself. */
function creditsOf(fields: Fields): Fields {
  const credits = fields.get('credits');
  return isObject(credits) ? new Map(Object.entries(credits)) : fields;
}

/** A plaintext is there where the key can be recovered and was listed with `decrypt`. */
function credentialOf(fields: Fields): Readonly<Record<string, string>> {
  const plaintext = textIn(fields, 'plaintext') ?? textIn(fields, 'key');
  if (plaintext !== undefined) return { plaintext };
  const sha256 = sha256Of(hashIn(fields));
  if (sha256 !== undefined) return { sha256 };
  throw new RowFault(
    'has neither a SHA-256 hash nor its plaintext, and Unkey’s API lists no hashes. List keys that ' +
      'can be recovered with "decrypt": true, ask Unkey for the hashes, or issue a new key.',
    { isToBeReissued: true },
  );
}

/** As its migration API takes them: a text, or `{"value": "…", "variant": "sha256_base64"}`. */
function hashIn(fields: Fields): string | undefined {
  const hash = fields.get('hash');
  return isObject(hash) ? textIn(new Map(Object.entries(hash)), 'value') : textIn(fields, 'hash');
}

/** In base64url; base64 and hexadecimal are the same bytes. */
function sha256Of(hash: string | undefined): string | undefined {
  if (hash === undefined) return undefined;
  const bytes = /^[0-9a-f]{64}$/i.test(hash) ? Buffer.from(hash, 'hex') : bytesOf(hash);
  return bytes?.length === SHA_256_BYTES ? bytes.toString('base64url') : undefined;
}

/** Node takes what is no base64 as if it stopped there; only what it would write itself is one. */
function bytesOf(hash: string): Buffer | undefined {
  const bytes = Buffer.from(hash, 'base64');
  const spellings = [bytes.toString('base64'), bytes.toString('base64url')];
  return spellings.includes(hash) ? bytes : undefined;
}

/** Names of permissions or roles: texts, or objects with a `slug` or a `name`. */
function slugsIn(fields: Fields, column: string): readonly string[] {
  const list = fields.get(column) ?? [];
  const slugs = Array.isArray(list) ? list.map(slugOf) : [undefined];
  if (slugs.every((slug) => slug !== undefined)) return slugs;
  throw new RowFault(`has no list of names in ${column}. Save the answer of the API as it came.`);
}

function slugOf(entry: unknown): string | undefined {
  const slug = isObject(entry) ? (entry['slug'] ?? entry['name']) : entry;
  return typeof slug === 'string' ? slug : undefined;
}

/** Unkey knows any; here there are two. */
function environmentOf(fields: Fields) {
  const text = textIn(fields, 'environment');
  if (text === undefined) return { name: undefined, notes: [] };
  if (/^(?:test|testing|development|dev|staging|sandbox)$/i.test(text)) {
    return { name: 'test', notes: [] };
  }
  const isLive = /^(?:live|production|prod)$/i.test(text);
  return { name: 'live', notes: isLive ? [] : ['Its environment is neither live nor test: live.'] };
}

function limitNotes(fields: Fields): readonly string[] {
  const notes: string[] = [];
  const isLimited = ['ratelimits', 'ratelimit'].some((name) => isSaid(fields.get(name)));
  const isOwnerLimited = isSaid(identityOf(fields).get('ratelimits'));
  if (isOwnerLimited) notes.push('The rate limits of its identity are not taken over yet.');
  if (isLimited) notes.push('Its rate limits are not taken over yet.');
  if (isUsedUp(fields)) notes.push('It has no credits left, and comes as disabled.');
  else if (has(creditsOf(fields), 'remaining')) {
    notes.push('Its credits are not taken over yet: it works without a limit of requests.');
  }
  return notes;
}

function roleNotes(roles: readonly string[]): readonly string[] {
  if (roles.length === 0) return [];
  return ['What its roles permit is not taken over, only their names: give it scopes.'];
}

/** Without its addresses a key would work from anywhere. */
function refuseAddresses(fields: Fields): void {
  const names = [...fields.keys()].filter((name) => ADDRESSES.test(name));
  if (!names.some((name) => isSaid(fields.get(name)))) return;
  throw new RowFault(
    'works from some addresses only, which an import does not take over. Issue a new key that ' +
      'does: keyturn key create --name NAME --address NETWORK',
  );
}

/** What this program has never heard of may have been a border: it is not lost without a word. */
function unknownNotes(fields: Fields): readonly string[] {
  const ofIdentity = namesIn(identityOf(fields), KNOWN_OF_IDENTITY);
  const names = [...namesIn(fields, KNOWN), ...ofIdentity.map((name) => `identity.${name}`)];
  if (names.length === 0) return [];
  return [`Not taken over: ${listed(names)}. If a key depends on it, put it into "meta".`];
}

/** The fields that say something and are not known. */
function namesIn(fields: Fields, known: ReadonlySet<string>): readonly string[] {
  const names = [...fields].filter(([name, value]) => !known.has(name) && isSaid(value));
  return names.map(([name]) => shownName(name));
}

function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== '' && value !== false;
}
