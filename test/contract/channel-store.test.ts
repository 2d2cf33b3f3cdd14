import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KeyspaceId, newChannelId } from '../../src/keys/id.js';
import type { ChannelRecord } from '../../src/store/notices.js';
import { attempt, DAY_AT, idSource, inNewKeyspace } from './build.js';
import { type OpenedStore, stores } from './stores.js';

const DONE = { ok: true };
const LATE = { ok: false, conflict: 'version' };
const TAKEN = { ok: false, conflict: 'exists' };

describe.each(stores)('channels on $name', ({ open }) => {
  let opened: OpenedStore;
  let keyspaceId: KeyspaceId;
  beforeAll(async () => {
    opened = await open();
  });
  beforeEach(async () => {
    keyspaceId = await inNewKeyspace(opened.store);
  });
  afterAll(() => opened.close());

  const notices = () => opened.store.notices;
  const page = () => ({ within: [keyspaceId], after: null, limit: 10 });
  const aChannel = (fields: Partial<ChannelRecord> = {}): ChannelRecord => ({
    id: newChannelId(idSource()),
    keyspaceId,
    name: 'security',
    kind: 'slack',
    settings: '{"connection":"slack"}',
    createdAt: DAY_AT,
    updatedAt: DAY_AT,
    version: 1,
    ...fields,
  });
  const put = (channel: ChannelRecord, expectedVersion = 0) =>
    attempt(opened.store, keyspaceId, { kind: 'put_channel', channel, expectedVersion });
  test('a channel is kept, changed under its version, and deleted', async () => {
    const channel = aChannel();
    expect(await put(channel)).toMatchObject(DONE);
    expect(await notices().getChannel(channel.id, 'all')).toEqual(channel);
    expect(await notices().getChannel(channel.id, [])).toBeUndefined();
    expect(await notices().channelNamed(keyspaceId, 'security')).toEqual(channel);
    expect(await put(aChannel())).toEqual(TAKEN);
    const changed = { ...channel, name: 'ops', version: 2 };
    expect(await put(changed, 9)).toEqual(LATE);
    expect(await put(changed, 1)).toMatchObject(DONE);
    expect(await notices().channelNamed(keyspaceId, 'security')).toBeUndefined();
    const drop = (expectedVersion: number) =>
      attempt(opened.store, keyspaceId, {
        kind: 'delete_channel',
        channel: changed,
        expectedVersion,
      });
    expect(await drop(1)).toEqual(LATE);
    expect(await drop(2)).toMatchObject(DONE);
    expect(await notices().listChannels(page())).toEqual([]);
  });

  test('channels are listed by id, in their keyspaces', async () => {
    const channels = ['a', 'b', 'c'].map((name) => aChannel({ name }));
    for (const one of channels) await put(one);
    const first = await notices().listChannels({ ...page(), limit: 2 });
    expect(first).toEqual(channels.slice(0, 2));
    const rest = await notices().listChannels({ ...page(), after: first[1]?.id ?? null });
    expect(rest).toEqual(channels.slice(2));
    expect(await notices().listChannels({ ...page(), within: [] })).toEqual([]);
  });
});
