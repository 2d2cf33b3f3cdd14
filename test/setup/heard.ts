import type { InstanceId } from '../../src/keys/id.js';
import type { InstanceRow } from '../../src/store/store.js';

/** A database says when it heard of each by its own clock; this is when it was by the tests'. */
const heardAt = new Map<InstanceId, number>();

/** An instance of a test has told how far it is. */
export function hear(id: InstanceId, atMs: number): void {
  heardAt.set(id, atMs);
}

/** What the instances of tests told last, with when that was by the clock of their test. */
export function asHeard(rows: readonly InstanceRow[]): readonly InstanceRow[] {
  return rows.map((row) => ({ ...row, seenAt: heardAt.get(row.id) ?? row.seenAt }));
}
