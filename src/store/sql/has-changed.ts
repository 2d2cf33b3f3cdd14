import type { QueryResult, UpdateResult } from 'kysely';

/** Whether a guarded update found its row. */
export function hasChanged(result: UpdateResult | QueryResult<unknown>): boolean {
  const count = 'numUpdatedRows' in result ? result.numUpdatedRows : result.numAffectedRows;
  return count !== undefined && count > 0n;
}
