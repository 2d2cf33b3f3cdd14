import type { KeyspaceId } from '../keys/id.js';

/**
 * The keyspaces a statement may touch: a caller's own, or all.
 * @public
 */
export type Within = readonly KeyspaceId[] | 'all';
