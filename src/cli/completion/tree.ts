import type { Command, Option } from 'commander';

/**
 * What may follow a command on the command line.
 * @public
 */
export interface Place {
  /** `key create`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly Choice[];
  readonly options: readonly OptionChoice[];
  /** Values of its argument, where they are known: `bash zsh fish`. */
  readonly values: readonly string[];
  /** Whether its argument is a file. */
  readonly takesFile: boolean;
}

/** A word that may come next. */
export interface Choice {
  readonly word: string;
  readonly what: string;
}

/** An option that may come next. */
export interface OptionChoice extends Choice {
  /** What it takes: nothing, one of these values, a file, or a text that nobody can guess. */
  readonly takes: 'nothing' | 'file' | 'text' | readonly string[];
}

const FILE_NAME = /^file$/i;

/**
 * Every place of a program, from its own definitions.
 * @public
 */
export function placesOf(program: Command): readonly Place[] {
  const shared = program.options.map(optionChoice);
  return placesUnder(program, [], shared);
}

function placesUnder(
  command: Command,
  path: readonly string[],
  shared: readonly OptionChoice[],
): readonly Place[] {
  const [argument] = command.registeredArguments;
  const own = command.options.filter(({ hidden }) => !hidden).map(optionChoice);
  const help = { word: '--help', what: 'say how it is used', takes: 'nothing' } as const;
  const place: Place = {
    path: path.join(' '),
    commands: command.commands.map((one) => ({ word: one.name(), what: one.description() })),
    options: [...(path.length === 0 ? [] : own), ...shared, help],
    values: argument?.argChoices ?? [],
    takesFile: FILE_NAME.test(argument?.name() ?? ''),
  };
  const inner = command.commands.flatMap((one) => placesUnder(one, [...path, one.name()], shared));
  return [place, ...inner];
}

function optionChoice({ flags, long, short, description, argChoices }: Option): OptionChoice {
  const word = long ?? short ?? flags;
  const [, value] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? [];
  if (value === undefined) return { word, what: description, takes: 'nothing' };
  const takes = argChoices ?? (FILE_NAME.test(value) ? 'file' : 'text');
  return { word, what: description, takes };
}
