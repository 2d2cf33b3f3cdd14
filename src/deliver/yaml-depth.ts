import type { CST } from 'yaml';
import { MAX_DEPTH } from './structured-file.js';

/**
 * Whether what a parser has read is not nested so deep that composing it would be out of the stack.
 * @public
 */
export function isShallow(token: CST.Token): boolean {
  let level: readonly CST.Token[] = [token];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap(tokensBelow);
  }
  return true;
}

function tokensBelow(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}
