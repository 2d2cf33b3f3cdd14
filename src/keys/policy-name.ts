const NAME_SHAPE = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * The policy of a key that names none: its keyspace's own of this name, or the built-in one.
 * @public
 */
export const DEFAULT_POLICY = 'default';

/**
 * Whether the text can name a policy.
 * @public
 */
export function isPolicyName(text: string): boolean {
  return NAME_SHAPE.test(text);
}
