const figures = new Intl.NumberFormat();

/** So many of something: "1 key", "12 keys". */
export function counted(count: number, one: string, many: string): string {
  return `${figures.format(count)} ${count === 1 ? one : many}`;
}

/** The same where there may be more than were counted: "200+ keys". */
export function countedAtLeast(count: number, many: string): string {
  return `${figures.format(count)}+ ${many}`;
}
