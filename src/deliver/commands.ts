import { ConfigInvalidError } from '../errors.js';
import type { Processes } from '../outside/processes.js';
import { type Exits, failedRun, MAX_OUTPUT_BYTES } from './command-run.js';
import type { DeliveryFailure, Destination } from './destination.js';

const TIMEOUT_MS = 6_000; // Of four acts in a row: a rotation is held for half a minute.

/**
 * A command of the server's configuration, which alone says what is run: a program and its
 * arguments for each act. No shell reads them; the secret comes on standard input.
 * @public
 */
export interface Command {
  readonly write?: readonly string[] | undefined;
  readonly read?: readonly string[] | undefined;
  readonly reload?: readonly string[] | undefined;
  /** Its environment, besides `PATH`. Nothing of the server's own is handed on. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Of each act; 6 s, which is also the most. */
  readonly timeoutMs?: number | undefined;
}

/** @public */
export type Commands = Readonly<Record<string, Command>>;

/** What a program may exit with to say what was wrong (sysexits.h); all else is tried again. */
const EXITS: Exits = {
  65: ['value_rejected', 'does not take this value (EX_DATAERR)'],
  66: ['target_missing', 'says that the target is not there (EX_NOINPUT)'],
  75: ['transient', 'failed for now (EX_TEMPFAIL)'],
  77: ['destination_auth', 'may not write the target (EX_NOPERM)'],
};

/** What a command's acts have to be run with. */
export interface CommandOutside {
  readonly processes: Processes;
  readonly commands: Commands;
}

/** @throws {ConfigInvalidError} no such command, or it has no such act. */
export function requireAct(
  commands: Commands,
  name: string,
  act: 'write' | 'reload',
): { readonly command: Command; readonly argv: readonly string[] } {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const argv = command?.[act];
  if (command !== undefined && argv !== undefined && argv.length > 0) return { command, argv };
  const fix = `Add "${act}" to "destinations.commands.${name}" in the server's configuration.`;
  throw new ConfigInvalidError(`There is no command "${name}" to ${act} with. ${fix}`);
}

/** The `reload` of a destination: that of a command, or none. */
export function reloadOf(
  name: string | undefined,
  { commands, processes }: CommandOutside,
): Destination['reload'] {
  if (name === undefined) return async () => ({ kind: 'nothing_to_do' });
  const { command, argv } = requireAct(commands, name, 'reload');
  return async () => {
    const done = await runAct(processes, command, { name: `${name}.reload`, argv });
    return done.kind === 'failed' ? done : { kind: 'reloaded' };
  };
}

/** One act of a command; its output where it went well. */
export async function runAct(
  processes: Processes,
  { env, timeoutMs = TIMEOUT_MS }: Command,
  act: { readonly name: string; readonly argv: readonly string[]; readonly stdin?: string },
): Promise<{ readonly kind: 'done'; readonly output: string } | DeliveryFailure> {
  const { name, argv, stdin } = act;
  const run = { argv, stdin, env, timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES };
  const outcome = await processes.run(run);
  if (outcome.kind === 'exited' && outcome.code === 0) {
    return { kind: 'done', output: outcome.output };
  }
  return failedRun(outcome, { name, timeoutMs, exits: EXITS, unusable: 'destination_auth' });
}
