import type { Actor } from '../audit/event.js';
import type { BrandingPatch } from '../branding-views.js';
import type { SwitchQuery } from '../comparison.js';
import {
  environment,
  type Form,
  type Forms,
  isObject,
  listOf,
  objectOf,
  oneOf,
  orNull,
  required,
  text,
  texts,
  wholeNumber,
} from '../form.js';
import { KEY_ORDERS } from '../key-orders.js';
import type { ForeignShape } from '../keys/foreign-shape.js';
import type { CredentialForms } from '../keys/keyspace.js';
import type { Restrictions } from '../keys/restrictions.js';
import { hasControl } from '../keys/text.js';
import type { LiveQuery } from '../live-views.js';
import type { Caller, Keys, UpdateOptions, WriteOptions } from '../public.js';
import type { Events } from '../record-views.js';
import type { UsageFilter } from '../usage-views.js';
import type {
  EventQuery,
  ImportInput,
  KeyInput,
  KeyPatch,
  KeyQuery,
  KeyspaceInput,
  KeyspacePatch,
  OwnerInput,
  OwnerPatch,
  PageQuery,
} from '../views.js';
import { MAX_LIMIT } from './list.js';
import type { OwnerPlace } from './owners.js';

// What each noun takes, in the words of the HTTP API. What a value of the right kind means is
// for the act itself to judge.

type Given<Act extends (...args: never[]) => unknown, Index extends number> = NonNullable<
  Parameters<Act>[Index]
>;

/** One call is one transaction, which others wait for. */
const MAX_IMPORT_ROWS = 1_000;
const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;
const OPTION = { fieldIs: 'an option of this call' };

const time: Form = {
  wanted: 'an RFC 3339 time, a date, a duration like "90d", or null',
  fits: (value) => value === null || typeof value === 'string',
};
const yesOrNo: Form = {
  wanted: 'true or false',
  fits: (value) => typeof value === 'boolean',
};
const moment = { ...text, wanted: 'an RFC 3339 time, a date, or a duration back from now' };
/** What is looked for. */
const sought: Form = {
  wanted: 'a string without control characters',
  fits: (value) => typeof value === 'string' && !hasControl(value),
};
const count = (wanted: string, least: number) =>
  wholeNumber(wanted, least, Number.MAX_SAFE_INTEGER);

/**
 * A thing's own id or name.
 * @public
 */
export const ID = objectOf({ id: required(text) });
export const NAME_OR_ID = objectOf({ nameOrId: required(text) });
export const TOKEN = objectOf({ token: required(text) });

const write: Forms<WriteOptions> = {
  idempotencyKey: {
    wanted: '1 to 255 printable ASCII characters',
    fits: (value) => typeof value === 'string' && IDEMPOTENCY_KEY.test(value),
  },
};
const update: Forms<UpdateOptions> = { ...write, ifMatch: count('a version that was read', 0) };
const place: Forms<OwnerPlace> = { keyspace: text };

/** @public */
export const WRITE = objectOf(write, OPTION);
/** @public */
export const UPDATE = objectOf(update, OPTION);
export const PLACE = objectOf(place, OPTION);
export const WRITE_IN_PLACE = objectOf({ ...write, ...place }, OPTION);
export const UPDATE_IN_PLACE = objectOf({ ...update, ...place }, OPTION);

const restrictions: Forms<Restrictions> = {
  addresses: texts,
  origins: texts,
  methods: texts,
  paths: texts,
  keyspaces: texts,
};
const keyPatch: Forms<KeyPatch> = {
  name: text,
  owner: orNull(text),
  scopes: texts,
  metadata: { wanted: 'an object', fits: isObject },
  tags: texts,
  expiresAt: time,
  notBefore: time,
  restrictions: objectOf(restrictions, { wanted: 'an object of restrictions' }),
  policy: orNull(text),
};
const keyInput: Forms<KeyInput> = {
  ...keyPatch,
  name: required(text),
  keyspace: text,
  environment,
};
const revocation: Forms<Given<Keys['revoke'], 1>> = {
  reason: text,
  secret: count("a secret's number", 1),
  descendants: {
    wanted: 'true to end every key that this management key made, too',
    fits: (value) => typeof value === 'boolean',
  },
};
const reason: Forms<Given<Keys['disable'], 1>> = { reason: text };
const search: Forms<Given<Keys['find'], 0>> = { plaintext: required({ ...text, wanted: 'a key' }) };

const importInput: Forms<ImportInput> = {
  rows: required({
    wanted: `a list of 1 to ${MAX_IMPORT_ROWS} rows`,
    // What a row is, is said of it alone: the others are taken all the same.
    fits: (value) => Array.isArray(value) && value.length > 0 && value.length <= MAX_IMPORT_ROWS,
  }),
  keyspace: text,
  fromKeyspace: text,
  dryRun: yesOrNo,
};

export const IMPORT = required(objectOf(importInput));
export const KEY_INPUT = required(objectOf(keyInput, { wanted: 'an object that says the key' }));
export const KEY_PATCH = required(objectOf(keyPatch, { wanted: 'an object that says the change' }));
export const REVOCATION = objectOf(revocation);
export const REASON = objectOf(reason);
export const SEARCH = required(objectOf(search));

const credentials: Forms<CredentialForms> = {
  headers: texts,
  schemes: texts,
  query: orNull(text),
};
const foreignShape: Forms<ForeignShape> = {
  minLength: required(count('a whole number', 0)),
  maxLength: required(count('a whole number', 0)),
  alphabet: required(oneOf('hex', 'base62', 'base64url', 'ascii', 'any')),
  separator: required(orNull(text)),
};
const branding: Forms<BrandingPatch> = {
  name: orNull(text),
  logo: orNull(text),
  replyTo: orNull(text),
};
const keyspacePatch: Forms<KeyspacePatch> = {
  credentials: objectOf(credentials),
  refusal: oneOf('problem', 'drf'),
  scopes: orNull(texts),
  staleness: { ...text, wanted: 'a duration like "5s"' },
  storeLoss: { ...text, wanted: 'a duration like "0s"' },
  foreignShapes: listOf(objectOf(foreignShape), 'a list of shapes'),
  branding: objectOf(branding),
};
const keyspaceInput: Forms<KeyspaceInput> = {
  ...keyspacePatch,
  name: required(text),
  prefix: required(text),
};

export const KEYSPACE_INPUT = required(objectOf(keyspaceInput));
export const KEYSPACE_PATCH = required(objectOf(keyspacePatch));

const ownerPatch: Forms<OwnerPatch> = {
  name: orNull(text),
  emails: texts,
  locale: orNull(text),
  timezone: orNull(text),
};
const ownerInput: Forms<OwnerInput> = { ...ownerPatch, id: required(text), keyspace: text };

export const OWNER_INPUT = required(objectOf(ownerInput));
export const OWNER_PATCH = required(objectOf(ownerPatch));

const page: Forms<PageQuery> = {
  limit: wholeNumber(`a whole number from 1 to ${MAX_LIMIT}`, 1, MAX_LIMIT),
  cursor: { ...text, wanted: 'the nextCursor of the page before' },
};
const keyQuery: Forms<KeyQuery> = {
  ...page,
  keyspace: text,
  search: sought,
  sort: oneOf(...KEY_ORDERS),
  owner: sought,
  state: oneOf('active', 'disabled', 'expired', 'revoked'),
  environment,
  tag: sought,
  maker: text,
  policy: text,
  pastPolicy: yesOrNo,
};
const eventQuery: Forms<EventQuery> = {
  ...page,
  keyspace: text,
  subject: sought,
  type: sought,
  from: moment,
  to: moment,
};
const usageFilter: Forms<UsageFilter> = {
  ...page,
  keyspace: text,
  key: text,
  owner: sought,
  from: moment,
  to: moment,
  per: oneOf('hour', 'day'),
  by: oneOf('key', 'secret', 'total'),
};
const switchQuery: Forms<SwitchQuery> = { ...page, keyspace: text, since: moment };
const chainQuery: Forms<Given<Events['verify'], 0>> = {
  keyspace: text,
  known: listOf(
    objectOf({
      keyspace: required(text),
      head: required(
        objectOf({ number: required(count('a whole number', 0)), hash: required(text) }),
      ),
    }),
    'a list of heads that were kept',
  ),
};

export const PAGE = objectOf(page);
export const OWNER_QUERY = objectOf({ ...page, ...place });
export const KEY_QUERY = objectOf(keyQuery);
export const EVENT_QUERY = objectOf(eventQuery);
export const USAGE_FILTER = objectOf(usageFilter);
export const SWITCH_QUERY = objectOf(switchQuery);
const liveQuery: Forms<LiveQuery> = {
  keyspace: text,
  after: count('the number of a change', 0),
  signal: { wanted: 'an AbortSignal', fits: (value) => value instanceof AbortSignal },
};
export const LIVE = objectOf(liveQuery);
export const CHAIN_QUERY = objectOf(chainQuery);

const actor: Forms<Actor> = { kind: required(text), id: required(text) };
const caller: Forms<Caller> = {
  actor: required(objectOf(actor)),
  requestId: text,
  key: { wanted: 'the key of an accepted check', fits: isVerifiedKey },
  secret: { wanted: 'the secret of an accepted check', fits: isVerifiedSecret },
  session: { wanted: 'a session that goes on', fits: isSession },
};

/** On whose behalf: a name that is misspelt here would be everybody's rights. */
export const CALLER = required(objectOf(caller, { fieldIs: 'a field of a caller' }));

function isVerifiedSecret(value: unknown): boolean {
  return isObject(value) && Number.isInteger(Reflect.get(value, 'number'));
}

function isSession(value: unknown): boolean {
  return isObject(value) && ['id', 'person', 'scopes'].every((name) => name in value);
}

function isVerifiedKey(value: unknown): boolean {
  if (!isObject(value)) return false;
  const fields = ['id', 'keyspace', 'scopes', 'restrictions', 'version'];
  return fields.every((name) => name in value);
}
