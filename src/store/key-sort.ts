/**
 * In which order to list keys. What has no such time comes last, either way; of two that are alike,
 * the id decides. Names are compared as bytes, with ASCII in small letters.
 * @public
 */
export interface KeySort {
  readonly by: 'createdAt' | 'name' | 'lastUsedAt' | 'expiresAt';
  readonly isDescending: boolean;
  /** Of the key that `after` names; null: it has no such time. Nothing is by id. */
  readonly afterValue: string | number | null;
}
