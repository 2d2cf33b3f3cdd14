import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { UsageFault } from '../fault.js';
import { redacted } from '../setting-values.js';

/**
 * What stands in a file. `json`: objects, in a list or one after another; `json_lines`: one a line;
 * `json_unseen`: either, as its first line goes on beyond what was looked at.
 */
type FileFormat = 'sqlite' | 'json' | 'json_lines' | 'json_unseen' | 'csv';

/** A file that was opened, and looked into. */
export interface SourceFile {
  readonly format: FileFormat;
  /** All of its bytes but a byte order mark. Whoever ends early closes the file. */
  readonly chunks: AsyncIterable<Buffer>;
}

const HEAD_BYTES = 64 * 1024; // What is looked at to tell what a file is.
const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Files that are something else, by how they begin, and what to do with each. */
const OTHERS: readonly (readonly [Buffer, string])[] = [
  [Buffer.from([0xff, 0xfe]), 'is UTF-16. Save it as UTF-8.'],
  [Buffer.from([0xfe, 0xff]), 'is UTF-16. Save it as UTF-8.'],
  [Buffer.from([0x1f, 0x8b]), 'is compressed. Unpack it first (gunzip).'],
  [Buffer.from('PK\u0003\u0004'), 'is a zip archive or a spreadsheet. Save it as CSV in UTF-8.'],
  [Buffer.from('PGDMP'), 'is a dump of PostgreSQL. Restore it, and name the database instead.'],
];

/**
 * Opens a file, or standard input for `-`.
 * @throws {UsageFault} it is not there, or is nothing that can be read.
 */
export async function openFile(source: string, stdin: Readable): Promise<SourceFile> {
  const { head, chunks } = await peek(bytesOf(source, stdin));
  const format = formatOf(head, nameOf(source));
  if (format === 'sqlite' && source === '-') {
    await chunks.return(undefined);
    throw new UsageFault('A SQLite file cannot be read from standard input. Name the file.');
  }
  return { format, chunks };
}

/** How people know a source; an address without its password. */
export function nameOf(source: string): string {
  return source === '-' ? 'standard input' : redacted(source);
}

function bytesOf(source: string, stdin: Readable): Readable {
  if (source === '-') return stdin;
  const name = nameOf(source);
  if (ADDRESS.test(source)) {
    throw new UsageFault(
      `${name} is an address, and this reads files. Databases are read with --from drf or ` +
        'better-auth: a SQLite file, or postgres://…',
    );
  }
  const found = statSync(source, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageFault(`${name} is not there. Check its path.`);
  if (found.isDirectory()) throw new UsageFault(`${name} is a folder. Name a file in it.`);
  return createReadStream(source);
}

/** Reads the beginning, and gives it out again with the rest. */
async function peek(stream: Readable): Promise<{ head: Buffer; chunks: AsyncGenerator<Buffer> }> {
  const chunks = stream[Symbol.asyncIterator]();
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  while (sizeBytes < HEAD_BYTES) {
    const next = await chunks.next();
    if (next.done === true) break;
    const part = Buffer.from(next.value);
    parts.push(part);
    sizeBytes += part.length;
  }
  const head = withoutMark(Buffer.concat(parts));
  return { head, chunks: resumed(head, chunks) };
}

async function* resumed(head: Buffer, rest: AsyncIterator<unknown>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield bufferOf(next.value);
    }
  } finally {
    await rest.return?.();
  }
}

/** A stream that somebody gave an encoding gives out texts. */
function bufferOf(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  return chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.from(String(chunk));
}

function withoutMark(head: Buffer): Buffer {
  return begins(head, BYTE_ORDER_MARK) ? head.subarray(BYTE_ORDER_MARK.length) : head;
}

function begins(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}

function formatOf(head: Buffer, name: string): FileFormat {
  if (begins(head, Buffer.from('SQLite format 3\0'))) return 'sqlite';
  const other = OTHERS.find(([start]) => begins(head, start));
  if (other !== undefined) throw new UsageFault(`${name} ${other[1]}`);
  // Its mark may be missing; no text that is read here has a NUL in its first two bytes.
  if (head.length > 1 && head.subarray(0, 2).includes(0)) {
    throw new UsageFault(`${name} is UTF-16. Save it as UTF-8.`);
  }
  const text = head.toString('latin1').trimStart();
  if (text.startsWith('<') || /^- +(?:model|fields|pk) *:/.test(text)) {
    throw new UsageFault(`${name} is XML or YAML. Write it as JSON (dumpdata --format json).`);
  }
  if (/^(?:--|PRAGMA |BEGIN|CREATE |INSERT |SET )/.test(text)) {
    throw new UsageFault(`${name} holds SQL. Load it, and name the database or a CSV instead.`);
  }
  if (text.startsWith('[')) return 'json';
  return text.startsWith('{') ? jsonFormatOf(text) : 'csv';
}

/** Objects one a line are told by the first two: a damaged one then costs no other. */
function jsonFormatOf(head: string): FileFormat {
  const [first = '', second] = head.split('\n', 2);
  if (second === undefined && head.length >= HEAD_BYTES) return 'json_unseen';
  const goesOn = first.trimEnd().endsWith(','); // A list within one object, an entry a line.
  if (second?.startsWith('{') === true && !goesOn) return 'json_lines';
  try {
    JSON.parse(first);
    return 'json_lines';
  } catch {
    return 'json';
  }
}
