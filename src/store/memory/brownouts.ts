import type { KeyspaceId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import { brownedOutIn, MAX_BROWNOUTS } from '../few-brownouts.js';
import type { Tables } from './tables.js';

export function countBrownouts(tables: Tables, keyspaceId: KeyspaceId): number {
  let count = 0;
  for (const key of tables.keys.values()) {
    if (key.keyspaceId !== keyspaceId || key.state === 'revoked') continue;
    const tried = key.secrets.filter((one) => one.brownout !== null && one.state === 'retiring');
    count += tried.length;
  }
  return count;
}

/** Asked once they are made: what they add up to has to fit. */
export function tooManyBrownouts(tables: Tables, writes: readonly Write[]): Conflict | undefined {
  const isOver = (id: KeyspaceId) => countBrownouts(tables, id) > MAX_BROWNOUTS;
  return brownedOutIn(writes).some(isOver) ? 'version' : undefined;
}
