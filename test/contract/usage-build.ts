import type { KeyspaceId } from '../../src/keys/id.js';
import { HOUR_MS, type UsageBatch, type UsageCount } from '../../src/store/usage.js';
import { DAY_AT, nowMs, uniqueText } from './build.js';

export function aCount(keyspaceId: KeyspaceId, fields: Partial<UsageCount> = {}): UsageCount {
  const hourAt = fields.hourAt ?? DAY_AT;
  return {
    keyspaceId,
    keyId: null,
    secretNumber: fields.keyId === undefined || fields.keyId === null ? 0 : 1,
    hourAt,
    outcome: 'valid',
    count: 1,
    lastAt: hourAt + HOUR_MS / 2,
    ...fields,
  };
}

/** A flush that was made now, as the sweep counts. */
export function aBatch(counts: readonly UsageCount[]): UsageBatch {
  return { id: uniqueText(), at: nowMs(), counts };
}
