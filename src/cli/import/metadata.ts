import { type Fields, RowFault } from './source-row.js';
import { has, isDeeper } from './values.js';

/** What a key may keep in all (docs/guides/import.md), as JSON in UTF-8. */
const MAX_METADATA_BYTES = 16 * 1024;
const MAX_METADATA_DEPTH = 16;

/** As columns may be called by which an application of its own narrows what a key may do. */
const LIMITS = /allow|deny|_ips?$|^ips?(?:_|$)|address|scope|permission/i;
/** The same of those that say yes or no, and narrow it by one of the two. */
const FLAGS = [
  { name: /^(?:is_?)?(?:active|enabled)$/i, unless: /^(?:true|t|1|yes)$/i },
  {
    name: /^(?:is_?)?(?:disabled|banned|blocked|suspended|read_?only)$/i,
    unless: /^(?:false|f|0|no)$/i,
  },
] as const;
/** A name that can be shown: no text of a key's own. */
const SHOWN_NAME = /^[A-Za-z_]{1,30}$/;

/** That nobody enforces here what such columns say: the key may do more than it could. */
export function unenforcedNotes(fields: Fields, known: ReadonlySet<string>): readonly string[] {
  const names = [...fields.keys()].filter(
    (name) =>
      !known.has(name) && SHOWN_NAME.test(name) && has(fields, name) && isLimit(fields, name),
  );
  if (names.length === 0) return [];
  return [
    `Kept as metadata, and enforced by nobody here: ${names.join(', ')}. Where it narrows the key, ` +
      'disable it or narrow it here: keyturn key update',
  ];
}

function isLimit(fields: Fields, name: string): boolean {
  const said = String(fields.get(name));
  const isSwitched = FLAGS.some((flag) => flag.name.test(name) && !flag.unless.test(said));
  return isSwitched || LIMITS.test(name);
}

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
