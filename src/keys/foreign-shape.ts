import { MAX_KEY_LENGTH } from './format.js';

/** The characters of a foreign key: `any` is every printable one. */
export type ForeignAlphabet = 'hex' | 'base62' | 'base64url' | 'ascii' | 'any';

/**
 * How keys look that were made elsewhere. What has such a shape counts as ours, without a checksum.
 * @public
 */
export interface ForeignShape {
  /** In UTF-16 units, the separator included. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly alphabet: ForeignAlphabet;
  /** What stands between the part that is looked up and the rest; null: there is none. */
  readonly separator: string | null;
}

/**
 * How many a keyspace may have: each text that no key of ours begins as is held against them all.
 * @public
 */
export const MAX_FOREIGN_SHAPES = 10;
/**
 * Shorter ones could be guessed.
 * @public
 */
export const MIN_FOREIGN_LENGTH = 8;

// From the narrowest to the widest. One character class each: linear, however long the text is.
const CHARACTERS: Readonly<Record<ForeignAlphabet, RegExp>> = {
  hex: /^[0-9a-f]*$/,
  base62: /^[0-9A-Za-z]*$/,
  base64url: /^[0-9A-Za-z_-]*$/,
  ascii: /^[\x21-\x2b\x2d-\x7e]*$/, // No comma: servers join headers that were sent twice with one.
  any: /^[^\p{C}\p{Z},]*$/u,
};
const ALPHABETS = ['hex', 'base62', 'base64url', 'ascii', 'any'] as const;
const SEPARATOR = /^[\x21-\x2b\x2d-\x7e]{1,4}$/;

/**
 * Whether the text looks as the shape says.
 * @public
 */
export function hasShape(text: string, shape: ForeignShape): boolean {
  if (text.length < shape.minLength || text.length > shape.maxLength) return false;
  const { separator, alphabet } = shape;
  if (separator === null) return CHARACTERS[alphabet].test(text);
  const at = text.indexOf(separator);
  if (at <= 0 || at + separator.length >= text.length) return false;
  return CHARACTERS[alphabet].test(text.replaceAll(separator, '')); // Only the first one counts.
}

/**
 * What stands before the first separator, under which a salted hash is looked up.
 * @public
 */
export function lookupOf(text: string, { separator }: ForeignShape): string | null {
  const at = separator === null ? -1 : text.indexOf(separator);
  return at > 0 ? text.slice(0, at) : null;
}

/**
 * The narrowest alphabet that has all of the text; undefined: none has.
 * @public
 */
export function alphabetOf(text: string): ForeignAlphabet | undefined {
  return ALPHABETS.find((alphabet) => CHARACTERS[alphabet].test(text));
}

/**
 * What is wrong with a shape, or undefined.
 * @public
 */
export function faultInShape(shape: ForeignShape): string | undefined {
  const { minLength, maxLength, alphabet, separator } = shape;
  if (!ALPHABETS.includes(alphabet)) return `has no alphabet. Use one of ${ALPHABETS.join(', ')}.`;
  const isBounded =
    Number.isInteger(minLength) && minLength >= MIN_FOREIGN_LENGTH && maxLength <= MAX_KEY_LENGTH;
  if (!isBounded || !Number.isInteger(maxLength) || minLength > maxLength) {
    return `has no such lengths. Use whole numbers from ${MIN_FOREIGN_LENGTH} to ${MAX_KEY_LENGTH}.`;
  }
  if (separator === null || SEPARATOR.test(separator)) return undefined;
  return 'has no such separator. Use 1 to 4 printable ASCII characters without a comma, or null.';
}

/**
 * The shapes with room for one more: one of the same alphabet and separator is widened.
 * @public
 */
export function withShape(
  shapes: readonly ForeignShape[],
  added: ForeignShape,
): readonly ForeignShape[] {
  if (shapes.some((shape) => includes(shape, added))) return shapes;
  const isAlike = ({ alphabet, separator }: ForeignShape) =>
    alphabet === added.alphabet && separator === added.separator;
  const alike = shapes.find(isAlike);
  if (alike === undefined) return [...shapes, added];
  const widened = {
    ...alike,
    minLength: Math.min(alike.minLength, added.minLength),
    maxLength: Math.max(alike.maxLength, added.maxLength),
  };
  return shapes.map((shape) => (shape === alike ? widened : shape));
}

/** Whether every text of the inner shape has the outer one too. */
function includes(outer: ForeignShape, inner: ForeignShape): boolean {
  const isWideEnough =
    ALPHABETS.indexOf(outer.alphabet) >= ALPHABETS.indexOf(inner.alphabet) &&
    outer.separator === inner.separator;
  return isWideEnough && outer.minLength <= inner.minLength && outer.maxLength >= inner.maxLength;
}
