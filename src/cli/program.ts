import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { readConfig } from './config.js';
import { EXIT, type ExitCode, exitOf, messageOf, UsageFault } from './fault.js';
import { type Cli, type Handler, type Invocation, Options } from './invocation.js';
import { type FailedCall, nextStep, whereTyped } from './next-step.js';
import { NOUNS } from './nouns.js';
import { Output, type Streams } from './output.js';
import { Interrupted, problemOf, Told } from './problem.js';
import { withGlobals } from './shared-options.js';

/** The process as the command line sees it. */
export interface Host {
  readonly argv: readonly string[];
  readonly streams: Streams;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}

// A key of ours, whole or nearly so, anywhere in an argument. A hint is far shorter.
const TYPED_KEY = /(?:^|[^A-Za-z0-9])[a-z][a-z0-9]{1,15}_(?:live|test)_[0-9A-Za-z]{16,}/;

/** Runs one command. Never throws: what went wrong is said, and stands in the exit code. */
export async function runCommandLine(host: Host): Promise<ExitCode> {
  const out = new Output(host.streams, { isJson: host.argv.includes('--json'), env: host.env });
  const state: RunState = { exit: EXIT.done, failed: NOTHING_CALLED };
  try {
    refuseTypedKeys(host.argv);
    const program = await buildProgram(host, out, state);
    await program.parseAsync(host.argv, { from: 'user' });
    return state.exit;
  } catch (fault) {
    return await report(fault, out, state);
  }
}

const NOTHING_CALLED: FailedCall = {
  path: '',
  operands: [],
  where: '',
  keyspace: undefined,
  server: undefined,
};

/** How a run stands: what it ends with, and which command to speak of if it fails. */
interface RunState {
  exit: ExitCode;
  failed: FailedCall;
}

function refuseTypedKeys(argv: readonly string[]): void {
  if (!argv.some((argument) => TYPED_KEY.test(argument))) return;
  throw new UsageFault(
    'A key stands among the arguments, where other users of this machine and the shell’s history ' +
      'see it. If it is in use, replace it. Keys come by standard input or from a file.',
    { next: 'keyturn verify < FILE' },
  );
}

async function buildProgram(host: Host, out: Output, state: RunState): Promise<Command> {
  const program = withGlobals(new Command('keyturn'))
    .description('Issue, check, rotate, retire and prove API keys.')
    .version(versionOf(), '--version', 'print the version')
    .helpOption('--help', 'say how a command is used')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => host.streams.stdout.write(text),
      writeErr: (text) => host.streams.stderr.write(text),
      outputError: () => {}, // Faults are said in one place, below, with the next command to run.
    });
  const cli = cliFor(host, out, state);
  for (const noun of NOUNS) {
    const command = program.command(noun.name).description(noun.summary);
    if (host.argv.includes(noun.name)) (await noun.load())(command, cli);
  }
  throwFaults(program, state);
  return program;
}

function cliFor(host: Host, out: Output, state: RunState): Cli {
  return {
    run:
      (handler: Handler) =>
      async (...given: unknown[]) => {
        const command = given.at(-1);
        if (!(command instanceof Command)) return;
        state.failed = failedCallOf(command);
        const call = invocationOf(command, host, out);
        state.exit = (await handler(call)) ?? EXIT.done;
      },
  };
}

function invocationOf(command: Command, host: Host, out: Output): Invocation {
  const flags: Readonly<Record<string, unknown>> = command.optsWithGlobals();
  return {
    path: pathOf(command),
    operands: command.args,
    options: new Options(flags),
    streams: host.streams,
    out,
    config: () => readConfig({ flags, env: host.env, folder: host.folder }),
  };
}

/** Makes every command throw what it finds wrong, and remember which command it was. */
function throwFaults(command: Command, state: RunState): void {
  command.exitOverride((fault) => {
    state.failed = failedCallOf(command);
    throw fault;
  });
  command.showSuggestionAfterError(true);
  for (const inner of command.commands) throwFaults(inner, state);
}

async function report(fault: unknown, out: Output, state: RunState): Promise<ExitCode> {
  if (fault instanceof CommanderError) {
    if (fault.exitCode === 0) return EXIT.done; // Help or the version was asked for.
    if (fault.code === 'commander.help') return EXIT.usage; // Help was the answer to no verb.
    return await report(new UsageFault(usageOf(fault, state)), out, state);
  }
  const isTold = fault instanceof Told;
  if (out.isJson && !isTold) await out.document(problemOf(fault)).catch(() => {}); // And below.
  const cause = isTold || fault instanceof Interrupted ? fault.cause : fault;
  out.fault(messageOf(cause), nextStep(cause, state.failed));
  return exitOf(cause);
}

function usageOf({ code, message }: CommanderError, { failed }: RunState): string {
  const said = message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (code !== 'commander.unknownOption' || !/'--(?:server|key-file)'/.test(said)) return said;
  const instead =
    failed.path === 'key export' ? ' A server lists keys, without digests: keyturn key list.' : '';
  return (
    `${said}. This command asks no server: run it where the database can be reached, with ` +
    `--database.${instead}`
  );
}

function failedCallOf(command: Command): FailedCall {
  const options = new Options(command.optsWithGlobals());
  const server = options.text('server');
  const keyspace = options.text('keyspace');
  const where = whereTyped(options);
  return { path: pathOf(command), operands: command.args, where, keyspace, server };
}

function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) names.unshift(at.name());
  return names.join(' ');
}

function versionOf(): string {
  const file = new URL('../../package.json', import.meta.url);
  const content: { version?: string } = JSON.parse(readFileSync(file, 'utf8'));
  return content.version ?? 'unknown';
}
