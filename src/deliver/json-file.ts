import { createScanner, type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { Refusal } from './file-destination.js';
import { indexOf, namesIn } from './pointer.js';
import { type Located, MAX_DEPTH, noText, structuredFile, tooDeep } from './structured-file.js';

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * One text of a JSON file, which may have comments and trailing commas. Every byte but those of the
 * value stays.
 */
export const jsonFile = structuredFile('json', locate);

/** Its text at a pointer. */
export function locate(text: string, pointer: string): Located | Refusal {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  if (depthOf(text.slice(mark)) > MAX_DEPTH) return tooDeep;
  const root = rootOf(text.slice(mark));
  if (root === undefined) {
    return { kind: 'refused', class: 'target_missing', message: 'is not JSON.' };
  }
  let node = root;
  for (const name of namesIn(pointer)) {
    const below = childrenOf(node, name);
    const [only, second] = below;
    if (only === undefined) return noText(pointer, 'has nothing');
    if (second !== undefined) return noText(pointer, 'has more than one value');
    node = only;
  }
  if (node.type !== 'string' && node.type !== 'null') return noText(pointer, 'has no text');
  const start = mark + node.offset;
  const value: unknown = node.value;
  return {
    kind: 'located',
    value: typeof value === 'string' ? value : null,
    put: (next) =>
      `${text.slice(0, start)}${JSON.stringify(next)}${text.slice(start + node.length)}`,
  };
}

function rootOf(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  return errors.length === 0 ? root : undefined;
}

/** By its brackets, without those in texts and comments. */
function depthOf(text: string): number {
  const scanner = createScanner(text);
  let [depth, deepest] = [0, 0];
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const first = text[scanner.getTokenOffset()];
    if (first === '[' || first === '{') depth += 1;
    if (first === ']' || first === '}') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** What a name means within a node: one of each property of that name. */
function childrenOf({ type, children = [] }: Node, name: string): readonly Node[] {
  if (type === 'array') {
    const child = children[indexOf(name) ?? children.length];
    return child === undefined ? [] : [child];
  }
  if (type !== 'object') return [];
  return children.flatMap(({ children: [key, value] = [] }) =>
    key?.value === name && value !== undefined ? [value] : [],
  );
}
