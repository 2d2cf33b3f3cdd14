import { wordIn } from '../search.js';

/** The views of a key. */
export const TABS = ['facts', 'usage', 'consumers', 'events', 'use'] as const;

/** Which one is shown. */
interface KeySearch {
  readonly tab?: (typeof TABS)[number] | undefined;
}

/** What an address says of it. */
export function keySearchOf(search: Readonly<Record<string, unknown>>): KeySearch {
  return { tab: wordIn(search, 'tab', TABS) };
}
