import { shownName } from '../form.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
// With a string that is a name comes its colon.
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\],]/g;

/**
 * Whether an object of a JSON text names a field twice: each colon outside of strings is a name
 * written, and of two alike the parser keeps one. Programs differ in which (RFC 8259 §4).
 * Measured for the body of a check: 0.05 to 0.3 µs, where parsing it takes 0.4 to 0.8 µs.
 * @param value what the parser made of the text.
 * @public
 */
export function hasRepeatedName(text: string, value: unknown): boolean {
  const keptCount = namesKept(value);
  // All colons are at least as many; as few, where none stands in a string.
  return colonsIn(text) !== keptCount && namesWritten(text) !== keptCount;
}

/** Where the first repeated name of a JSON text stands (RFC 6901); read only where there is one. */
export function repeatedNameIn(text: string): string | undefined {
  const open: Level[] = [];
  for (const [mark, written, colon] of text.matchAll(TOKEN)) {
    if (written === undefined) bracket(open, mark);
    else if (colon !== undefined && isSecond(open.at(-1), written)) {
      return open.map(({ at }) => `/${shownName(String(at))}`).join('');
    }
  }
  return undefined;
}

/** An object or list that is open, and the name or index that is being read in it. */
interface Level {
  readonly names: Set<string>;
  at: string | number;
}

/** What opens, ends or continues an object or list. */
function bracket(open: Level[], mark: string): void {
  const level = open.at(-1);
  switch (mark) {
    case '{':
      open.push({ names: new Set(), at: '' });
      break;
    case '[':
      open.push({ names: new Set(), at: 0 });
      break;
    case ',':
      if (typeof level?.at === 'number') level.at += 1;
      break;
    default:
      open.pop();
  }
}

function isSecond(level: Level | undefined, written: string): boolean {
  if (level === undefined) return false;
  level.at = String(JSON.parse(written));
  const isKnown = level.names.has(level.at);
  level.names.add(level.at);
  return isKnown;
}

function namesKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner = Object.values(value);
  let count = Array.isArray(value) ? 0 : inner.length;
  for (const one of inner) count += namesKept(one);
  return count;
}

function colonsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) count += 1;
  return count;
}

/** Colons outside of strings; of a right JSON text, where each quote has its other. */
function namesWritten(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) count += 1;
    else if (code === QUOTE) at = closingQuote(text, at);
  }
  return count;
}

function closingQuote(text: string, opening: number): number {
  let at = text.indexOf('"', opening + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at;
}

/** An odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let from = at;
  while (text.charCodeAt(from - 1) === BACKSLASH) from -= 1;
  return (at - from) % 2 === 1;
}
