import type { NoticeStore } from '../../src/store/notices.js';

/** Channels and the outbox, each call as `call` has it. */
export function meddledNotices(
  store: NoticeStore,
  call: <T>(run: () => Promise<T>) => Promise<T>,
): NoticeStore {
  return {
    getChannel: (id, within) => call(() => store.getChannel(id, within)),
    channelNamed: (keyspaceId, name) => call(() => store.channelNamed(keyspaceId, name)),
    listChannels: (filter) => call(() => store.listChannels(filter)),
    getNotice: (id, within) => call(() => store.getNotice(id, within)),
    listNotices: (filter) => call(() => store.listNotices(filter)),
    leaseNotices: (query) => call(() => store.leaseNotices(query)),
    settleNotices: (owner, outcomes, told) =>
      call(() => store.settleNotices(owner, outcomes, told)),
    insertNotices: (notices) => call(() => store.insertNotices(notices)),
    networksOf: (keyIds) => call(() => store.networksOf(keyIds)),
    tellingsOf: (keys) => call(() => store.tellingsOf(keys)),
    sentSince: (to) => call(() => store.sentSince(to)),
  };
}
