/** What parts words: all that is neither a letter, a digit nor a sign of its own, as an emoji is. */
const WORD = /(?:\p{L}|\p{N}|\p{M}|\p{So})+/gu;
/** Every id of a key begins so: it says nothing of one. */
const ID_PREFIX = /(?<![\p{L}\p{N}])key_(?=[\p{L}\p{N}])/gu;
/** Characters of a word that count: what follows is found by what stands before it. */
const MAX_LENGTH = 64;

/**
 * The words that a search asks for; undefined: it asks for none that any key could have.
 * @public
 */
export function searchedWords(search: string | undefined): readonly string[] | undefined {
  const words = wordsIn(search ?? '');
  return words.length === 0 && (search ?? '').trim() !== '' ? undefined : words;
}

/**
 * The words of a text, each once, in small letters: what is searched by and for.
 * @public
 */
export function wordsIn(text: string): readonly string[] {
  const plain = text.normalize('NFC').toLowerCase().replaceAll(ID_PREFIX, ' ');
  const words = plain.match(WORD) ?? [];
  return [...new Set(words.map((word) => [...word].slice(0, MAX_LENGTH).join('')))];
}
