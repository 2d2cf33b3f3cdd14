/**
 * A number of things, as people say it: `1 key`, `2 keys`.
 * @public
 */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
