import { Command } from 'commander';
import { beforeAll, expect, test } from 'vitest';
import { NOUNS } from '../../src/cli/nouns.js';
import { allPages } from './page.js';

const GLOBAL_OPTIONS = ['--json', '--config', '--version', '--help'];
// A command in a sentence, with the words that follow it.
const MENTION = /`((?:npx )?keyturn [^`]+)`/g;

let program: Command;

beforeAll(async () => {
  program = new Command('keyturn');
  for (const { name, load } of NOUNS) {
    (await load())(program.command(name), { run: () => async () => {} });
  }
});

test('every command that a page mentions exists, with the options it is given', () => {
  const wrong = allPages().flatMap(({ path, text }) =>
    [...text.matchAll(MENTION)]
      .map((match) => match[1] ?? '')
      .flatMap((mention) => faultsOf(mention).map((fault) => `${path}: ${mention}: ${fault}`)),
  );
  expect(wrong).toEqual([]);
});

function faultsOf(mention: string): readonly string[] {
  const words = mention.replace('npx ', '').split(/\s+/).slice(1);
  let command = program;
  for (const word of words) {
    const inner = command.commands.find((one) => one.name() === word);
    if (inner === undefined) break;
    command = inner;
  }
  if (command === program)
    return /^[a-z]/.test(words[0] ?? '') ? [`there is no "${words[0]}"`] : [];
  const isUnfinished = command.commands.length > 0 && command.options.length === 0;
  const next = words[words.indexOf(command.name()) + 1];
  if (isUnfinished && next !== undefined && /^[a-z]/.test(next)) return [`there is no "${next}"`];
  const known = [...GLOBAL_OPTIONS, ...command.options.map(({ long }) => long)];
  return words
    .filter((word) => /^--\w/.test(word) && !known.includes(word))
    .map((word) => `it has no ${word}`);
}
