import type { Readable, Writable } from 'node:stream';
import { styleText } from 'node:util';
import { printable, printableJson, printableLines } from './printable.js';

/** What the command line reads and writes: the process's own streams. */
export interface Streams {
  readonly stdin: Readable & MaybeTerminal;
  readonly stdout: Writable & MaybeTerminal;
  readonly stderr: Writable & MaybeTerminal;
}

interface MaybeTerminal {
  readonly isTTY?: boolean | undefined;
  /** Of a terminal, in characters. */
  readonly rows?: number | undefined;
  readonly columns?: number | undefined;
}

type Style = Parameters<typeof styleText>[0];

/** One column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
}

const CELL_GAP = '  ';
const NOTHING = '–';
const MAX_CELL_LENGTH = 48; // Cut to it on a terminal only; a pipe gets all of it.

/**
 * Where a command's answer goes: data to standard output, all else to standard error. Nothing
 * from the data reaches a terminal as anything but text.
 */
export class Output {
  readonly isJson: boolean;
  readonly #streams: Streams;
  readonly #env: NodeJS.ProcessEnv;
  #isAbandoned = false;

  constructor(streams: Streams, options: { isJson: boolean; env: NodeJS.ProcessEnv }) {
    this.#streams = streams;
    this.isJson = options.isJson;
    this.#env = options.env;
  }

  /** Whether whoever read standard output has gone away, as in `keyturn key list | head`. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  /** One JSON document on standard output; indented for people, on one line for programs. */
  document(value: unknown): Promise<void> {
    return this.#show(this.#jsonOf(value));
  }

  /** A document with a plaintext in it. @throws the stream's error if nobody took it. */
  secretDocument(value: unknown): Promise<void> {
    return this.#write(this.#jsonOf(value));
  }

  /** A JSON text as it is: one part of a document that is written in parts. */
  part(json: string): Promise<void> {
    return this.#show(json);
  }

  /** Data for people, on standard output. */
  text(text: string): Promise<void> {
    return this.#show(`${printableLines(text)}\n`);
  }

  /** A plaintext: alone on its line. @throws the stream's error if nobody took it. */
  plaintext(plaintext: string): Promise<void> {
    return this.#write(`${plaintext}\n`);
  }

  /** A word to the person, on standard error. */
  note(text: string): void {
    this.#streams.stderr.write(`${printableLines(text)}\n`);
  }

  /** What went wrong, on standard error, and the next command to run. */
  fault(text: string, next: string | undefined): void {
    const title = this.#styled('red', 'keyturn:', this.#streams.stderr);
    this.#streams.stderr.write(`${title} ${printableLines(text)}\n`);
    if (next === undefined) return;
    this.#streams.stderr.write(`Next: ${printableLines(this.command(next))}\n`);
  }

  /** A command as it can be typed here: what npm runs is seldom on the PATH. */
  command(command: string): string {
    const isByNpm = this.#env['npm_command'] !== undefined;
    return isByNpm && command.startsWith('keyturn ') ? `npx ${command}` : command;
  }

  /** Rows in aligned columns, on standard output. */
  table<T>(columns: readonly Column<T>[], rows: readonly T[], withTitles = true): Promise<void> {
    const cells = rows.map((row) => columns.map((column) => this.#cell(column.value(row))));
    const titles = columns.map((column) => column.title);
    const widths = titles.map((title, index) =>
      Math.max(title.length, ...cells.map((line) => paddedLength(line[index] ?? ''))),
    );
    const lines = cells.map((line) => aligned(line, widths));
    const head = this.#styled('bold', aligned(titles, widths), this.#streams.stdout);
    return this.#show([...(withTitles ? [head] : []), ...lines, ''].join('\n'));
  }

  /** Names and values of one thing, one a line, on standard output. */
  details(fields: readonly (readonly [string, string])[]): Promise<void> {
    const width = Math.max(...fields.map(([name]) => name.length));
    const lines = fields.map(([name, value]) => {
      const title = this.#styled('bold', name.padEnd(width), this.#streams.stdout);
      return `${title}${CELL_GAP}${printable(value || NOTHING)}`;
    });
    return this.#show(`${lines.join('\n')}\n`);
  }

  #cell(text: string): string {
    const clean = printable(text || NOTHING);
    if (!this.#streams.stdout.isTTY || clean.length <= MAX_CELL_LENGTH) return clean;
    return `${clean.slice(0, MAX_CELL_LENGTH - 1)}…`;
  }

  #styled(style: Style, text: string, stream: MaybeTerminal): string {
    const isPlain = !stream.isTTY || Boolean(this.#env['NO_COLOR']) || this.#env['TERM'] === 'dumb';
    return isPlain ? text : styleText(style, text, { validateStream: false });
  }

  #jsonOf(value: unknown): string {
    return `${printableJson(value, this.#streams.stdout.isTTY ? 2 : 0)}\n`;
  }

  /** Data that may be had again: a reader that went away did not want the rest. */
  async #show(text: string): Promise<void> {
    if (this.#isAbandoned) return;
    try {
      await this.#write(text);
    } catch (fault) {
      if (!(fault instanceof Error && 'code' in fault && fault.code === 'EPIPE')) throw fault;
      this.#isAbandoned = true;
    }
  }

  /** Waits until the text has left. */
  #write(text: string): Promise<void> {
    return new Promise((resolve, refuse) => {
      this.#streams.stdout.write(text, (fault) => (fault ? refuse(fault) : resolve()));
    });
  }
}

/** One long cell in a pipe pushes its own line on, and no other. */
function paddedLength(cell: string): number {
  return cell.length <= MAX_CELL_LENGTH ? cell.length : 0;
}

function aligned(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join(CELL_GAP)
    .trimEnd();
}
