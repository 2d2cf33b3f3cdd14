import type { Keyspace } from '../views.js';
import { UsageFault } from './fault.js';

type Shape = Keyspace['foreignShapes'][number];

const SHAPE = /^(\d{1,4})(?:-(\d{1,4}))?,([a-z0-9]+)(?:,([^,\s]+))?$/;
const ALPHABETS: readonly Shape['alphabet'][] = ['hex', 'base62', 'base64url', 'ascii', 'any'];

/** `--foreign-shape 41,base62,.`: length, or two of them, alphabet, separator. */
export function shapesFrom(texts: readonly string[]): readonly Shape[] {
  return texts.map(shapeFrom);
}

/** A shape as the option takes it. */
export function shapeText({ minLength, maxLength, alphabet, separator }: Shape): string {
  const lengths = minLength === maxLength ? `${minLength}` : `${minLength}-${maxLength}`;
  return [lengths, alphabet, ...(separator === null ? [] : [separator])].join(',');
}

/** @throws {UsageFault} it is none. What a shape may be, the library says. */
function shapeFrom(text: string): Shape {
  const [, least, most = least, named, separator = null] = SHAPE.exec(text) ?? [];
  const alphabet = ALPHABETS.find((one) => one === named);
  if (least !== undefined && alphabet !== undefined) {
    return { minLength: Number(least), maxLength: Number(most), alphabet, separator };
  }
  throw new UsageFault(
    `--foreign-shape takes a length, an alphabet (${ALPHABETS.join(', ')}) and a separator, ` +
      'parted by commas: 41,base62,. or, without a separator, 20-64,hex.',
  );
}
