import { createHash } from 'node:crypto';
import type { SourceRow } from './source-row.js';

/**
 * The rows that a dry run would have made by now. A plan changes nothing, so the call after it
 * knows of none: what has the same id or the same secret is shown to it beside the row.
 */
export class Earlier {
  readonly #rows = new Map<string, string>();

  /** The earlier rows, as JSON, that have something to say in what becomes of this one. */
  beside({ row }: SourceRow): readonly string[] {
    if (row === undefined) return [];
    const found = marksOf(row).map((mark) => this.#rows.get(mark));
    return [...new Set(found.filter((text) => text !== undefined))];
  }

  /** Keeps a row that would be created: in memory, as long as the command runs. */
  keep(row: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify(row);
    for (const mark of marksOf(row)) this.#rows.set(mark, text);
  }
}

/** What no two keys may share. One that is left out costs a promise, one too many a few bytes. */
function marksOf({ id, plaintext, sha256, hash }: Readonly<Record<string, unknown>>): string[] {
  const marks = typeof id === 'string' || typeof id === 'number' ? [`id ${id}`] : [];
  if (typeof plaintext === 'string') {
    marks.push(`sha256 ${createHash('sha256').update(plaintext).digest('base64url')}`);
  }
  if (typeof sha256 === 'string') {
    const isHex = /^[0-9a-f]{64}$/i.test(sha256);
    marks.push(
      `sha256 ${isHex ? Buffer.from(sha256, 'hex').toString('base64url') : sha256.replace(/=$/, '')}`,
    );
  }
  // Both spellings of an MD5 without a salt are one hash.
  if (typeof hash === 'string') marks.push(`hash ${hash.replace(/^md5\$\$/, '')}`);
  return marks;
}
