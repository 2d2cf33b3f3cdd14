const figures = new Intl.NumberFormat();

/**
 * So many of something: "1 key", "12 keys", "200+ keys".
 * @public
 */
export function counted(count: number, one: string, many: string, isAtLeast = false): string {
  return `${figures.format(count)}${isAtLeast ? '+' : ''} ${count === 1 && !isAtLeast ? one : many}`;
}
