// Texts as the package `dotenv` reads them, with the place of each value. The package itself tells no
// places; that both read alike is what `dotenv-text.test.ts` compares.

const MAX_LENGTH = 65_536; // What `dotenv` does to quotes that never end takes the square of it.

// An assignment: its start, up to where the value begins; its name; the value as it is written.
const ASSIGNMENT =
  /((?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?))(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/my;
const BLANK = /\s*/y;
const REST_OF_LINE = /.*/y;
const QUOTED = /^(['"`])([\s\S]*)\1$/gm;
const NEVER_WRITTEN = /[\p{Cc}\u2028\u2029]/u; // A line break in a value is read in too many ways.

/** How a value may be written, and which values that way takes: what a shell reads alike, too. */
const STYLES = {
  bare: { quote: '', fits: /^[\w.:/@%+=,-]+$/ },
  "'": { quote: "'", fits: /^[^'\\]*$/ },
  '"': { quote: '"', fits: /^[^"\\$`!]*$/ },
  '`': { quote: '`', fits: /^[^`\\]*$/ },
} as const;

type Style = keyof typeof STYLES;

/** A variable, and which part of the text is its value, with its quotes. */
export interface Assignment {
  readonly name: string;
  readonly value: string;
  readonly style: Style;
  readonly start: number;
  readonly end: number;
}

/** Every assignment, in order; undefined where the text is too long. */
export function assignmentsIn(original: string): readonly Assignment[] | undefined {
  if (original.length > MAX_LENGTH) return undefined;
  const { text, places } = unixLines(original);
  const placed = (at: number) => places[at] ?? original.length;
  return assignmentsOf(text).map((one) => ({
    ...one,
    start: placed(one.start),
    end: placed(one.end),
  }));
}

/** The package reads every line's end as "\n". `places`: where each character stood before that. */
function unixLines(original: string): { readonly text: string; readonly places: number[] } {
  const places: number[] = [];
  for (let at = 0; at < original.length; at += 1) {
    places.push(at);
    if (original.startsWith('\r\n', at)) at += 1;
  }
  return { text: original.replace(/\r\n?/g, '\n'), places };
}

function assignmentsOf(text: string): readonly Assignment[] {
  const found: Assignment[] = [];
  let at = 0;
  while (at < text.length) {
    at = endOf(BLANK, text, at);
    ASSIGNMENT.lastIndex = at;
    const match = ASSIGNMENT.exec(text);
    if (match === null) at = endOf(REST_OF_LINE, text, at) + 1;
    else {
      found.push(assignmentOf(match));
      at = ASSIGNMENT.lastIndex;
    }
  }
  return found;
}

/** The text with this value, in the style that is there if it can be; undefined if none can. */
export function withValue(text: string, at: Assignment, value: string): string | undefined {
  const written = writtenAs(value, at.style);
  if (written === undefined) return undefined;
  return `${text.slice(0, at.start)}${written}${text.slice(at.end)}`;
}

/** The text with one more assignment, in a line of its own at the end. */
export function withOneMore(text: string, name: string, value: string): string | undefined {
  const written = writtenAs(value, 'bare');
  if (written === undefined) return undefined;
  const newline = /\r?\n/.exec(text)?.[0] ?? '\n';
  const gap = text === '' || text === '\uFEFF' || /[\r\n]$/.test(text) ? '' : newline;
  return `${text}${gap}${name}=${written}${newline}`;
}

/** The number of the line where a value begins, from 1. */
export function lineOf(text: string, { start }: Assignment): number {
  return text.slice(0, start).split(/\r\n?|\n/).length;
}

function writtenAs(value: string, style: Style): string | undefined {
  if (value === '' || NEVER_WRITTEN.test(value)) return undefined;
  const styles = [STYLES[style], STYLES["'"], STYLES['"'], STYLES['`']];
  const quote = styles.find(({ fits }) => fits.test(value))?.quote;
  return quote === undefined ? undefined : `${quote}${value}${quote}`;
}

function assignmentOf(match: RegExpExecArray): Assignment {
  const [, before = '', name = '', written = ''] = match;
  const trimmed = written.trim();
  const offset = trimmed === '' ? 0 : written.indexOf(trimmed);
  const start = match.index + before.length + offset;
  return { name, start, end: start + trimmed.length, ...meaningOf(trimmed) };
}

function meaningOf(trimmed: string): { readonly value: string; readonly style: Style } {
  const inner = trimmed.replace(QUOTED, '$2');
  const first = trimmed[0];
  const isQuote = first === "'" || first === '"' || first === '`';
  const isQuoted = isQuote && trimmed.length > 1 && trimmed.endsWith(first);
  const value = first === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inner;
  return { value, style: isQuoted ? first : 'bare' };
}

function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.exec(text);
  return pattern.lastIndex;
}
