import { MISTAKE_TEXT, mistakeIn } from './keys/mistake.js';

/**
 * What is likely wrong with a text that is no key of this prefix, said to whoever sent it.
 * @public
 */
export function likelyMistake(text: string, prefix: string): string {
  return MISTAKE_TEXT[mistakeIn(text, prefix)];
}
