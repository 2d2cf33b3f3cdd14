import Type, { type TProperties, type TSchema } from 'typebox';
import type { KeyInput } from '../views.js';

// Every object is closed: a field that no schema names is refused on the way in, and does not
// leave on the way out.
const CLOSED = { additionalProperties: false } as const;

/** An object with these fields and no others. */
export function closed<Properties extends TProperties>(
  properties: Properties,
  description?: string,
) {
  return Type.Object(properties, description === undefined ? CLOSED : { ...CLOSED, description });
}

/** The value, or null. */
export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

const EXPIRY = 'an RFC 3339 time, a date, a duration like "90d", or null';

/** A time in an answer. */
export const Time = Type.String({ description: 'an RFC 3339 time in UTC' });
/** A time, a date or a duration in a request. */
export const TimeInput = Type.Union([Type.String(), Type.Null()], { description: EXPIRY });
export const Text = Type.String({ description: 'a string' });
export const Texts = Type.Array(Type.String(), { description: 'a list of strings' });
export const Environment = Type.Enum(['live', 'test']);
export const KeyState = Type.Enum(['active', 'disabled', 'expired', 'revoked']);

/** What an issuer keeps with a key: any JSON object. */
export const Metadata = Type.Unsafe<NonNullable<KeyInput['metadata']>>(
  Type.Object({}, { description: 'an object', additionalProperties: true }),
);

export const RestrictionsSchema = closed(
  {
    addresses: Type.Optional(Texts),
    origins: Type.Optional(Texts),
    methods: Type.Optional(Texts),
    paths: Type.Optional(Texts),
    keyspaces: Type.Optional(Texts),
  },
  'an object of restrictions',
);

/** Who did it. */
export const ActorSchema = closed({ kind: Type.String(), id: Type.String() });

const SecretSchema = closed({
  number: Type.Integer(),
  hint: Type.String(),
  state: Type.Enum(['pending', 'current', 'retiring', 'disabled', 'revoked']),
  createdAt: Time,
  expiresAt: nullable(Time),
  deadline: Type.Optional(nullable(Time)),
  lastUsedAt: nullable(Time),
});

export const KeySchema = closed({
  id: Type.String(),
  keyspace: Type.String(),
  name: Type.String(),
  owner: nullable(Type.String()),
  environment: Environment,
  scopes: Texts,
  metadata: Metadata,
  tags: Texts,
  state: KeyState,
  stateReason: nullable(Type.String()),
  stateChangedAt: Time,
  stateChangedBy: Type.String(),
  expiresAt: nullable(Time),
  notBefore: nullable(Time),
  createdAt: Time,
  updatedAt: Time,
  lastUsedAt: nullable(Time),
  policy: nullable(Type.String()),
  pastPolicySince: nullable(Time),
  nextRotationAt: nullable(Time),
  restrictions: RestrictionsSchema,
  limits: Type.Array(Type.Unknown()),
  version: Type.Integer(),
  secrets: Type.Array(SecretSchema),
});

/** A key with the secret a plaintext was found to be. */
export const FoundKeySchema = closed({ key: KeySchema, secret: SecretSchema });

/** A key as a check knows it. */
export const VerifiedKeySchema = closed({
  id: Type.String(),
  keyspace: Type.String(),
  name: Type.String(),
  owner: nullable(Type.String()),
  environment: Environment,
  scopes: Texts,
  metadata: Metadata,
  tags: Texts,
  expiresAt: nullable(Time),
  notBefore: nullable(Time),
  restrictions: RestrictionsSchema,
  version: Type.Integer(),
});

/** What a consumer may know of its own key: its issuer's notes are not among it. */
export const SelfSchema = closed({
  key: closed({
    id: Type.String(),
    keyspace: Type.String(),
    name: Type.String(),
    owner: nullable(Type.String()),
    environment: Environment,
    scopes: Texts,
    expiresAt: nullable(Time),
    notBefore: nullable(Time),
    restrictions: RestrictionsSchema,
  }),
  secret: closed({
    number: Type.Integer(),
    state: Type.Enum(['current', 'retiring']),
    deadline: Type.Optional(nullable(Time)),
  }),
});

export const RefusalForm = Type.Enum(['problem', 'drf']);

const CredentialFormsSchema = closed({
  headers: Texts,
  schemes: Texts,
  query: nullable(Type.String()),
});

/** How keys look that were made elsewhere. */
export const ForeignShapeSchema = closed({
  minLength: Type.Integer(),
  maxLength: Type.Integer(),
  alphabet: Type.Enum(['hex', 'base62', 'base64url', 'ascii', 'any']),
  separator: nullable(Type.String()),
});

const Logo = closed({ mediaType: Type.String(), sizeBytes: Type.Integer(), sha256: Type.String() });
const TextOrNull = nullable(Type.String());
export const KeyspaceSchema = closed({
  id: Type.String(),
  name: Type.String(),
  prefix: Type.String(),
  isManagement: Type.Boolean(),
  credentials: CredentialFormsSchema,
  refusal: RefusalForm,
  scopes: nullable(Texts),
  staleness: Type.String({ description: 'a duration' }),
  storeLoss: Type.String({ description: 'a duration' }),
  foreignShapes: Type.Array(ForeignShapeSchema),
  branding: closed({ name: TextOrNull, logo: nullable(Logo), replyTo: TextOrNull }),
  pattern: Type.String({ description: "a regular expression that finds this keyspace's keys" }),
  createdAt: Time,
  updatedAt: Time,
  version: Type.Integer(),
});

export const OwnerSchema = closed({
  id: Type.String(),
  keyspace: Type.String(),
  name: nullable(Type.String()),
  emails: Texts,
  locale: nullable(Type.String()),
  timezone: nullable(Type.String()),
  createdAt: Time,
  updatedAt: Time,
  erasedAt: nullable(Time),
  version: Type.Integer(),
});

/** Of an answer that was given before, to the same idempotency key. */
export const replayed = Type.Optional(Type.Literal(true));

export const KeyspaceAnswerSchema = closed({ ...KeyspaceSchema.properties, replayed });

export const OwnerAnswerSchema = closed({ ...OwnerSchema.properties, replayed });

export const EventSchema = closed({
  id: Type.String(),
  keyspace: Type.String(),
  number: Type.Integer(),
  type: Type.String(),
  at: Time,
  actor: ActorSchema,
  subject: closed({ kind: Type.String(), id: Type.String() }),
  changes: Type.Array(closed({ field: Type.String(), from: Type.Unknown(), to: Type.Unknown() })),
  reason: nullable(Type.String()),
  requestId: nullable(Type.String()),
  previousHash: Type.String(),
  hash: Type.String(),
  personal: Type.Object({}, { additionalProperties: true }),
});

export const ChainReportSchema = closed({
  keyspace: Type.String(),
  ok: Type.Boolean(),
  eventCount: Type.Integer(),
  head: closed({ number: Type.Integer(), hash: Type.String() }),
  fault: nullable(closed({ kind: Type.String(), number: Type.Integer() })),
});

export const UsageSchema = closed({
  start: Time,
  keyspace: nullable(Type.String()),
  key: nullable(Type.String()),
  secret: nullable(Type.Integer()),
  outcomes: Type.Object({}, { additionalProperties: true }),
  total: Type.Integer(),
});

/** One page of a list. */
export function pageOf<Item extends TSchema>(item: Item) {
  return closed({ items: Type.Array(item), nextCursor: nullable(Type.String()) });
}

/** What every list can be asked for. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 200, description: 'a whole number from 1 to 200' }),
  ),
  cursor: Type.Optional(Type.String({ description: 'the nextCursor of the page before' })),
};

/** Where a thing is looked for, when its id alone does not say. */
export const keyspaceQuery = {
  keyspace: Type.Optional(Type.String({ description: 'the name or id of a keyspace' })),
};

/** A refused request (RFC 9457). */
export const ProblemSchema = closed({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  scopes: Type.Optional(Texts),
  errors: Type.Optional(
    Type.Array(closed({ pointer: Type.String(), message: Type.String(), fix: Type.String() })),
  ),
});
