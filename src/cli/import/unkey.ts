import { counted } from '../../counted.js';
import { UsageFault } from '../fault.js';
import { openText } from './file-records.js';
import { jsonRecords } from './json-objects.js';
import { nameOf } from './source-file.js';
import {
  type Fields,
  type ReadOptions,
  type SourceRecord,
  type SourceRow,
  toRow,
} from './source-row.js';
import { unkeyRow } from './unkey-row.js';
import { isObject } from './values.js';

/** An answer of `apis.listKeys` holds up to 100 keys, with up to 100 fields of metadata each. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

const MAPPING = { make: unkeyRow, knownBy: ['keyId', 'id'] };

/**
 * Keys of Unkey, as its API lists them: answers of `apis.listKeys`, one after another or in a list,
 * or the keys alone.
 */
export async function* readUnkey(source: string, options: ReadOptions): AsyncGenerator<SourceRow> {
  const file = await openText(source, options);
  if (file.format === 'csv') {
    throw new UsageFault(`${nameOf(source)} is no JSON. Save what apis.listKeys answers.`);
  }
  const pages = new Pages();
  for await (const record of jsonRecords(file, MAX_PAGE_BYTES)) {
    const keys = keysIn(record);
    pages.add(record, keys.length);
    for (const key of keys) yield toRow(key, MAPPING);
  }
  const missing = pages.missing();
  if (missing !== undefined) yield missing;
}

/** Whether the pages that were saved are all that there are. */
class Pages {
  #last = '';
  #hasMore = false;
  #total = 0;
  #keyCount = 0;

  add(record: SourceRecord, keyCount: number): void {
    this.#last = record.place;
    this.#keyCount += keyCount;
    this.#hasMore = false;
    if ('fault' in record) return;
    const pagination = record.fields.get('pagination');
    const total = record.fields.get('total');
    this.#hasMore = isObject(pagination) && pagination['hasMore'] === true;
    if (Array.isArray(record.fields.get('keys')) && typeof total === 'number') {
      this.#total = Math.max(this.#total, total);
    }
  }

  /** In its second version the API says that more follow, in its first how many there are. */
  missing(): SourceRow | undefined {
    if (this.#hasMore) {
      const fault =
        'says that more keys follow ("hasMore"), and is the last page here. Ask for the next ones ' +
        'with its cursor, and keep them in their order.';
      return { place: this.#last, fault };
    }
    if (this.#total <= this.#keyCount) return undefined;
    const fault = `counts ${counted(this.#total, 'key')}, and ${this.#keyCount} are here. Ask for the others with its cursor.`;
    return { place: this.#last, fault };
  }
}

/** The keys of an answer (in its first version `keys`, in its second `data`), or the key itself. */
function keysIn(record: SourceRecord): readonly SourceRecord[] {
  if ('fault' in record) return [record];
  const { place, fields } = record;
  const list = ['data', 'keys'].map((name) => fields.get(name)).find(Array.isArray);
  const one = fields.get('data');
  if (list === undefined && isObject(one)) return [{ place, fields: new Map(Object.entries(one)) }];
  if (list === undefined) return [errorOr(place, fields)];
  return list.map((key: unknown, index) => keyAt(`${place} key ${index + 1}`, key));
}

function keyAt(place: string, key: unknown): SourceRecord {
  if (isObject(key)) return { place, fields: new Map(Object.entries(key)) };
  return { place, fault: 'is no JSON object. Save the answer of apis.listKeys as it came.' };
}

/** Who saved an answer that was a refusal is told so, and not that a key lacks its hash. */
function errorOr(place: string, fields: Fields): SourceRecord {
  if (!isObject(fields.get('error'))) return { place, fields };
  return { place, fault: 'is a refusal of Unkey’s API, and no key. Ask again, and save that.' };
}
