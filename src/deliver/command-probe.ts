import type { Plaintext } from '../keys/plaintext.js';
import type { Processes } from '../outside/processes.js';
import { failed } from './call.js';
import { type Exits, failedRun, MAX_OUTPUT_BYTES } from './command-run.js';
import { type CommandProbe, PROBE_LIMITS, type ProbeOutcome } from './probe.js';

/**
 * A program of the server's configuration that tries a new secret, which comes on standard input.
 * No shell reads its arguments.
 * @public
 */
export interface ProbeCommand {
  readonly run: readonly string[];
  /** Its environment, besides `PATH`. Nothing of the server's own is handed on. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** 5 s, unless it says so. */
  readonly timeoutMs?: number | undefined;
}

/** What it may exit with to say more than that it failed (sysexits.h); all else is tried again. */
const EXITS: Exits = {
  66: ['target_missing', 'says that what it asks is not there (EX_NOINPUT)'],
  77: ['value_rejected', 'says that the new secret is refused (EX_NOPERM)'],
};

/** What commands are run with. */
export interface CommandProbeOutside {
  readonly processes: Processes;
  /** Under "probes.commands" in the server's configuration. */
  readonly commands: Readonly<Record<string, ProbeCommand>>;
}

/** Why it cannot be run; null: it can. */
export async function unrunnable(
  probe: CommandProbe,
  outside: CommandProbeOutside,
): Promise<string | null> {
  const own = commandOf(probe, outside);
  if (own === undefined) return unknown(probe);
  if (await outside.processes.canRun({ argv: own.run, env: own.env })) return null;
  return `The command "${probe.command}" names ${own.run[0]}, which is no program that can be run.`;
}

/** Runs it once. */
export async function runWith(
  probe: CommandProbe,
  plaintext: Plaintext,
  outside: CommandProbeOutside,
): Promise<ProbeOutcome> {
  const own = commandOf(probe, outside);
  if (own === undefined) return failed('target_missing', unknown(probe));
  const { run: argv, env, timeoutMs = PROBE_LIMITS.defaultMs } = own;
  const bounds = { timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES }; // What it says is thrown away.
  const stdin = plaintext.reveal();
  const outcome = await outside.processes.run({ argv, env, stdin, ...bounds });
  if (outcome.kind === 'exited' && outcome.code === 0) return { kind: 'passed' };
  const how = { name: probe.command, timeoutMs, exits: EXITS, unusable: 'target_missing' } as const;
  return failedRun(outcome, how);
}

function commandOf({ command }: CommandProbe, { commands }: CommandProbeOutside) {
  return Object.hasOwn(commands, command) ? commands[command] : undefined;
}

function unknown({ command }: CommandProbe): string {
  return (
    `There is no command "${command}" to probe with. ` +
    `Add it to "probes.commands" in the server's configuration.`
  );
}
