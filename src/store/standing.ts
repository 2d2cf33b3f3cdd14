import {
  type KeyturnError,
  StoreFrozenError,
  StoreMovedError,
  StoreQuarantinedError,
  StoreUnavailableError,
} from '../errors.js';

/**
 * What a database may be used for.
 * `open`: everything. `frozen`: it is being moved; checks go on, nothing is changed.
 * `moved`: nothing, its data is elsewhere. `filling`: nothing, a move has not finished copying.
 * `quarantined`: it is older than it should be; changes may be made, and no key is accepted.
 * @public
 */
export type StoreMode = 'open' | 'frozen' | 'moved' | 'filling' | 'quarantined';

/**
 * A database's mode, and what it is about.
 * @public
 */
export interface StoreStanding {
  readonly mode: StoreMode;
  /** Where it is moved to, or from, or why it is quarantined: never with a password. */
  readonly detail: string | null;
  /** In milliseconds UTC; null: ever since. */
  readonly sinceAt: number | null;
}

/**
 * Of every database until something else is said.
 * @public
 */
export const OPEN: StoreStanding = Object.freeze({ mode: 'open', detail: null, sinceAt: null });

/**
 * Why no check may be answered from a database; undefined: they may.
 * @public
 */
export function answersFault({ mode, detail }: StoreStanding): KeyturnError | undefined {
  switch (mode) {
    case 'open':
    case 'frozen':
      return undefined;
    case 'moved':
      return moved(detail);
    case 'filling':
      return filling(detail);
    case 'quarantined':
      return new StoreQuarantinedError(
        `The database is in quarantine: ${detail ?? 'it is older than it should be.'} No key is ` +
          'accepted. Look with keyturn quarantine show, then run: keyturn quarantine release --reason R',
      );
  }
}

/**
 * Refuses a change that the database may not take now.
 * @throws {StoreFrozenError} and its like, with what to do.
 */
export function requireWritable({ mode, detail }: StoreStanding): void {
  switch (mode) {
    case 'open':
    case 'quarantined':
      return;
    case 'frozen':
      throw new StoreFrozenError(
        `The database takes no changes while it is moved to ${detail ?? 'another'}. Wait until ` +
          'keyturn move is done; if it was ended, run it again, or stay here: ' +
          'keyturn move --from URL --cancel',
      );
    case 'moved':
      throw moved(detail);
    case 'filling':
      throw filling(detail);
  }
}

function moved(to: string | null): StoreMovedError {
  return new StoreMovedError(
    `The data was moved to ${to ?? 'another database'}. Give that address to every server and ` +
      'application (KEYTURN_DATABASE, --database), and restart them.',
  );
}

/** It will be there: who waits for it need not end. */
function filling(from: string | null): StoreUnavailableError {
  return new StoreUnavailableError(
    `The database is being filled from ${from ?? 'another'} and is not whole yet. Wait until ` +
      'keyturn move is done; if it was ended, run it again.',
  );
}
