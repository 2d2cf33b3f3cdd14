import type { Command } from 'commander';
import type { Config } from './config.js';
import { type ExitCode, UsageFault } from './fault.js';
import type { Output, Streams } from './output.js';

/** One call of a command, as it was typed. */
export interface Invocation {
  /** `key create`. */
  readonly path: string;
  readonly operands: readonly string[];
  readonly options: Options;
  readonly streams: Streams;
  readonly out: Output;
  /** Reads the configuration. @throws {ConfigInvalidError} naming every fault in it. */
  readonly config: () => Promise<Config>;
}

/** Does what the command says. Nothing answered means that it is done. */
export type Handler = (call: Invocation) => Promise<ExitCode | undefined>;

/** What a noun needs to define its commands. */
export interface Cli {
  /** Makes the action of a command. */
  readonly run: (handler: Handler) => (...given: unknown[]) => Promise<void>;
}

/** Adds a noun's verbs and options to its command. */
export type Define = (noun: Command, cli: Cli) => void;

/** A command's options, typed where they are read. */
export class Options {
  readonly #given: Readonly<Record<string, unknown>>;

  constructor(given: Readonly<Record<string, unknown>>) {
    this.#given = given;
  }

  /** All of them, for the configuration. */
  get all(): Readonly<Record<string, unknown>> {
    return this.#given;
  }

  /** `--name TEXT`. */
  text(name: string): string | undefined {
    const value = this.#given[name];
    return typeof value === 'string' ? value : undefined;
  }

  /**
   * `--name TEXT` that has to be there. Commander would ask for it before it looks at what was
   * mistyped, and so hide that.
   * @throws {UsageFault} it is not.
   */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new UsageFault(`--${name} is missing.`);
    return value;
  }

  /** `--owner TEXT`, or null for `--no-owner`. */
  textOrNull(name: string): string | null | undefined {
    return this.#given[name] === false ? null : this.text(name);
  }

  /** `--scope A --scope B`; empty for `--no-scope`. */
  texts(name: string): readonly string[] | undefined {
    const value = this.#given[name];
    if (value === false) return [];
    return Array.isArray(value) ? value.map(String) : undefined;
  }

  /** `--no-scope`. */
  isCleared(name: string): boolean {
    return this.#given[name] === false;
  }

  /** `--yes`. */
  has(name: string): boolean {
    return this.#given[name] === true;
  }

  /** `--limit 20`. @throws {UsageFault} it is no whole number. */
  wholeNumber(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,9}$/.test(text)) throw new UsageFault(`--${name} takes a whole number.`);
    return Number(text);
  }
}

/** The one operand of a command that takes one. */
export function operandOf(call: Invocation): string {
  const [operand = ''] = call.operands;
  return operand;
}
