/** A line of a file, or why it cannot be read. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly fault: string };

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The lines of a file, numbered from 1. One that is too long is told, and never held in memory. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Line> {
  const line = new OpenLine(maxBytes);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      line.add(chunk.subarray(start, end));
      yield line.end();
      start = end + 1;
    }
    line.add(chunk.subarray(start));
  }
  if (line.hasBytes) yield line.end();
}

/** What there is of a line so far. */
class OpenLine {
  readonly #maxBytes: number;
  #number = 1;
  #parts: Buffer[] = [];
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get hasBytes(): boolean {
    return this.#sizeBytes > 0;
  }

  add(part: Buffer): void {
    this.#sizeBytes += part.length;
    if (this.#sizeBytes <= this.#maxBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  end(): Line {
    const number = this.#number;
    const bytes = withoutReturn(Buffer.concat(this.#parts));
    const isTooLong = this.#sizeBytes > this.#maxBytes;
    this.#number += 1;
    this.#parts = [];
    this.#sizeBytes = 0;
    if (isTooLong) return { number, fault: tooLongFault(this.#maxBytes) };
    const text = textOf(bytes);
    return text === undefined ? { number, fault: NOT_UTF_8 } : { number, text };
  }
}

/** Bytes that are no text are told: read anyway, they would become other characters. */
export const NOT_UTF_8 = 'is not valid UTF-8. Save the source as UTF-8.';

/** What is said of a row that is larger than a row may be. */
export function tooLongFault(maxBytes: number): string {
  const size = maxBytes.toLocaleString('en');
  return `is longer than ${size} bytes. Leave out what is no part of a key.`;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that bytes hold, if it is UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function withoutReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
}
