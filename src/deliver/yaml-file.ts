import {
  Composer,
  CST,
  type Document,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  Parser,
  type Scalar,
} from 'yaml';
import type { Refusal } from './file-destination.js';
import { indexOf, namesIn } from './pointer.js';
import { type Located, noText, structuredFile, tooDeep } from './structured-file.js';
import { isShallow } from './yaml-depth.js';

// A text without quotes to every reader: YAML 1.1 has many words for true, and none with a "_".
const PLAIN = /^[A-Za-z][A-Za-z0-9-]*_[A-Za-z0-9_-]*$/;

/**
 * One text of a YAML file with one document. Comments, order, anchors and every byte but those of
 * the value stay; so does the way it is quoted, if it can hold the value.
 */
export const yamlFile = structuredFile('yaml', locate);

/** Its text at a pointer. */
export function locate(text: string, pointer: string): Located | Refusal {
  const tokens = [...new Parser().parse(text)];
  if (!tokens.every(isShallow)) return tooDeep;
  const documents = [...new Composer({ keepSourceTokens: true }).compose(tokens)];
  const [document, second] = documents;
  if (document === undefined || documents.some(({ errors }) => errors.length > 0)) {
    return { kind: 'refused', class: 'target_missing', message: 'is not YAML.' };
  }
  if (second !== undefined) {
    const message = 'holds more than one document: give each a file of its own.';
    return { kind: 'refused', class: 'target_missing', message };
  }
  const found = textAt(document, pointer);
  if ('kind' in found) return found;
  const { srcToken: token, value } = found;
  if (!CST.isScalar(token)) return noText(pointer, 'has no text');
  return {
    kind: 'located',
    value: typeof value === 'string' ? value : null,
    put(next) {
      const isBare = token.type === 'scalar';
      CST.setScalarValue(token, next, {
        afterKey: true,
        ...(isBare && !PLAIN.test(next) ? { type: 'QUOTE_DOUBLE' } : {}),
      });
      return tokens.map((one) => CST.stringify(one)).join('');
    },
  };
}

/** The scalar that a pointer leads to; an alias leads nowhere, for it stands elsewhere. */
function textAt(document: Document.Parsed, pointer: string): Scalar.Parsed | Refusal {
  let node: ParsedNode | null = document.contents;
  for (const name of namesIn(pointer)) {
    const below = childrenOf(node, name);
    const [only, second] = below;
    if (only === undefined) return noText(pointer, 'has nothing');
    if (second !== undefined) return noText(pointer, 'has more than one value');
    node = only;
  }
  if (!isScalar(node)) return noText(pointer, 'has no text');
  if (node.tag !== undefined && node.tag !== 'tag:yaml.org,2002:str') {
    return noText(pointer, 'has a value with a tag of its own');
  }
  const { value } = node;
  return typeof value === 'string' || value === null ? node : noText(pointer, 'has no text');
}

/** What a name means within a node: a key as it is written or as it is read, as in `8080`. */
function childrenOf(node: ParsedNode | null, name: string): readonly ParsedNode[] {
  if (isSeq(node)) {
    const item = node.items[indexOf(name) ?? node.items.length];
    return item === undefined ? [] : [item];
  }
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => {
    const isIt = isScalar(key) && (String(key.value) === name || key.source === name);
    return isIt && value !== null ? [value] : [];
  });
}
