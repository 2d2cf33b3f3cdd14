import type { ImportInput, ImportReport, ImportResult } from '../views.js';
import type { ServerClient } from './server-client.js';

/** What one request may hold: a server takes 64 KiB, and the rest of the body needs some. */
const MAX_ROWS_BYTES = 60 * 1024;
const MAX_ROWS = 200;
const PATH = '/v1/keys/import';

/** The library's import over HTTP: as many requests as the rows need, one report. */
export async function importRemotely(
  client: ServerClient,
  { rows, ...rest }: ImportInput,
  options: { readonly idempotencyKey?: string | undefined },
): Promise<ImportReport> {
  const results: ImportResult[] = [];
  const totals = { rows: 0, created: 0, unchanged: 0, differs: 0, refused: 0, reissue: 0 };
  for (const chunk of chunksOf(rows)) {
    const report =
      chunk === 'too large'
        ? TOO_LARGE
        : await client.ask<ImportReport>({
            method: 'POST',
            path: PATH,
            body: { ...rest, rows: chunk },
            ...options,
          });
    for (const result of report.rows) results.push({ ...result, row: results.length });
    for (const name of outcomes) totals[name] += report.totals[name];
  }
  return { rows: results, totals, ...(rest.dryRun === true ? { dryRun: true as const } : {}) };
}

const outcomes = ['rows', 'created', 'unchanged', 'differs', 'refused', 'reissue'] as const;

const TOO_LARGE: ImportReport = {
  rows: [
    {
      row: 0,
      id: null,
      outcome: 'refused',
      key: null,
      reason: 'It is larger than a server takes.',
      fix: 'Make its metadata smaller, or import it with --database.',
    },
  ],
  totals: { rows: 1, created: 0, unchanged: 0, differs: 0, refused: 1, reissue: 0 },
};

/** The rows in their order, as many at once as a request can hold. */
function* chunksOf(rows: readonly unknown[]): Generator<readonly unknown[] | 'too large'> {
  let chunk: unknown[] = [];
  let sizeBytes = 0;
  for (const row of rows) {
    const rowBytes = Buffer.byteLength(JSON.stringify(row)) + 1;
    const isFull = chunk.length >= MAX_ROWS || sizeBytes + rowBytes > MAX_ROWS_BYTES;
    if (isFull && chunk.length > 0) {
      yield chunk;
      chunk = [];
      sizeBytes = 0;
    }
    if (rowBytes > MAX_ROWS_BYTES) yield 'too large';
    else {
      chunk.push(row);
      sizeBytes += rowBytes;
    }
  }
  if (chunk.length > 0) yield chunk;
}
