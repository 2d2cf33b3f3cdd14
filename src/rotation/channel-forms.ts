import type { ChannelInput, ChannelPatch, ChannelQuery, NoticeQuery } from '../channel-views.js';
import { type Forms, objectOf, oneOf, required, text, texts } from '../form.js';
import { PAGE } from './input-forms.js';

// What channels take, in the words of the HTTP API.

const patch: Forms<ChannelPatch> = { name: text, connection: text, addresses: texts };
const input: Forms<ChannelInput> = {
  ...patch,
  name: required(text),
  keyspace: text,
  kind: required(oneOf('mail', 'slack', 'webhook')),
};
const channelQuery: Forms<ChannelQuery> = { ...PAGE, keyspace: text };
const query: Forms<NoticeQuery> = { ...PAGE, state: oneOf('waiting', 'sent', 'dead') };

export const CHANNEL = required(objectOf(input, { fieldIs: 'a field of a channel' }));
export const CHANNEL_PATCH = required(objectOf(patch));
export const CHANNEL_QUERY = objectOf(channelQuery);
export const NOTICE_QUERY = objectOf(query);
