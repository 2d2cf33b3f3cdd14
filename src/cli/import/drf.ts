import { isPostgresAddress } from '../../source-database.js';
import { UsageFault } from '../fault.js';
import { databaseRecords, type TableChoice } from './database-records.js';
import { drfRow, isOfRelease0 } from './drf-row.js';
import { fileRecords, requireNoTable } from './file-records.js';
import { nameOf, openFile, type SourceFile } from './source-file.js';
import {
  type Fields,
  MAX_ROW_BYTES,
  type ReadOptions,
  type SourceRecord,
  type SourceRow,
  toRow,
} from './source-row.js';

const USUAL_TABLE = 'rest_framework_api_key_apikey';
const USUAL_MODEL = 'rest_framework_api_key.apikey';
/** Of 0.x, whose id is a number, the client. An id from before 1.4 holds a hash. */
const KNOWN_BY = ['client_id', 'prefix'];
/** Of a dump of a whole project, with texts of other models in it. */
const MAX_OBJECT_BYTES = 1024 * 1024;
const MODEL = /^[\w.]{1,100}$/;
const MAX_MODELS_TOLD = 5;

/**
 * Keys of djangorestframework-api-key: a SQLite file, a PostgreSQL address, what `dumpdata` wrote,
 * or a CSV of the table; of custom models as well, whatever they are called.
 */
export async function* readDrf(source: string, options: ReadOptions): AsyncGenerator<SourceRow> {
  for await (const record of await recordsOf(source, options)) {
    const make = (fields: Fields) => drfRow(fields, options.ownerColumn);
    yield toRow(record, { make, knownBy: KNOWN_BY });
  }
}

async function recordsOf(source: string, options: ReadOptions) {
  const choice = { table: options.table, ...TABLES };
  if (isPostgresAddress(source) || source.startsWith('sqlite:')) {
    return databaseRecords(source, choice);
  }
  const file = await openFile(source, options.stdin);
  if (file.format === 'sqlite') return databaseRecords(source, choice);
  if (file.format === 'csv') {
    requireNoTable(source, options.table);
    return tableRecords(file, nameOf(source));
  }
  return dumpRecords(file, { name: nameOf(source), model: options.table });
}

const TABLES: Omit<TableChoice, 'table'> = {
  isLikely: (name, columns) => name.endsWith(USUAL_TABLE) || isKeyTable(columns),
  // Before 1.4, what a custom model's table is shows in its ids alone.
  toldByRows: { columns: ['id', 'name', 'created', 'revoked'], isKey: isOfRelease1 },
  wanted: 'table of djangorestframework-api-key',
};

function isKeyTable(columns: ReadonlySet<string>): boolean {
  return ['prefix', 'hashed_key', 'revoked'].every((column) => columns.has(column));
}

/** A CSV of the table. @throws {UsageFault} it has not the table's columns. */
async function* tableRecords(file: SourceFile, name: string): AsyncGenerator<SourceRecord> {
  let isKnown = false;
  for await (const record of fileRecords(file, MAX_ROW_BYTES)) {
    if ('fields' in record && !isKnown) requireColumns(record.fields, name);
    isKnown ||= 'fields' in record;
    yield record;
  }
}

function requireColumns(fields: Fields, name: string): void {
  if (isOfRelease0(fields)) return;
  const isWhole = fields.has('hashed_key') ? fields.has('prefix') : fields.has('id');
  if (isWhole && fields.has('revoked')) return;
  throw new UsageFault(
    `${name} is no CSV of a table of djangorestframework-api-key: its first line has to name the ` +
      'columns, among them id or prefix and hashed_key, and revoked.',
  );
}

interface Dump {
  readonly name: string;
  readonly model: string | undefined;
}

/** What `dumpdata` wrote: objects of all models, of which some are keys. */
async function* dumpRecords(file: SourceFile, { name, model }: Dump): AsyncGenerator<SourceRecord> {
  const models = new Models(model);
  for await (const record of fileRecords(file, MAX_OBJECT_BYTES)) {
    if ('fault' in record) yield record;
    else if (models.takes(record.fields)) {
      yield { place: record.place, fields: columnsOf(record.fields) };
    }
  }
  models.requireOne(name);
}

/** Which models of a dump hold keys; those that were once seen to are not passed over again. */
class Models {
  readonly #named: string | undefined;
  readonly #keys = new Set<unknown>([USUAL_MODEL, undefined]);
  readonly #others = new Set<string>();
  #isAnyTaken = false;

  constructor(named: string | undefined) {
    this.#named = named?.toLowerCase();
  }

  takes(fields: Fields): boolean {
    const model = fields.get('model');
    const isTaken = this.#named === undefined ? this.#isKey(fields) : this.#isNamed(model);
    this.#isAnyTaken ||= isTaken;
    if (isTaken) this.#keys.add(model);
    else if (typeof model === 'string' && MODEL.test(model)) this.#others.add(model);
    return isTaken;
  }

  /** @throws {UsageFault} there is something in the dump, and none of it is a key. */
  requireOne(name: string): void {
    if (this.#isAnyTaken || (this.#others.size === 0 && this.#named === undefined)) return;
    const models = [...this.#others].slice(0, MAX_MODELS_TOLD).join(', ');
    const found = models === '' ? '' : ` It has ${models}.`;
    throw new UsageFault(
      `${name} has no keys of djangorestframework-api-key.${found} Write one with: ` +
        `manage.py dumpdata ${USUAL_MODEL} (or name the model that holds keys: --table APP.MODEL)`,
    );
  }

  #isKey(fields: Fields): boolean {
    if (this.#keys.has(fields.get('model'))) return true;
    const columns = columnsOf(fields);
    return isKeyTable(new Set(columns.keys())) || isOfRelease1(columns);
  }

  /** As an app and a model, or as the table is called. */
  #isNamed(model: unknown): boolean {
    if (typeof model !== 'string') return false;
    return model.toLowerCase() === this.#named || model.replace('.', '_') === this.#named;
  }
}

/** A custom model before 1.4: the id joins prefix and hash, and there is no column for either. */
function isOfRelease1(columns: Fields): boolean {
  const id = columns.get('id');
  return columns.has('revoked') && typeof id === 'string' && /^[^.]+\.[^$]+\$/.test(id);
}

/** The columns of a dumped object, or of one that is a plain row. */
function columnsOf(fields: Fields): Fields {
  const inner = fields.get('fields');
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return fields;
  return new Map([...Object.entries(inner), ['id', fields.get('pk')]]);
}
