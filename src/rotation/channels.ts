import type { EventType } from '../audit/event.js';
import type {
  Channel,
  ChannelInput,
  ChannelPatch,
  ChannelQuery,
  ChannelTest,
  SavedChannel,
} from '../channel-views.js';
import { NotFoundError, StateConflictError } from '../errors.js';
import { formatTime } from '../keys/duration.js';
import { channelIdFrom, newChannelId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { perform, replayable } from '../lifecycle/change.js';
import { requireVersion } from '../lifecycle/change-key.js';
import { type Act, keyspaceOf, visibleKeyspaces } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import { badCursor, limitOf, listOf, pageAt, pageOf } from '../lifecycle/list.js';
import { requireScope } from '../lifecycle/rights.js';
import type { UpdateOptions, WriteOptions } from '../public.js';
import type { ChannelRecord } from '../store/notices.js';
import type { List, Replayable } from '../views.js';
import { requireConnection } from './channel-connection.js';
import { isChannelName, requireChannel, type Settings } from './channel-rules.js';
import type { Engine } from './engine.js';
import { channelWarnings, type MailMeans } from './mail-warnings.js';
import { requireUnnamed } from './named-channels.js';

/** What the configuration has for channels to name. */
interface Configured extends MailMeans {
  readonly connections: readonly string[];
}

/** @throws {AlreadyExistsError} the keyspace has a channel of this name. */
export async function createChannel(
  act: Act,
  input: ChannelInput,
  { connections, hasMail, ...options }: WriteOptions & Configured,
): Promise<Replayable<SavedChannel>> {
  requireScope(act.rights, 'channels:write');
  const keyspace = await keyspaceOf(act, input.keyspace);
  const { name, kind, connection, addresses } = input;
  requireChannel({ name, kind, connection, addresses });
  const call = { operation: `channel.create ${keyspace.id}`, input, ...options };
  const performed = await perform(act, call, async () => {
    requireConnection(connection, connections);
    const { nowMs, ports } = act.lifecycle;
    const timeMs = nowMs();
    const channel: ChannelRecord = {
      id: newChannelId({ nowMs: timeMs, random: ports.random }),
      keyspaceId: keyspace.id,
      name,
      kind,
      settings: JSON.stringify({ connection, addresses }),
      createdAt: timeMs,
      updatedAt: timeMs,
      version: 1,
    };
    return planPut(act, keyspace, { channel, before: undefined, hasMail });
  });
  return replayable(performed);
}

/** @throws {NotFoundError} there is none of this id that the caller may see. */
export async function getChannel(act: Act, id: string): Promise<Channel> {
  requireScope(act.rights, 'channels:read');
  const { channel, keyspace } = await locate(act, id);
  return viewOf(channel, keyspace.name);
}

/** By id, in one keyspace or in every one that the caller may see. */
export function listChannels(open: () => Promise<Act>, query: ChannelQuery): List<Channel> {
  return listOf(async (next) => {
    const act = await open();
    requireScope(act.rights, 'channels:read');
    const { cursor = null } = pageAt(query, next);
    const after = cursor === null ? null : (channelIdFrom(cursor) ?? null);
    if (cursor !== null && after === null) throw badCursor();
    const limit = limitOf(query);
    const named = query.keyspace === undefined ? undefined : await keyspaceOf(act, query.keyspace);
    const within = named === undefined ? act.rights.within : [named.id];
    const cut = { within, after, limit: limit + 1 };
    const rows = await act.lifecycle.store.notices.listChannels(cut);
    const names = new Map((await visibleKeyspaces(act)).map((one) => [one.id, one.name]));
    return pageOf(rows, limit, {
      item: (row) => viewOf(row, names.get(row.keyspaceId) ?? ''),
      cursor: ({ id }) => id,
    });
  });
}

/**
 * Changes what the patch names.
 * @throws {StateConflictError} it is to have another name, and policies name it.
 */
export async function updateChannel(
  act: Act,
  id: string,
  edit: { readonly patch: ChannelPatch; readonly options: UpdateOptions } & Configured,
): Promise<Replayable<SavedChannel>> {
  requireScope(act.rights, 'channels:write');
  const { patch, options, hasMail } = edit;
  const call = { operation: `channel.update ${id}`, input: patch, ...options };
  const performed = await perform(act, call, async () => {
    const { channel: before, keyspace } = await locate(act, id);
    requireVersion(before, options.ifMatch);
    const { connection, addresses }: Settings = JSON.parse(before.settings);
    const fields = { connection, addresses, ...patch };
    const name = patch.name ?? before.name;
    if (name !== before.name) await requireUnnamed(act, before);
    requireChannel({ ...fields, name, kind: before.kind });
    requireConnection(patch.connection, edit.connections);
    const settings = JSON.stringify({
      connection: fields.connection,
      addresses: fields.addresses,
    });
    const updatedAt = act.lifecycle.nowMs();
    const changed = { ...before, name, settings, updatedAt, version: before.version + 1 };
    return planPut(act, keyspace, { channel: changed, before, hasMail });
  });
  return replayable(performed);
}

/** @throws {StateConflictError} policies name it: nobody would be told by it from then on. */
export async function deleteChannel(act: Act, id: string, options: UpdateOptions): Promise<void> {
  requireScope(act.rights, 'channels:write');
  const call = { operation: `channel.delete ${id}`, input: null, ...options };
  await perform(act, call, async () => {
    const { channel, keyspace } = await locate(act, id);
    requireVersion(channel, options.ifMatch);
    await requireUnnamed(act, channel);
    const { event } = factOf(act, { type: 'channel.deleted', before: channel, after: undefined });
    const expectedVersion = channel.version;
    const write = {
      kind: 'delete_channel',
      channel: { id: channel.id, keyspaceId: keyspace.id },
      expectedVersion,
    } as const;
    return { change: { writes: [write], events: [event], personal: [] }, answer: null };
  });
}

/** Sends a few words now. Whoever may change a channel may: it reaches people. */
export async function testChannel(
  { sending: { places } }: Pick<Engine, 'sending'>,
  act: Act,
  id: string,
): Promise<ChannelTest> {
  requireScope(act.rights, 'channels:write');
  const { channel, keyspace } = await locate(act, id);
  const { nowMs, ports } = act.lifecycle;
  const idempotencyKey = newChannelId({ nowMs: nowMs(), random: ports.random });
  const how = { name: channel.name, idempotencyKey };
  const { sendTest } = await import('../notify/recipient.js');
  const outcome = await sendTest({ places, keyspace, channel }, how);
  if (outcome.kind === 'sent') return { sent: true, detail: null };
  return { sent: false, detail: outcome.message };
}

/** By its id or, where only one keyspace that the caller may see has it, by its name. */
async function locate(act: Act, text: string) {
  const id = channelIdFrom(text);
  const { notices } = act.lifecycle.store;
  const keyspaces = await visibleKeyspaces(act);
  const found: ChannelRecord[] = [];
  if (id !== undefined) found.push(...present(await notices.getChannel(id, act.rights.within)));
  else if (isChannelName(text)) {
    for (const { id: of } of keyspaces)
      found.push(...present(await notices.channelNamed(of, text)));
  }
  const [channel, ...others] = found;
  const keyspace = keyspaces.find((one) => one.id === channel?.keyspaceId);
  if (others.length > 0) {
    throw new StateConflictError('Several keyspaces have a channel of this name. Give its id.');
  }
  if (channel !== undefined && keyspace !== undefined) return { channel, keyspace };
  throw new NotFoundError('No channel has this id or name. Look in the list of channels.');
}

function present<T>(one: T | undefined): readonly T[] {
  return one === undefined ? [] : [one];
}

function planPut(
  act: Act,
  keyspace: KeyspaceRecord,
  {
    channel,
    before,
    ...means
  }: MailMeans & { readonly channel: ChannelRecord; readonly before: ChannelRecord | undefined },
) {
  const type = before === undefined ? 'channel.created' : 'channel.updated';
  const { event } = factOf(act, { type, before, after: channel });
  const write = { kind: 'put_channel', channel, expectedVersion: before?.version ?? 0 } as const;
  const change = { writes: [write], events: [event], personal: [] };
  const warnings = channelWarnings(channel.kind, means);
  return { change, answer: { ...viewOf(channel, keyspace.name), warnings } };
}

function factOf(
  act: Act,
  {
    type,
    before,
    after,
  }: {
    readonly type: EventType;
    readonly before: ChannelRecord | undefined;
    readonly after: ChannelRecord | undefined;
  },
) {
  const { id = '', keyspaceId } = after ?? before ?? {};
  if (keyspaceId === undefined) throw new NotFoundError('There is no channel.');
  const subject = { kind: 'channel', id } as const;
  const facts = { before: factsOf(before), after: factsOf(after) };
  return recordFact(act, { type, keyspaceId, subject, ...facts });
}

/** Whom a mail goes to is nobody's to read in the trail: how many they are is. */
function factsOf(channel: ChannelRecord | undefined) {
  if (channel === undefined) return {};
  const { name, kind, settings } = channel;
  const { connection, addresses = [] }: Settings = JSON.parse(settings);
  return { name, kind, connection: connection ?? null, addressCount: addresses.length };
}

function viewOf(
  { settings, createdAt, updatedAt, ...channel }: ChannelRecord,
  keyspace: string,
): Channel {
  const said: Settings = JSON.parse(settings);
  const [connection, addresses] = [said.connection ?? null, said.addresses ?? null];
  const { id, name, kind, version } = channel;
  const times = { createdAt: formatTime(createdAt), updatedAt: formatTime(updatedAt) };
  return { id, name, keyspace, kind, connection, addresses, ...times, version };
}
