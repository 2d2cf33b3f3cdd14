import { createHash } from 'node:crypto';
import { newNoticeId } from '../keys/id.js';
import type { Ports } from '../ports.js';
import type { OutboxRecord } from '../store/notices.js';
import type { SendFailure } from './channel.js';
import type { KeyNotice } from './notice.js';

/** An owner was not told, for good, and why. */
interface Untold {
  readonly row: OutboxRecord;
  readonly failure: SendFailure;
  readonly nowMs: number;
}

/**
 * What operators are told where an owner cannot be: by the channels that the policy names beside the
 * mail. Once for each notice, however often it is given up.
 */
export function unreachableOwner(
  { random }: Pick<Ports, 'random'>,
  { row, failure, nowMs }: Untold,
): readonly OutboxRecord[] {
  if (row.ownerId === null) return [];
  const before: KeyNotice = JSON.parse(row.notice);
  const [item] = before.items;
  if (item === undefined) return [];
  const { id, name, hint } = item;
  const { kind: untold } = before;
  const rotationId = 'rotationId' in item ? item.rotationId : null;
  const { operators = [], ...head } = before;
  const notice: KeyNotice<'owner_unreachable'> = {
    ...head,
    kind: 'owner_unreachable',
    stage: untold,
    items: [{ id, name, hint, untold, reason: failure.message, rotationId }],
  };
  return operators.map((recipient) => {
    const identity = ['owner_unreachable', row.idempotencyKey, recipient];
    return {
      ...row,
      id: newNoticeId({ nowMs, random }),
      idempotencyKey: createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
      recipient,
      ownerId: null,
      kind: 'owner_unreachable',
      notice: JSON.stringify(notice),
      sealed: null,
      state: 'waiting',
      tryCount: 0,
      firstTryAt: null,
      nextAt: nowMs,
      sentAs: null,
      isDigest: false,
      failure: null,
      createdAt: nowMs,
      sentAt: null,
    };
  });
}
