import Type from 'typebox';
import type { DestinationSettings } from '../destination-views.js';
import type { AnswerShape } from './route.js';
import { closed, nullable, Text, Time } from './schemas.js';

const Settings = Type.Unsafe<DestinationSettings>(
  Type.Object({}, { description: 'an object of settings', additionalProperties: true }),
);
const Position = Type.Integer({ minimum: 0, maximum: 1_000 });

/** What can be changed of a destination. */
export const changeable = {
  name: Type.Optional(Text),
  settings: Type.Optional(Settings),
  position: Type.Optional(Position),
};
/** What makes one. */
export const made = { ...changeable, name: Text, key: Text, kind: Text, settings: Settings };

const destination = {
  id: Type.String(),
  name: Type.String(),
  key: Type.String(),
  keyspace: Type.String(),
  kind: Type.String(),
  settings: Settings,
  damaged: Type.Optional(
    Type.Literal(true, { description: 'its stored settings cannot be read: say all anew' }),
  ),
  position: Type.Integer(),
  createdAt: Time,
  updatedAt: Time,
  version: Type.Integer(),
};
/** A destination. */
export const DestinationSchema = closed(destination);
/** One that was made. */
export const CREATED_DESTINATION: AnswerShape = {
  kind: 'json',
  schema: closed({
    ...destination,
    missedBy: nullable(Type.String()),
    joinsOnRetry: nullable(Type.String()),
  }),
  what: 'The destination, and the open rotation that delivers nothing to it, or once it is retried.',
};
/** The answer that is one. */
export const DESTINATION: AnswerShape = {
  kind: 'json',
  schema: DestinationSchema,
  what: 'The destination.',
};
/** What was found there. */
export const DESTINATION_TRIAL: AnswerShape = {
  kind: 'json',
  schema: closed({
    place: Type.String(),
    preflight: Type.Union([
      Type.Enum(['ready']),
      closed({ class: Type.String(), message: Type.String() }),
    ]),
    holds: Type.Union([
      closed({ secret: Type.Integer() }),
      Type.Enum(['another value', 'nothing', 'unreadable']),
    ]),
  }),
  what: 'Whether it could be written now, and which secret stands there.',
};
