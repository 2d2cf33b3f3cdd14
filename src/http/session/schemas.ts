import Type from 'typebox';
import { closed, nullable, Text, Texts, Time } from '../schemas.js';

const MAX_TOKEN_LENGTH = 512;
const MAX_EMAIL_LENGTH = 255;
const MAX_PASSWORD_LENGTH = 512;

/** @public */
export const Role = Type.Enum(['viewer', 'auditor', 'operator', 'admin']);
const Method = Type.Enum(['password', 'provider', 'host']);

export const Token = Type.String({
  minLength: 1,
  maxLength: MAX_TOKEN_LENGTH,
  description: "a link's token",
});
/** @public */
export const Email = Type.String({
  maxLength: MAX_EMAIL_LENGTH,
  description: 'a mail address',
});
/** @public */
export const Password = Type.String({
  maxLength: MAX_PASSWORD_LENGTH,
  description: 'a password',
});

/** @public */
export const PersonSchema = closed({
  id: Type.String(),
  name: Type.String(),
  email: Type.String(),
  role: Role,
  keyspaces: nullable(Texts),
  state: Type.Enum(['invited', 'active']),
  createdAt: Time,
  updatedAt: Time,
  version: Type.Integer(),
});

/** @public */
export const InvitedSchema = closed({
  person: PersonSchema,
  invitation: Type.Optional(closed({ url: Type.String(), expiresAt: Time })),
  replayed: Type.Optional(Type.Literal(true)),
});

/** @public */
export const changeablePerson = {
  name: Type.Optional(Text),
  email: Type.Optional(Email),
  role: Type.Optional(Role),
  keyspaces: Type.Optional(nullable(Texts)),
};

/** @public */
export const SessionItemSchema = closed({
  id: Type.String(),
  person: Type.String(),
  method: Method,
  provider: nullable(Type.String()),
  agent: nullable(Type.String()),
  createdAt: Time,
  seenAt: Time,
  expiresAt: Time,
  isCurrent: Type.Boolean(),
});

/** @public */
export const SessionSchema = closed({
  id: nullable(Type.String()),
  person: closed({
    id: Type.String(),
    name: Type.String(),
    email: nullable(Type.String()),
    role: Role,
    keyspaces: nullable(Texts),
  }),
  scopes: Texts,
  method: Method,
  confirmBy: Method,
  provider: nullable(Type.String()),
  confirmedUntil: nullable(Time),
  createdAt: Time,
  expiresAt: Time,
});

export const WaysSchema = closed({
  password: Type.Boolean(),
  providers: Type.Array(closed({ id: Type.String(), name: Type.String() })),
  host: Type.Boolean(),
  signInUrl: nullable(Type.String()),
});
