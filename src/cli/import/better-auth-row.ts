import { metadataFrom } from './metadata.js';
import { unenforcedNotes, wildcardNotes } from './notes.js';
import { type Fields, type Made, type ReadOptions, RowFault } from './source-row.js';
import { flagIn, given, has, isObject, jsonIn, textIn, timeIn } from './values.js';

/**
 * The columns of the plugin's table, in the releases that hold keys as this reads them (1.0 to 1.7:
 * `userId` became `referenceId`, and `configId` and `ipAllowlist` came).
 */
const COLUMNS = [
  'id',
  'configId',
  'name',
  'start',
  'prefix',
  'key',
  'referenceId',
  'userId',
  'enabled',
  'expiresAt',
  'createdAt',
  'updatedAt',
  'permissions',
  'metadata',
  'ipAllowlist',
  'rateLimitEnabled',
  'rateLimitTimeWindow',
  'rateLimitMax',
  'rateLimitWindowStart',
  'requestCount',
  'remaining',
  'refillInterval',
  'refillAmount',
  'lastRefillAt',
  'lastRequest',
] as const;
const NAME_OF = new Map<string, string>(COLUMNS.map((column) => [canonicalName(column), column]));
const SHA_256_BYTES = 32;
/** As many as the plugin keeps: one digest in 64^6 begins with them by chance, one in 64^2 with two. */
const TELLING_CHARACTERS = 6;
/** Of a plugin that was given no `configId`. */
const DEFAULT_CONFIGURATION = 'default';

/** One name for all that adapters make of a column's: `expiresAt`, `expires_at`. */
export function canonicalName(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Whose they are, and of which configuration. */
type Taken = Pick<ReadOptions, 'ownerColumn' | 'fromKeyspace'>;

/** A key of better-auth. */
export function betterAuthRow(record: Fields, options: Taken = {}): Made {
  const { ownerColumn, fromKeyspace } = options;
  const fields = withUsualNames(record);
  refuseOther(fields, fromKeyspace);
  refuseAllowlist(fields);
  const scopes = scopesOf(fields);
  const known = new Set<string>([...COLUMNS, ...(ownerColumn === undefined ? [] : [ownerColumn])]);
  const notes = [
    limitNote(fields),
    creditNote(fields),
    fromKeyspace === undefined ? configurationNote(fields, ownerColumn) : undefined,
    ...wildcardNotes(scopes),
    ...unenforcedNotes(fields, known),
  ].filter((note) => note !== undefined);
  const metadata = { ...metadataFrom(fields, known), ...metadataOf(fields) };
  return {
    row: given({
      id: textIn(fields, 'id'),
      name: textIn(fields, 'name') ?? '',
      owner: ownerOf(fields, ownerColumn),
      scopes,
      createdAt: timeIn(fields, 'createdAt'),
      expiresAt: timeIn(fields, 'expiresAt'),
      state: isUsable(fields) ? 'active' : 'disabled',
      prefix: textIn(fields, 'prefix'),
      start: textIn(fields, 'start'),
      ...credentialOf(fields),
      metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
    }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function withUsualNames(record: Fields): Fields {
  return new Map(
    [...record].map(([name, value]) => [NAME_OF.get(canonicalName(name)) ?? name, value]),
  );
}

function ownerOf(fields: Fields, ownerColumn: string | undefined): string | undefined {
  if (ownerColumn === undefined) return textIn(fields, 'referenceId') ?? textIn(fields, 'userId');
  const column = NAME_OF.get(canonicalName(ownerColumn)) ?? ownerColumn;
  if (fields.has(column)) return textIn(fields, column);
  throw new RowFault('has no column of the name that --owner-column gives. Check the name.');
}

/**
 * The digest; or, where hashing was switched off, the key itself, which no digest can be told from
 * by its shape alone. A digest that were taken for the key would open what it is of.
 */
function credentialOf(fields: Fields): Readonly<Record<string, string>> {
  const key = textIn(fields, 'key');
  if (key === undefined) throw new RowFault('has no key. Export that column, too.');
  if (!isDigest(key)) return { plaintext: key };
  const start = textIn(fields, 'start');
  const known = [start, textIn(fields, 'prefix')].filter((one) => one !== undefined);
  const isAlike = known.length > 0 && known.every((one) => key.startsWith(one));
  if (!isAlike) return { sha256: key };
  if (start !== undefined && start.length >= TELLING_CHARACTERS) return { plaintext: key };
  throw new RowFault(
    'has a key that may be its digest, and begins as the key itself does: nobody can tell which. ' +
      'Leave its prefix and start out if it is a digest; if not, give the first 6 characters as start.',
  );
}

function isDigest(key: string): boolean {
  const bytes = Buffer.from(key, 'base64url');
  return bytes.length === SHA_256_BYTES && bytes.toString('base64url') === key;
}

/** `{"files": ["read"]}` is `files:read`. */
function scopesOf(fields: Fields): readonly string[] {
  const permissions = jsonIn(fields, 'permissions');
  if (permissions === undefined) return [];
  const lists = isObject(permissions) ? Object.entries(permissions) : undefined;
  if (lists?.every((entry): entry is [string, string[]] => isTextList(entry[1])) !== true) {
    throw new RowFault('has permissions that are no lists of actions. Mend them in the source.');
  }
  return lists.flatMap(([resource, actions]) => actions.map((action) => `${resource}:${action}`));
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** Some releases wrote the text of a text. What is no object is kept under a name. */
function metadataOf(fields: Fields): Readonly<Record<string, unknown>> {
  const outer = jsonIn(fields, 'metadata');
  const inner =
    typeof outer === 'string' ? jsonIn(new Map([['metadata', outer]]), 'metadata') : outer;
  if (inner === undefined) return {};
  return isObject(inner) ? inner : { metadata: inner };
}

/** The plugin takes a key as enabled unless the column says that it is not. */
function isUsable(fields: Fields): boolean {
  const isEnabled = !has(fields, 'enabled') || flagIn(fields, 'enabled');
  return isEnabled && !isUsedUp(fields);
}

function isUsedUp(fields: Fields): boolean {
  const remaining = textIn(fields, 'remaining');
  return remaining !== undefined && Number(remaining) <= 0 && !has(fields, 'refillAmount');
}

/** Without its addresses a key would work from anywhere. */
function refuseAllowlist(fields: Fields): void {
  const addresses = jsonIn(fields, 'ipAllowlist');
  if (addresses === undefined || (Array.isArray(addresses) && addresses.length === 0)) return;
  throw new RowFault(
    'works from some addresses only (ipAllowlist), which an import does not take over. Issue a new ' +
      'key that does: keyturn key create --name NAME --address NETWORK',
  );
}

function limitNote(fields: Fields): string | undefined {
  const isLimited = has(fields, 'rateLimitEnabled') && flagIn(fields, 'rateLimitEnabled');
  const most = textIn(fields, 'rateLimitMax');
  const windowMs = textIn(fields, 'rateLimitTimeWindow');
  if (!isLimited || most === undefined || windowMs === undefined) return undefined;
  return `Its rate limit of ${Number(most)} in ${Number(windowMs)} ms is not taken over yet.`;
}

function creditNote(fields: Fields): string | undefined {
  const remaining = textIn(fields, 'remaining');
  if (remaining === undefined) return undefined;
  return isUsedUp(fields)
    ? 'It has no requests left, and comes as disabled.'
    : `Its limit of ${Number(remaining)} requests that remain is not taken over yet.`;
}

function configurationOf(fields: Fields): string {
  return textIn(fields, 'configId') ?? DEFAULT_CONFIGURATION;
}

/** With the plugin a key passes for its own configuration only. */
function refuseOther(fields: Fields, wanted: string | undefined): void {
  if (wanted === undefined || configurationOf(fields) === wanted) return;
  throw new RowFault(
    'is of another configuration (configId) than --from-keyspace says. Import those of each ' +
      'configuration by themselves.',
  );
}

function configurationNote(fields: Fields, ownerColumn: string | undefined): string | undefined {
  const configuration = configurationOf(fields);
  const isOwner = ownerColumn !== undefined && canonicalName(ownerColumn) === 'configid';
  if (configuration === DEFAULT_CONFIGURATION || isOwner) return undefined;
  return (
    'Its configuration (configId) is not taken over: it passes wherever a key of this keyspace ' +
    'does. To part them, import those of each configuration into a keyspace of their own: --keyspace ' +
    'NAME --from-keyspace CONFIGID'
  );
}
