import { randomUUID } from 'node:crypto';

/** What a database that is being filled says of it: from where, and in which run. */
export function moveMark(source: string): string {
  return `${source} (move ${randomUUID()})`;
}

/** From where a database is being filled. */
export function sourceIn(mark: string): string {
  return mark.replace(/ \(move [0-9a-f-]{36}\)$/, '');
}
