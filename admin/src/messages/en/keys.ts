/**
 * What the pages of keys say.
 * @public
 */
export const keysText = {
  title: 'Keys',
} as const;
