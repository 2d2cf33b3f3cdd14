/** A text of an address; undefined if it is none. */
export function textIn(search: Readonly<Record<string, unknown>>, name: string) {
  const value = search[name];
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** One of some words of an address; undefined if it is another. */
export function wordIn<Word extends string>(
  search: Readonly<Record<string, unknown>>,
  name: string,
  words: readonly Word[],
): Word | undefined {
  return words.find((word) => word === search[name]);
}

/** Whether an address says yes. */
export function flagIn(search: Readonly<Record<string, unknown>>, name: string): true | undefined {
  return search[name] === true || search[name] === 'true' ? true : undefined;
}
