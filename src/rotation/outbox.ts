import type { Notice, NoticeQuery } from '../channel-views.js';
import { NotFoundError, StateConflictError } from '../errors.js';
import { formatTime } from '../keys/duration.js';
import { noticeIdFrom } from '../keys/id.js';
import { perform, replayable } from '../lifecycle/change.js';
import { type Act, visibleKeyspaces } from '../lifecycle/context.js';
import { recordFact } from '../lifecycle/key-events.js';
import { badCursor, limitOf, listOf, pageAt, pageOf } from '../lifecycle/list.js';
import { requireScope } from '../lifecycle/rights.js';
import type { WriteOptions } from '../public.js';
import type { Write } from '../store/change.js';
import type { OutboxRecord } from '../store/notices.js';
import type { List, Replayable } from '../views.js';
import { claimsIn } from './link-mail.js';

/** What waits to be told, was told or was given up: the newest first. */
export function listNotices(open: () => Promise<Act>, query: NoticeQuery): List<Notice> {
  return listOf(async (next) => {
    const act = await open();
    requireScope(act.rights, 'channels:read');
    const { cursor = null } = pageAt(query, next);
    const after = cursor === null ? null : (noticeIdFrom(cursor) ?? null);
    if (cursor !== null && after === null) throw badCursor();
    const limit = limitOf(query);
    const cut = { within: act.rights.within, state: query.state, after, limit: limit + 1 };
    const rows = await act.lifecycle.store.notices.listNotices(cut);
    const names = await keyspaceNames(act);
    return pageOf(rows, limit, {
      item: (row) => viewOf(row, names.get(row.keyspaceId) ?? ''),
      cursor: ({ id }) => id,
    });
  });
}

/** @throws {StateConflictError} it is not dead. */
export async function retryNotice(
  act: Act,
  id: string,
  options: WriteOptions,
): Promise<Replayable<Notice>> {
  requireScope(act.rights, 'channels:write');
  const call = { operation: `notice.retry ${id}`, input: null, ...options };
  const performed = await perform(act, call, async () => {
    const noticeId = noticeIdFrom(id);
    const { store, nowMs } = act.lifecycle;
    const notice = noticeId && (await store.notices.getNotice(noticeId, act.rights.within));
    if (notice === undefined) {
      throw new NotFoundError('No notice has this id. Look in the list of notices.');
    }
    if (notice.state !== 'dead') {
      const how = notice.state === 'sent' ? 'It was sent.' : 'It waits, and is sent by itself.';
      throw new StateConflictError(`${how} Only what was given up can be sent anew.`);
    }
    const { event } = recordFact(act, {
      type: 'notice.retried',
      keyspaceId: notice.keyspaceId,
      subject: { kind: 'notice', id: notice.id },
      before: { state: 'dead' },
      after: { state: 'waiting' },
    });
    const timeMs = nowMs();
    const retry = { kind: 'retry_notice', notice, nowMs: timeMs } as const;
    const untried = { tryCount: 0, firstTryAt: null, nextAt: timeMs };
    const anew = { ...notice, ...untried, state: 'waiting' } as const;
    const names = await keyspaceNames(act);
    const answer = viewOf(anew, names.get(notice.keyspaceId) ?? '');
    const writes = [retry, ...wakes(notice, timeMs)];
    return { change: { writes, events: [event], personal: [] }, answer };
  });
  return replayable(performed);
}

/** A claim whose link goes out after all is looked at soon: it asks for a person until then. */
function wakes(notice: OutboxRecord, nowMs: number): readonly Write[] {
  return claimsIn(notice).map(({ id: keyId }) => ({ kind: 'wake_rotation', keyId, nowMs }));
}

async function keyspaceNames(act: Act): Promise<ReadonlyMap<string, string>> {
  return new Map((await visibleKeyspaces(act)).map((one) => [one.id, one.name]));
}

function viewOf(row: OutboxRecord, keyspace: string): Notice {
  const { items }: { items: readonly { readonly id: string }[] } = JSON.parse(row.notice);
  const { id, kind, recipient, ownerId: owner, state, tryCount: tries, failure } = row;
  return {
    ...{ id, keyspace, kind, recipient, owner },
    key: items[0]?.id ?? '',
    ...{ state, tries },
    nextAt: row.nextAt === null ? null : formatTime(row.nextAt),
    failure,
    createdAt: formatTime(row.createdAt),
    sentAt: row.sentAt === null ? null : formatTime(row.sentAt),
  };
}
