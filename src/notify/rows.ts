import { createHash } from 'node:crypto';
import type { OutboxRecord } from '../store/notices.js';
import { isUrgent, type KeyNotice, KINDS, type Notice } from './notice.js';
import { grouped } from './plan.js';

// Rows of the outbox, and the notices that they make together.

/** What is urgent whatever it is of. */
export const URGENT_KINDS: readonly string[] = Object.entries(KINDS)
  .filter(([, { isUrgent: when }]) => when === 'always')
  .map(([kind]) => kind);

/** Recipients with something urgent first, and of them operators: mail servers may be mute. */
export function urgentFirst(left: Rows, right: Rows): number {
  return rankOf(left) - rankOf(right);
}

function rankOf(rows: Rows): number {
  if (!rows.some((row) => isUrgent(noticeIn(row)))) return 2;
  return rows[0].ownerId === null ? 0 : 1;
}

/** What is urgent first. */
export function byUrgency(
  left: { readonly notice: Notice },
  right: { readonly notice: Notice },
): number {
  return Number(isUrgent(right.notice)) - Number(isUrgent(left.notice));
}

export type Rows = readonly [OutboxRecord, ...OutboxRecord[]];

export function byRecipient(rows: readonly OutboxRecord[]): readonly Rows[] {
  return groupedBy(rows, ({ keyspaceId, recipient, ownerId }) =>
    JSON.stringify([keyspaceId, recipient, ownerId]),
  );
}

export function groupedBy(
  rows: readonly OutboxRecord[],
  nameOf: (row: OutboxRecord) => string,
): readonly Rows[] {
  const groups = new Map<string, [OutboxRecord, ...OutboxRecord[]]>();
  for (const row of rows) {
    const group = groups.get(nameOf(row));
    if (group === undefined) groups.set(nameOf(row), [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

/** One mail, whatever the number of keys, and of their rotations. */
export function groupNameOf(row: OutboxRecord): string {
  const { kind, isEmergency, owner, stage } = noticeIn(row);
  return JSON.stringify([kind, isEmergency, owner?.id ?? null, stageIn(kind, stage)]);
}

/** Which change of its rotation asks for an operator tells nothing of what is alike. */
function stageIn(kind: KeyNotice['kind'], stage: string): string {
  return kind === 'needs_operator' ? '' : stage;
}

export function groupOf(rows: Rows): KeyNotice {
  const keys = rows.map(({ idempotencyKey }) => idempotencyKey).toSorted();
  const cycle = createHash('sha256').update(keys.join()).digest('hex').slice(0, 32);
  const notices = rows.map((row): KeyNotice => {
    const notice = noticeIn(row);
    return { ...notice, cycle, stage: stageIn(notice.kind, notice.stage) };
  });
  return grouped(notices)[0] ?? noticeIn(rows[0]);
}

export function noticeIn({ notice }: OutboxRecord): KeyNotice {
  return JSON.parse(notice);
}
