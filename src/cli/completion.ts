import { Argument, Command } from 'commander';
import { bashScript } from './completion/bash.js';
import { fishScript } from './completion/fish.js';
import { type Place, placesOf } from './completion/tree.js';
import { zshScript } from './completion/zsh.js';
import { UsageFault } from './fault.js';
import { type Define, type Invocation, operandOf } from './invocation.js';
import type { Noun } from './nouns.js';
import { withGlobals } from './shared-options.js';

const SCRIPT_OF = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const SHELLS = Object.keys(SCRIPT_OF);

/** `keyturn completion SHELL`, of a program with these commands. */
export function completionOf(nouns: readonly Noun[]): Define {
  return (command, cli) => {
    command
      .addArgument(new Argument('<shell>', 'which shell completes').choices(SHELLS))
      .action(cli.run((call) => completion(call, nouns)));
  };
}

async function completion(call: Invocation, nouns: readonly Noun[]): Promise<undefined> {
  const shell = operandOf(call);
  if (!isShell(shell)) throw new UsageFault(`There is no completion for ${shell}.`);
  const script = SCRIPT_OF[shell](await allPlaces(nouns));
  if (call.out.isJson) await call.out.document({ shell, script });
  else await call.out.text(script.trimEnd());
}

/** Every command with its options; each file is read, as it is for no other command. */
async function allPlaces(nouns: readonly Noun[]): Promise<readonly Place[]> {
  const program = withGlobals(new Command('keyturn'));
  for (const { name, summary, load } of nouns) {
    const command = program.command(name).description(summary);
    (await load())(command, { run: () => async () => {} });
  }
  return placesOf(program);
}

function isShell(text: string): text is keyof typeof SCRIPT_OF {
  return SHELLS.includes(text);
}
