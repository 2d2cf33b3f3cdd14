import { UsageFault } from '../fault.js';
import { openText } from './file-records.js';
import { jsonRecords } from './json-objects.js';
import { nameOf } from './source-file.js';
import {
  type Fields,
  MAX_ROW_BYTES,
  type Made,
  type ReadOptions,
  RowFault,
  type SourceRow,
  toRow,
} from './source-row.js';

/** All that is known of a key is more than an import makes one of. */
const EXPORTED =
  'is what keyturn key export writes of a key, to be read. Export rows for an import: keyturn key export --import-rows';

/** Rows in the shape of docs/guides/import.md: one a line, or in a list. */
export async function* readJsonl(source: string, options: ReadOptions): AsyncGenerator<SourceRow> {
  const file = await openText(source, options);
  // One a line it is read, whatever its lines hold: a damaged one costs no other.
  const format = file.format === 'json' ? 'json' : 'json_lines';
  let isEmpty = format === 'json_lines'; // A list may have no row.
  for await (const record of jsonRecords({ ...file, format }, MAX_ROW_BYTES)) {
    isEmpty = false;
    yield toRow(record, { make: asItStands, knownBy: [] });
  }
  // As of a CSV: what should have written it has failed.
  if (isEmpty) throw new UsageFault(`${nameOf(source)} is empty. Write one row a line.`);
}

/** What the fields mean is judged by the import itself, as for those that come over HTTP. */
function asItStands(fields: Fields): Made {
  // Copied into an ordinary object later, this name would set its prototype.
  if (fields.has('__proto__')) {
    throw new RowFault('has a field named "__proto__". Leave it out, or give it another name.');
  }
  if (fields.has('secrets') && fields.has('restrictions')) throw new RowFault(EXPORTED);
  return { row: Object.fromEntries(fields) };
}
