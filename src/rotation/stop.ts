import type { KeyId } from '../keys/id.js';
import type { Details } from './details.js';

/**
 * What takes a key back from whoever has replaced its secret with the key itself: every secret ends at
 * once, and the next one goes to its owner alone. Null: somebody else has asked.
 */
export function stopOf(keyId: KeyId, { isOfSelf }: Pick<Details, 'isOfSelf'>): string | null {
  if (!isOfSelf) return null;
  return `keyturn key rotate ${keyId} --compromised --reason 'a self-rotation that was not ours' --deliver claim`;
}
