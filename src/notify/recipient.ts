import { KeyturnError } from '../errors.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { ChannelRecord, OutboxRecord } from '../store/notices.js';
import type { Store } from '../store/store.js';
import type { Channel, SendFailure, SendOutcome } from './channel.js';
import type { Mail } from './mail-body.js';
import { type Message, messageOf } from './message.js';
import type { Notice } from './notice.js';
import { recipientsOf } from './plan.js';

/**
 * What an operator's configuration lets notices be sent by.
 * @public
 */
export interface Places {
  /** @throws {ConfigInvalidError} no mail server is configured, or not one that can be. */
  mail(): Promise<Channel<Mail>>;
  /**
   * Of a `slack` or `webhook` channel.
   * @throws {ConfigInvalidError} the configuration has no such connection.
   */
  open(channel: Pick<ChannelRecord, 'kind' | 'settings'>): Promise<Channel<Message>>;
}

/** Somebody who is told. */
export interface Recipient {
  readonly timezone: string | null;
  send(notice: Notice, how: HowToSend): Promise<SendOutcome>;
}

interface HowToSend {
  readonly idempotencyKey: string;
  /** Of claims. Only a mail to their owner shows them. */
  readonly links: Mail['links'];
}

interface Means {
  readonly store: Store;
  readonly places: Places;
}

/** Who is told by rows of the outbox, or why nobody can be. */
export async function recipientOf(
  means: Means,
  keyspace: KeyspaceRecord | undefined,
  row: OutboxRecord,
): Promise<Recipient | SendFailure> {
  if (keyspace === undefined) return rejected('The keyspace is there no more.');
  if (row.ownerId !== null) return ownerOf(means, keyspace, row.ownerId);
  const { recipient: name } = row;
  const channel = await means.store.notices.channelNamed(keyspace.id, name);
  if (channel === undefined) {
    return rejected(`The keyspace has no channel "${name}". Make it, then send this again.`);
  }
  return channelOf(means, keyspace, channel);
}

async function ownerOf(
  { store, places }: Means,
  keyspace: KeyspaceRecord,
  ownerId: string,
): Promise<Recipient | SendFailure> {
  const found = await store.getOwner(keyspace.id, ownerId);
  const owner = found === undefined ? null : { ...found, erasedAtMs: found.erasedAt };
  const { locale = null, timezone = null, name = null } = found ?? {};
  return {
    timezone,
    send: (notice, { links, ...how }) =>
      answered(async () => {
        const to = recipientsOf(notice, owner).ownerEmails;
        if (to.length === 0) {
          return rejected('The owner has no mail address. Give one, then send this again.');
        }
        const channel = await places.mail();
        const told = shownTo({ id: ownerId, name }, keyspace, notice);
        const message = messageOf(told, { locale, timezone, role: 'owner' });
        return channel.send({ message, to, sender: senderOf(keyspace), links }, how);
      }),
  };
}

/** As it shows itself to its customers. */
function senderOf({ name, branding }: Pick<KeyspaceRecord, 'name' | 'branding'>): Mail['sender'] {
  return { name: branding.name ?? name, replyTo: branding.replyTo ?? null };
}

/** With the names that an owner knows: their own, and what the keyspace is called to its customers. */
function shownTo(
  owner: { readonly id: string; readonly name: string | null },
  { branding }: Pick<KeyspaceRecord, 'branding'>,
  notice: Notice,
): Notice {
  const { id, name } = notice.keyspace;
  const keyspace = { id, name: branding.name ?? name };
  return notice.kind === 'digest' ? { ...notice, keyspace } : { ...notice, keyspace, owner };
}

/** Who reads a channel. */
function channelOf(
  { places }: Pick<Means, 'places'>,
  keyspace: Pick<KeyspaceRecord, 'name' | 'branding'>,
  channel: Pick<ChannelRecord, 'kind' | 'settings'>,
): Recipient {
  const role = 'operator' as const;
  return {
    timezone: null,
    send: (notice, { idempotencyKey }) => {
      const message = messageOf(notice, { ...NO_READER, role });
      return sendMessage({ places, keyspace, channel }, message, { idempotencyKey });
    },
  };
}

const NO_READER = { locale: null, timezone: null } as const;

interface Addressed {
  readonly places: Places;
  readonly keyspace: Pick<KeyspaceRecord, 'name' | 'branding'>;
  readonly channel: Pick<ChannelRecord, 'kind' | 'settings'>;
}

function sendMessage(
  { places, keyspace, channel }: Addressed,
  message: Message,
  how: { readonly idempotencyKey: string },
): Promise<SendOutcome> {
  return answered(async () => {
    if (channel.kind !== 'mail') return (await places.open(channel)).send(message, how);
    const { addresses: to }: { addresses: readonly string[] } = JSON.parse(channel.settings);
    const what = { message, to, sender: senderOf(keyspace), links: new Map() };
    return (await places.mail()).send(what, how);
  });
}

/**
 * Says in a channel that notices reach it.
 * @public
 */
export function sendTest(
  to: Addressed & { readonly keyspace: KeyspaceRecord },
  { name, idempotencyKey }: { readonly name: string; readonly idempotencyKey: string },
): Promise<SendOutcome> {
  const { id, name: keyspace } = to.keyspace;
  const notice = {
    kind: 'digest',
    keyspace: { id, name: keyspace },
    isEmergency: false,
    cycle: idempotencyKey,
    parts: [],
  } as const;
  const message = {
    ...messageOf(notice, { ...NO_READER, role: 'operator' }),
    headline: `A test of the channel ${name}`,
    paragraphs: ['Notices of Keyturn reach you here. Nothing has to be done.'],
    command: undefined,
  };
  return sendMessage(to, message, { idempotencyKey });
}

/** What the configuration lacks is told where the notice is listed. */
async function answered(send: () => Promise<SendOutcome>): Promise<SendOutcome> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof KeyturnError)) throw error;
    return rejected(error.message);
  }
}

function rejected(message: string): SendFailure {
  return { kind: 'failed', class: 'rejected', message };
}
