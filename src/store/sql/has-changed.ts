import type { UpdateResult } from 'kysely';

/** Whether a guarded update found its row. */
export function hasChanged({ numUpdatedRows }: UpdateResult): boolean {
  return numUpdatedRows > 0n;
}
