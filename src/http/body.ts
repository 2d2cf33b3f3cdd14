import { isUtf8 } from 'node:buffer';
import { type FieldFault, InvalidRequestError } from '../errors.js';
import { hasRepeatedName, repeatedNameIn } from './repeated-names.js';

/** The largest body of a request. */
export const MAX_BODY_BYTES = 64 * 1024;
const MAX_DEPTH = 32; // Metadata may be 16 deep; beyond twice that nobody means it.
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/** A request's body before it is parsed. */
export type RawBody =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too_large' };

const EMPTY: RawBody = { kind: 'bytes', bytes: new Uint8Array(0) };
const TOO_LARGE: RawBody = { kind: 'too_large' };

/** Reads a body up to the limit and no further. */
export async function readBody(request: Request): Promise<RawBody> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) return TOO_LARGE;
  const reader = request.body?.getReader();
  if (reader === undefined) return EMPTY;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { kind: 'bytes', bytes: Buffer.concat(chunks) };
    sizeBytes += value.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) {
      await reader.cancel();
      return TOO_LARGE;
    }
    chunks.push(value);
  }
}

/** Whether the `Content-Type` says JSON in UTF-8 (RFC 8259 §8.1). */
export function isJsonType(contentType: string | undefined): boolean {
  // The one form that nearly every client sends, before the pattern.
  return contentType === 'application/json' || JSON_TYPE.test(contentType ?? '');
}

/**
 * Parses a body. Depth is bounded before the parser sees the text, no name can reach an object's
 * prototype, and none is said twice of one object: a proxy may have read the other one.
 * @param judgedLater the field whose values are data until each is judged by itself.
 * @throws {InvalidRequestError} it is no such JSON.
 * @public
 */
export function parseJson(bytes: Uint8Array, judgedLater?: string): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // What is no UTF-8 was read as this character; it may also have been sent.
  if (text.includes('\ufffd') && !isUtf8(bytes)) {
    throw unreadable('is not UTF-8.', 'Send JSON encoded as UTF-8.');
  }
  if (isTooDeep(text)) {
    throw unreadable(`is nested deeper than ${MAX_DEPTH}.`, 'Send a flatter document.');
  }
  const document = parsed(text);
  if (document === undefined) throw unreadable('is not JSON.', 'Send one JSON object.');
  // Written out or escaped: no other text can hold the name.
  if (text.includes('__proto__') || text.includes('\\u')) {
    const skipped = judgedLater === undefined ? undefined : `/${judgedLater}`;
    refusePrototype(document.value, '', skipped);
  }
  if (hasRepeatedName(text, document.value)) throw repeated(repeatedNameIn(text) ?? '');
  return document.value;
}

/** The parser's own message quotes the body, so it is not kept, not even as a cause. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Brackets outside strings, counted in one pass where there are enough of them at all. */
function isTooDeep(text: string): boolean {
  if (!hasMoreThan(MAX_DEPTH, text)) return false;
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 0x5c && isInString) index += 1;
    else if (code === 0x22) isInString = !isInString;
    else if (!isInString) depth += depthChange(code);
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Whether a text opens so many brackets, wherever they stand; a search is faster than a loop. */
function hasMoreThan(limit: number, text: string): boolean {
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      count += 1;
      if (count > limit) return true;
    }
  }
  return false;
}

/** `[` and `{` are 0x5b and 0x7b, `]` and `}` two above them. */
function depthChange(code: number): number {
  if (code === 0x5b || code === 0x7b) return 1;
  return code === 0x5d || code === 0x7d ? -1 : 0;
}

/** Recursion is bounded by the depth limit. */
function refusePrototype(value: unknown, pointer: string, skipped?: string): void {
  if (typeof value !== 'object' || value === null || pointer === skipped) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name === '__proto__') {
      const message = 'is not a name that is accepted.';
      throw new InvalidRequestError([
        { pointer: `${pointer}/${name}`, message, fix: 'Remove it.' },
      ]);
    }
    refusePrototype(
      inner,
      `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      skipped,
    );
  }
}

function repeated(pointer: string): InvalidRequestError {
  const message = 'is said twice, so nobody can tell which one counts.';
  return new InvalidRequestError([{ pointer, message, fix: 'Leave one of them.' }]);
}

function unreadable(message: string, fix: string): InvalidRequestError {
  const fault: FieldFault = { pointer: '', message: `The body ${message}`, fix };
  return new InvalidRequestError([fault]);
}
