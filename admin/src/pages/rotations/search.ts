import { textIn, wordIn } from '../search.js';

/** Which of them. */
export interface RotationsSearch {
  /** Absent: those that are open. */
  readonly which?: 'all' | undefined;
  readonly cursor?: string | undefined;
}

/** What an address says of it. */
export function rotationsSearchOf(search: Readonly<Record<string, unknown>>): RotationsSearch {
  return { which: wordIn(search, 'which', ['all']), cursor: textIn(search, 'cursor') };
}
