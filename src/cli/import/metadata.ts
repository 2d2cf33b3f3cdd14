import { type Fields, RowFault } from './source-row.js';
import { isDeeper } from './values.js';

/** What a key may keep in all (docs/guides/import.md), as JSON in UTF-8. */
const MAX_METADATA_BYTES = 16 * 1024;
const MAX_METADATA_DEPTH = 16;

/**
 * What the source says about a key in columns of its owner's own making. Empty ones say nothing.
 * @param known columns that are read otherwise.
 */
export function metadataFrom(
  fields: Fields,
  known: ReadonlySet<string>,
): Readonly<Record<string, unknown>> | undefined {
  const extra = [...fields].filter(
    ([name, value]) => !known.has(name) && value !== null && value !== undefined && value !== '',
  );
  if (extra.length === 0) return undefined;
  // Copied into an ordinary object later, this name would set its prototype.
  if (extra.some(([name]) => name === '__proto__')) {
    throw new RowFault('has a column named "__proto__". Give it another name in the source.');
  }
  const metadata = Object.fromEntries(extra);
  if (isDeeper(metadata, MAX_METADATA_DEPTH)) {
    throw new RowFault(
      `has a column of your own that is nested deeper than ${MAX_METADATA_DEPTH} levels. Leave it out.`,
    );
  }
  const sizeBytes = Buffer.byteLength(JSON.stringify(metadata));
  if (sizeBytes <= MAX_METADATA_BYTES) return metadata;
  throw new RowFault(
    `has ${sizeBytes} bytes in columns of your own; ${MAX_METADATA_BYTES} can be kept with a key. ` +
      'Leave the large ones out: export the others as CSV.',
  );
}
