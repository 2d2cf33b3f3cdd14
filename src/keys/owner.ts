import type { KeyspaceId } from './id.js';

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
