import type { KeyspaceId } from '../keys/id.js';
import type { Write } from './change.js';

/**
 * Keys of one keyspace whose old secret is refused on trial at the same time, in the whole fleet:
 * more would be an outage.
 * @public
 */
export const MAX_BROWNOUTS = 20;

/** Keyspaces in which a secret is refused on trial from these writes on. */
export function brownedOutIn(writes: readonly Write[]): readonly KeyspaceId[] {
  const found = writes.flatMap((write) =>
    write.kind === 'update_key' && write.changedSecrets.some(({ brownout }) => brownout !== null)
      ? [write.key.keyspaceId]
      : [],
  );
  return [...new Set(found)];
}
