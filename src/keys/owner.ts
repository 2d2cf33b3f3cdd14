import type { KeyspaceId } from './id.js';
import { faultInText } from './text.js';

/**
 * Whose keys they are. Everything personal stands here, so it can be erased in one place.
 * @public
 */
export interface OwnerRecord {
  /** Opaque, from the host application; unique in its keyspace. */
  readonly id: string;
  readonly keyspaceId: KeyspaceId;
  readonly name: string | null;
  readonly emails: readonly string[];
  /** BCP 47. */
  readonly locale: string | null;
  /** An IANA time zone. */
  readonly timezone: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly erasedAt: number | null;
  readonly version: number;
}

/**
 * What is wrong with the id of an owner, or undefined.
 * @public
 */
export function faultInOwnerId(id: string): string | undefined {
  // Clients take these two out of a path (RFC 3986 §5.2.4): no URL could name such an owner.
  if (id === '.' || id === '..') return 'cannot be named by a URL.';
  return faultInText(id);
}
