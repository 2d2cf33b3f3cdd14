// docs/reference/command-line.md, from commander's own definitions.
import { Command } from 'commander';
import { built } from './built.js';
import { code, pageHead, paragraphs, sentence, table } from './markdown.js';

/** @typedef {import('../../src/cli/nouns.js').Noun} Noun */
/** @typedef {import('commander').Option} Option */
/** Options that many commands share, shown once. @typedef {{ note: string, flags: Set<string> }} Group */

const RULES = `What is asked for goes to standard output, everything else to standard error. A new plaintext alone
goes to standard output, once. Keys come in by standard input or from a file, never as an argument.

Every command has \`--json\`: one document on standard output, equal to the body of the HTTP API
(\`key delete\`, whose answer has none there, prints the key that it deleted);
\`--config <file>\` names the configuration file; \`--help\` says how a command is used. Settings come
from flags, variables and one file: see [configuration](configuration.md).

| Exit code | Means |
| --- | --- |
| 0 | done |
| 1 | refused, or not found |
| 2 | typed wrong, or a value or setting that cannot be |
| 3 | unavailable: the database or the server did not answer, takes no changes, or does not fit this version |
| 4 | needs an operator: a rotation that waits for a person, a damaged file, a package that is missing, a fault of Keyturn |

These hold for every command, \`doctor\` included; each [error](errors.md) has one of them.`;

const DATA = `Most commands work on a database, or on a running server, with the same answers. A database needs the
right to open it, and no key; a server asks for a management key.`;

const LISTS = 'Every list takes these as well.';

/**
 * @returns {Promise<string>}
 * @public
 */
export async function commandLineReference() {
  const program = await programOf();
  const { withData, withPages } = await built('cli/shared-options.js');
  const data = optionsOf(withData(new Command()));
  const pages = optionsOf(withPages(new Command())).filter(({ flags }) => !has(data, flags));
  const groups = [
    { note: 'Takes the options that [name the data](#where-the-data-is).', flags: flagsOf(data) },
    { note: 'Takes the options of [lists](#lists).', flags: flagsOf(pages) },
  ];
  const head = pageHead({
    title: 'Command line',
    source: 'the definitions in src/cli',
    promise: 'After reading this you can find every command, its options and its exit codes.',
  });
  const overview = program.commands.map((command) => [
    `[${code(`keyturn ${command.name()}`)}](#keyturn-${command.name()})`,
    sentence(command.description()),
  ]);
  return paragraphs(
    head,
    RULES,
    table(['Command', 'What'], overview),
    '## Where the data is',
    DATA,
    table(['Option', 'What'], data.map(optionRow)),
    '## Lists',
    LISTS,
    table(['Option', 'What'], pages.map(optionRow)),
    ...program.commands.map((one) => commandText(one, [], groups)),
  );
}

async function programOf() {
  /** @type {{ NOUNS: readonly Noun[] }} */
  const { NOUNS } = await built('cli/nouns.js');
  const program = new Command('keyturn');
  for (const { name, summary, load } of NOUNS) {
    const command = program.command(name).description(summary);
    (await load())(command, { run: () => async () => {} });
  }
  return program;
}

/** @param {Command} command @param {readonly string[]} parents @param {readonly Group[]} groups
 * @returns {string}
 */
function commandText(command, parents, groups) {
  const path = [...parents, command.name()];
  const inner = command.commands.map((one) => commandText(one, path, groups));
  const isNounOnly = inner.length > 0 && command.options.length === 0;
  const all = flagsOf(command.options);
  const shared = groups.filter(({ flags }) => [...flags].every((one) => all.has(one)));
  const own = command.options.filter(({ flags }) => !shared.some((one) => one.flags.has(flags)));
  return paragraphs(
    `${'#'.repeat(path.length + 1)} keyturn ${path.join(' ')}`,
    sentence(command.description()),
    isNounOnly ? '' : `\`\`\`text\n${usageOf(command, path)}\n\`\`\``,
    table(['Argument', 'What'], argumentRows(command)),
    table(['Option', 'What'], own.map(optionRow)),
    shared.map(({ note }) => note).join(' '),
    ...inner,
  );
}

/** @param {Command} command @param {readonly string[]} path */
function usageOf(command, path) {
  const operands = command.registeredArguments.map((one) =>
    one.required ? `<${one.name()}>` : `[${one.name()}]`,
  );
  const required = command.options.filter((one) => one.mandatory).map((one) => one.flags);
  const isMore = command.options.length > required.length;
  return ['keyturn', ...path, ...operands, ...required, ...(isMore ? ['[options]'] : [])].join(' ');
}

/** @param {Command} command */
function argumentRows(command) {
  return command.registeredArguments
    .filter(({ description }) => description !== '')
    .map((one) => [code(one.name()), sentence(one.description)]);
}

/** @param {Option} option */
function optionRow({ flags, description, argChoices }) {
  const choices = argChoices === undefined ? '' : ` One of ${argChoices.map(code).join(', ')}.`;
  return [code(flags), `${sentence(description)}${choices}`];
}

/** @param {Command} command @returns {readonly Option[]} */
function optionsOf(command) {
  return command.options;
}

/** @param {readonly Option[]} options */
function flagsOf(options) {
  return new Set(options.map(({ flags }) => flags));
}

/** @param {readonly Option[]} options @param {string} flags */
function has(options, flags) {
  return options.some((one) => one.flags === flags);
}
