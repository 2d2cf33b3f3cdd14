/**
 * A number of things, as people say it: `1 key`, `2 keys`, `at least 999 consumers`.
 * @param isLeast there may be more.
 * @public
 */
export function counted(count: number, thing: string, isLeast = false): string {
  return `${isLeast ? 'at least ' : ''}${count} ${thing}${count === 1 ? '' : 's'}`;
}
