import type { KeyRecord } from '../keys/key.js';
import { wordsIn } from '../keys/words.js';

/** So many words of a key are looked through; those of its metadata come last. */
const MAX_WORDS = 100;

type Searched = Pick<KeyRecord, 'id' | 'name' | 'owner' | 'tags' | 'metadata'> & {
  readonly secrets: readonly Pick<KeyRecord['secrets'][number], 'hint'>[];
};

/**
 * What a search looks through: a space before each word.
 */
export function searchTextOf({ id, name, owner, tags, metadata, secrets }: Searched): string {
  const hints = secrets.map(({ hint }) => hint);
  const own = [name, owner ?? '', ...tags, ...hints, id].flatMap(wordsIn);
  const words = [...new Set([...own, ...valuesIn(metadata).flatMap(wordsIn)])];
  return textOf(words.slice(0, MAX_WORDS));
}

/**
 * Likewise, of what the version before has written: a line for each field.
 */
export function renewedSearchText(lines: string, metadata: string): string {
  const words = [...new Set([...wordsIn(lines), ...valuesIn(metadata).flatMap(wordsIn)])];
  return textOf(words.slice(0, MAX_WORDS));
}

/**
 * The words of such a text.
 */
export function wordsOfText(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}

function textOf(words: readonly string[]): string {
  return words.map((word) => ` ${word}`).join('');
}

/** Texts and numbers, wherever they stand in it. */
function valuesIn(metadata: string): readonly string[] {
  const values: string[] = [];
  try {
    collect(JSON.parse(metadata), values);
  } catch {
    return []; // A damaged one is told of where it is shown.
  }
  return values;
}

/** No deeper than metadata may be. */
function collect(value: unknown, values: string[]): void {
  if (typeof value === 'string' || typeof value === 'number') values.push(String(value));
  else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) collect(inner, values);
  }
}
