import { InvalidRequestError } from '../errors.js';
import { formatTime } from '../keys/duration.js';
import { type KeyId, keyIdFrom } from '../keys/id.js';
import { BUCKET_MS, HOUR_MS, type UsageQuery, type UsageRow } from '../store/usage.js';
import type { Usage, UsageFilter } from '../usage-views.js';
import type { List, Page } from '../views.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { badCursor, decodeCursor, encodeCursor, limitOf, listOf, pageAt, pageOf } from './list.js';
import { readSpan } from './moment.js';
import { requireScope } from './rights.js';

const DEFAULT_SPAN_MS = 24 * HOUR_MS;

/** Counts of checks by hour or day, oldest first. */
export function listUsage(open: () => Promise<Act>, filter: UsageFilter): List<Usage> {
  return listOf(async (next) => loadPage(await open(), pageAt(filter, next)));
}

async function loadPage(act: Act, filter: UsageFilter): Promise<Page<Usage>> {
  requireScope(act.rights, 'usage:read');
  const limit = limitOf(filter);
  const { store } = act.lifecycle;
  const nowMs = act.lifecycle.nowMs();
  const span = readSpan(filter, { nowMs, agoMs: DEFAULT_SPAN_MS });
  const { fromMs = 0, toMs = nowMs + 1 } = span;
  const { per = 'hour' } = filter;
  const keyspace =
    filter.keyspace === undefined ? undefined : await keyspaceOf(act, filter.keyspace);
  const rows = await store.usage({
    within: keyspace === undefined ? act.rights.within : [keyspace.id],
    keyId: readKeyId(filter.key),
    owner: filter.owner,
    // A row is told whole at either end: else what was counted just now would be missing.
    fromMs: fromMs - (fromMs % BUCKET_MS[per]),
    toMs: Math.ceil(toMs / BUCKET_MS[per]) * BUCKET_MS[per],
    per,
    by: filter.by ?? 'key',
    limit: limit + 1,
    after: afterOf(filter.cursor),
  });
  const names = new Map((await visibleKeyspaces(act)).map(({ id, name }) => [id, name]));
  return pageOf(rows, limit, {
    item: (row) =>
      viewUsage(row, row.keyspaceId === null ? null : (names.get(row.keyspaceId) ?? null)),
    cursor: ({ startAt, keyId, secretNumber, keyspaceId }) =>
      encodeCursor([startAt, keyId ?? '', secretNumber ?? 0, keyspaceId ?? '']),
  });
}

function viewUsage(row: UsageRow, keyspaceName: string | null): Usage {
  const total = Object.values(row.outcomes).reduce((sum, count) => sum + count, 0);
  return {
    start: formatTime(row.startAt),
    keyspace: keyspaceName,
    key: row.keyId,
    secret: row.secretNumber,
    outcomes: row.outcomes,
    total,
  };
}

function afterOf(cursor: string | undefined): UsageQuery['after'] {
  const parts = decodeCursor(cursor, 4);
  if (parts === undefined) return null;
  const [start, keyId = '', secret, keyspaceId = ''] = parts;
  const after = { startAt: Number(start), keyId, secret: Number(secret), keyspaceId };
  if (!Number.isSafeInteger(after.startAt) || !Number.isSafeInteger(after.secret))
    throw badCursor();
  return after;
}

function readKeyId(text: string | undefined): KeyId | undefined {
  if (text === undefined) return undefined;
  const keyId = keyIdFrom(text);
  if (keyId !== undefined) return keyId;
  throw new InvalidRequestError([
    { pointer: '/key', message: 'is no key id.', fix: 'Write key_….' },
  ]);
}
