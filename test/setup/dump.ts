import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Data } from './data.js';

/** What who has stolen a database holds. */
export interface Dump {
  /** Each value of each row, and each word of it. */
  readonly texts: readonly string[];
  /** Everything as it lies there: the rows, and the bytes of the files where there are any. */
  readonly whole: string;
}

const LIST_TABLES = {
  sqlite: "select name from sqlite_master where type = 'table'",
  postgres: 'select tablename as name from pg_tables where schemaname = current_schema()',
};

/** Reads all that is stored, whatever tables there are. */
export async function dumpOf(data: Data): Promise<Dump> {
  const isFile = data.url.startsWith('sqlite:');
  const tables = await data.execute(LIST_TABLES[isFile ? 'sqlite' : 'postgres']);
  const texts = new Set<string>();
  for (const { name } of tables) {
    for (const row of await data.execute(`select * from "${String(name)}"`)) {
      for (const text of Object.values(row).flatMap(textsIn)) texts.add(text);
    }
  }
  const bytes = isFile ? await filesBeside(data.url.slice('sqlite:'.length)) : [];
  return { texts: [...texts], whole: [...texts, ...bytes].join('\n') };
}

function textsIn(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  if (value instanceof Uint8Array) return formsOf(Buffer.from(value));
  if (typeof value === 'object') return Object.entries(value).flat().flatMap(textsIn);
  const text = String(value);
  return [text, ...text.split(/[^\w-]+/).filter((word) => word !== '' && word !== text)];
}

/** Bytes in the ways in which somebody would try them. */
function formsOf(bytes: Buffer): readonly string[] {
  return [bytes.toString('utf8'), bytes.toString('hex'), bytes.toString('base64url')];
}

async function filesBeside(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const names = await readdir(folder);
  return Promise.all(names.map((name) => bytesOf(join(folder, name))));
}

/** SQLite takes its side files away as the last connection is closed: what is gone holds nothing. */
async function bytesOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (fault) {
    if (path.endsWith('-shm') || path.endsWith('-wal')) return '';
    throw fault;
  }
}
