import type { NoticeOutcome, OutboxRecord } from '../../src/store/notices.js';
import { DAY_AT } from './build.js';

/** It was sent; or what `fields` say. */
export function outcomeOf(
  { id }: OutboxRecord,
  fields: Partial<NoticeOutcome> = {},
): NoticeOutcome {
  return {
    id,
    state: 'sent',
    tryCount: 1,
    firstTryAt: DAY_AT + 7,
    nextAt: null,
    sentAs: 'ntc_1',
    isDigest: false,
    failure: null,
    sentAt: DAY_AT + 7,
    isHeldOn: false,
    ...fields,
  };
}
