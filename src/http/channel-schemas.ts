import Type from 'typebox';
import { closed, nullable, replayed, Text, Texts, Time } from './schemas.js';

const Kind = Type.Enum(['mail', 'slack', 'webhook']);
/** What a notice is: it waits, was sent, or was given up. */
export const NoticeState = Type.Enum(['waiting', 'sent', 'dead']);

/** What of a channel can be changed. */
export const changeableChannel = {
  name: Type.Optional(Text),
  connection: Type.Optional(Text),
  addresses: Type.Optional(Texts),
};
/** What a channel is made of. */
export const ChannelInput = closed({
  ...changeableChannel,
  name: Text,
  keyspace: Type.Optional(Text),
  kind: Kind,
});
const channel = {
  id: Type.String(),
  name: Type.String(),
  keyspace: Type.String(),
  kind: Kind,
  connection: nullable(Type.String()),
  addresses: nullable(Type.Array(Type.String())),
  createdAt: Time,
  updatedAt: Time,
  version: Type.Integer(),
};
/** Of what was made or changed. */
export const Warnings = Type.Array(Type.String(), { description: 'what it says and cannot keep' });
export const ChannelSchema = closed(channel);
/** As it was made or changed, for who may have asked before. */
export const ChannelAnswerSchema = closed({ ...channel, warnings: Warnings, replayed });
export const ChannelTestSchema = closed({
  sent: Type.Boolean(),
  detail: nullable(Type.String({ description: 'why not, and what to do' })),
});
const notice = {
  id: Type.String(),
  keyspace: Type.String(),
  kind: Type.String(),
  recipient: Type.String({ description: 'the name of a channel, or owner-mail' }),
  owner: nullable(Type.String()),
  key: Type.String(),
  state: NoticeState,
  tries: Type.Integer(),
  nextAt: nullable(Time),
  failure: nullable(closed({ class: Type.String(), message: Type.String() })),
  createdAt: Time,
  sentAt: nullable(Time),
};
export const NoticeSchema = closed(notice);
/** The same, for who may have asked before. */
export const NoticeAnswerSchema = closed({ ...notice, replayed });
