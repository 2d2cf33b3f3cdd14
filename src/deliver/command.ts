import { objectOf, required, text } from '../form.js';
import { digestOf, sha256From } from '../keys/digest.js';
import type { Plaintext } from '../keys/plaintext.js';
import { type Command, type CommandOutside, reloadOf, requireAct, runAct } from './commands.js';
import type {
  DeliveryFailure,
  Destination,
  DestinationKind,
  Reading,
  Writing,
} from './destination.js';
import { fingerprintOf, isSame, isStill } from './expected.js';

const FINGERPRINT = 'sha256:'; // How a `read` that will not print the secret begins.

/** What a person says of one. */
export interface CommandSettings {
  /** As it is named under `destinations.commands` in the server's configuration. */
  readonly command: string;
}

const settings = objectOf(
  { command: required(text) },
  { wanted: 'the settings of a command', fieldIs: 'a setting of a command' },
);

/**
 * A program that the operator has written, for whatever has no destination of its own.
 */
export const command: DestinationKind<CommandSettings, CommandOutside> = {
  kind: 'command',
  settings,
  open({ command: name }, outside) {
    const target = { name, outside, ...requireAct(outside.commands, name, 'write') };
    return {
      place: `command ${name}`,
      preflight: () => preflight(target),
      read: () => read(target),
      readBack: () => read(target),
      write: (value, expected) => write(target, value, expected),
      reload: reloadIfAny(target),
    };
  },
};

interface Target {
  readonly name: string;
  readonly outside: CommandOutside;
  readonly command: Command;
  /** Of its `write`. */
  readonly argv: readonly string[];
}

function reloadIfAny({ name, outside, command: { reload } }: Target): Destination['reload'] {
  return reloadOf(reload === undefined ? undefined : name, outside);
}

async function preflight(target: Target): Promise<{ readonly kind: 'ready' } | DeliveryFailure> {
  const { name, argv, outside, command: own } = target;
  for (const one of [argv, own.read, own.reload]) {
    if (one === undefined || (await outside.processes.canRun({ argv: one, env: own.env })))
      continue;
    const message = `The command "${name}" names ${one[0]}, which is no program that can be run.`;
    return { kind: 'failed', class: 'destination_auth', message };
  }
  const reading = await read(target);
  return reading.kind === 'failed' ? reading : { kind: 'ready' };
}

async function read({ name, outside, command: own }: Target): Promise<Reading> {
  if (own.read === undefined) return { kind: 'unreadable' };
  const act = { name: `${name}.read`, argv: own.read };
  const done = await runAct(outside.processes, own, act);
  if (done.kind === 'failed') return done;
  const said = done.output.replace(/\r?\n$/, '');
  if (said === '') return { kind: 'absent' };
  if (!said.startsWith(FINGERPRINT)) return { kind: 'found', fingerprint: digestOf(said) };
  const fingerprint = sha256From(said.slice(FINGERPRINT.length));
  if (fingerprint !== undefined) return { kind: 'found', fingerprint };
  const message = `The command "${name}.read" wrote "${FINGERPRINT}" without 64 hexadecimal digits after it.`;
  return { kind: 'failed', class: 'target_missing', message };
}

async function write(target: Target, value: Plaintext, expected: Reading): Promise<Writing> {
  const { name, argv, outside, command: own } = target;
  const secret = value.reveal();
  const before = await read(target);
  if (before.kind === 'failed') return before;
  const found = fingerprintOf(before);
  if (isSame(found, digestOf(secret))) return { kind: 'written' }; // By a run that was cut short.
  if (!isStill(before, expected)) return { kind: 'drift', found };
  const act = { name: `${name}.write`, argv, stdin: secret };
  const done = await runAct(outside.processes, own, act);
  return done.kind === 'failed' ? done : { kind: 'written' };
}
