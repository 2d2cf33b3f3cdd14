// What a page shows of an output is an example: times, ids and hashes are other ones each time. An
// id or key that was shown once stands for the one that came out, in all that follows on the page.

const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z/;
const ID = /(?:key|ks|evt|ins|rot|dst)_[0-9a-hjkmnp-tv-z]{26}/;
const PLAINTEXT = /[a-z][a-z0-9]{1,15}_(?:live|test)_[0-9A-Za-z]{38}/;
const HINT = /[a-z][a-z0-9]{1,15}_(?:live|test)_[0-9A-Za-z]{4}(?![0-9A-Za-z])/;
const REQUEST_ID = /(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])/;
const HASH = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/;
const GAP = / {2,}/; // Columns are as wide as what stands in them.
const ANY_LINES = /^…\n/m;
const ANYTHING = /…/;
const TOKENS = [ANY_LINES, TIME, PLAINTEXT, HINT, ID, REQUEST_ID, HASH, GAP, ANYTHING];
const TOKEN = new RegExp(TOKENS.map((token) => `(${token.source})`).join('|'), 'gm');

/** What the examples of one page stand for. */
export class Examples {
  readonly #values = new Map<string, string>();

  /** A text of the page with what its examples stand for. */
  filledIn(text: string): string {
    let filled = text;
    for (const [example, value] of this.#values) filled = filled.replaceAll(example, value);
    return filled;
  }

  /** Whether an output is what the page shows; from then on its examples stand for what came. */
  match(shown: string, output: string): boolean {
    const names: string[] = [];
    const pattern = this.#patternOf(this.filledIn(shown), names);
    const match = new RegExp(`^${pattern}$`).exec(trimmed(output));
    if (match === null) return false;
    for (const [index, name] of names.entries()) this.#values.set(name, match[index + 1] ?? '');
    return true;
  }

  /** The same of two JSON documents; with `isPart`, of the fields that the page shows. */
  matchJson(shown: string, output: string, isPart: boolean): boolean {
    const wanted: unknown = JSON.parse(shown);
    const found = parsed(output);
    return found !== undefined && this.#matchValue(wanted, found, isPart);
  }

  #matchValue(wanted: unknown, found: unknown, isPart: boolean): boolean {
    if (typeof wanted === 'string') return typeof found === 'string' && this.match(wanted, found);
    if (!isObject(wanted) || !isObject(found)) return wanted === found;
    const names = Object.keys(wanted);
    const hasOthers = Object.keys(found).length !== names.length;
    if (hasOthers && (!isPart || Array.isArray(wanted))) return false;
    return names.every((name) => this.#matchValue(wanted[name], found[name], isPart));
  }

  #patternOf(shown: string, names: string[]): string {
    const known = new Set(this.#values.values());
    let pattern = '';
    let from = 0;
    const text = trimmed(shown);
    for (const match of text.matchAll(TOKEN)) {
      const [token] = match;
      pattern += escaped(text.slice(from, match.index));
      pattern += known.has(token) ? escaped(token) : patternOfToken(token, names);
      from = match.index + token.length;
    }
    return pattern + escaped(text.slice(from));
  }
}

function patternOfToken(token: string, names: string[]): string {
  if (token === '…\n') return '(?:.*\\n)*?';
  if (token === '…') return '.*?';
  if (isWhole(GAP, token)) return ' {2,}';
  for (const shape of [PLAINTEXT, ID]) {
    if (isWhole(shape, token)) return captured(shape, token, names);
  }
  const shape = [TIME, HINT, REQUEST_ID, HASH].find((one) => isWhole(one, token));
  return shape?.source ?? escaped(token);
}

/** The first time on a page it stands for anything of its shape, then for the same again. */
function captured(shape: RegExp, token: string, names: string[]): string {
  const index = names.indexOf(token);
  if (index !== -1) return `\\${index + 1}(?!\\d)`;
  names.push(token);
  return `(${shape.source})`;
}

/** Undefined where it is no JSON: then it is not what the page shows. */
function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

function isWhole(shape: RegExp, text: string): boolean {
  return new RegExp(`^(?:${shape.source})$`).test(text);
}

/** Without spaces at the ends of lines, and ending with one line break. */
function trimmed(text: string): string {
  return `${text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()}\n`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
