/**
 * What the parts of every page say.
 * @public
 */
export const uiText = {
  optional: '(optional)',
  close: 'Close',
  cancel: 'Cancel',
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Not copied. Select the text, and copy it with the keyboard.',
  reload: 'Try again',
  requestId: (id: string) => `Request ${id}`,
  loading: 'Loading…',
  never: 'never',
  none: '–',
  dot: ' · ',
  utc: (time: string) => `${time} UTC`,
  notifications: 'Notices',
  previousPage: 'Previous page',
  nextPage: 'Next page',
  sortBy: (name: string) => `Sort by ${name}`,
  searchKey: '/',
  asTable: 'As a table',
  asPicture: 'As a picture',
  selectAll: 'Select all on this page',
  selectOne: (name: string) => `Select ${name}`,
  faults: {
    away: 'The server does not answer',
    awayTodo: 'Nothing was lost. This goes on by itself as soon as it is back.',
    gone: 'Not found',
    goneTodo:
      'There is nothing at this address, or you may not see it. Look at the list it belongs to.',
    denied: 'You may not do this',
    deniedTodo: 'Your role does not reach so far. Ask somebody with the role admin.',
    over: 'Your session has ended',
    overTodo: 'Sign in again: this page stays as it is.',
    busy: 'Too many requests',
    busyTodo: (seconds: number) => `Try again in ${seconds} s.`,
    unavailable: 'The database does not answer',
    unavailableTodo:
      'Keys are still checked from what the server remembers, for a while. Look at its log if this stays so.',
    changed: 'Somebody else has changed this meanwhile',
    changedTodo: 'Load it again, look at what is new, and then make your change.',
    conflict: 'Not possible as things stand',
    refused: 'This was not accepted',
    unexpected: 'Something went wrong',
    unexpectedTodo:
      'Try again. If it stays so, the server’s log has more under the id of this request.',
  },
} as const;
