import { isUtf8 } from 'node:buffer';
import { ConfigInvalidError } from '../errors.js';
import { digestOf } from '../keys/digest.js';
import type { FileFault, Files, OutsideFile } from '../outside/files.js';
import type { Processes } from '../outside/processes.js';
import { type Commands, reloadOf } from './commands.js';
import type { DeliveryFailure, Destination, Reading, Writing } from './destination.js';
import { fingerprintOf, isSame, isStill } from './expected.js';

/** What every kind of file has in common. */
export interface FileSettings {
  /** Absolute, and inside the roots of the server's configuration. */
  readonly path: string;
  /** The name of a command of the server's configuration, whose `reload` is run after a write. */
  readonly reload?: string | undefined;
}

/**
 * What a file destination reaches: the files inside the roots, and the commands, both by the
 * server's configuration alone.
 */
export interface FileOutside {
  readonly files: Files;
  readonly processes: Processes;
  readonly commands: Commands;
}

/** Where the value stands in a text. Refusals name the place, never what stands there. */
export interface Format {
  /** For people: `variable API_KEY`. */
  readonly where: string;
  /** Null: a place is there for it, and it is empty. */
  find(text: string): { readonly kind: 'found'; readonly value: string | null } | Refusal;
  /** The text with another value; not a byte of the rest is another. */
  put(text: string, value: string): { readonly kind: 'text'; readonly text: string } | Refusal;
}

export interface Refusal {
  readonly kind: 'refused';
  readonly class: 'target_missing' | 'value_rejected';
  /** A sentence that goes on after the path: `has no variable …`. */
  readonly message: string;
}

/** @throws {ConfigInvalidError} outside the roots, or a reload that the configuration has not. */
export function fileDestination(
  { path, reload }: FileSettings,
  outside: FileOutside,
  format: Format,
): Destination {
  const file = outside.files.file(path);
  if (file === undefined) {
    const fix = 'Add its folder to "destinations.roots" in the server\'s configuration.';
    throw new ConfigInvalidError(`${path} is no path inside the allowed roots. ${fix}`);
  }
  const target = { file, path, format };
  return {
    place: `${path}, ${format.where}`,
    reload: reloadOf(reload, outside),
    preflight: () => preflight(target),
    read: () => read(target),
    readBack: () => read(target),
    write: (value, expected) => write(target, value.reveal(), expected),
  };
}

interface Target {
  readonly file: OutsideFile;
  readonly path: string;
  readonly format: Format;
}

interface Standing {
  readonly kind: 'standing';
  readonly text: string;
  readonly version: string;
  readonly reading: Reading;
}

async function preflight(target: Target): Promise<{ readonly kind: 'ready' } | DeliveryFailure> {
  const probed = await target.file.probe();
  if (probed.kind === 'failed') return failed(target, probed);
  const standing = await look(target);
  return standing.kind === 'failed' ? standing : { kind: 'ready' };
}

async function read(target: Target): Promise<Reading> {
  const standing = await look(target);
  return standing.kind === 'failed' ? standing : standing.reading;
}

async function write(target: Target, value: string, expected: Reading): Promise<Writing> {
  const swept = await target.file.sweep();
  if (swept.kind === 'failed') return failed(target, swept);
  const standing = await look(target);
  if (standing.kind === 'failed') return standing;
  const { text, version, reading } = standing;
  const found = fingerprintOf(reading);
  if (isSame(found, digestOf(value))) return { kind: 'written' }; // By a run that was cut short.
  if (!isStill(reading, expected)) return { kind: 'drift', found };
  const next = target.format.put(text, value);
  if (next.kind === 'refused') return refused(target, next);
  const replaced = await target.file.replace(version, Buffer.from(next.text));
  if (replaced.kind === 'replaced') return { kind: 'written' };
  if (replaced.kind === 'failed') return failed(target, replaced);
  const message = `${target.path} was changed by somebody else while it was written.`;
  return { kind: 'failed', class: 'transient', message };
}

async function look(target: Target): Promise<Standing | DeliveryFailure> {
  const reading = await target.file.read();
  if (reading.kind === 'failed') return failed(target, reading);
  if (!isUtf8(reading.content)) {
    return refused(target, { class: 'target_missing', message: 'is not text in UTF-8.' });
  }
  const text = reading.content.toString('utf8');
  const found = target.format.find(text);
  if (found.kind === 'refused') return refused(target, found);
  return { kind: 'standing', text, version: reading.version, reading: readingOf(found.value) };
}

function readingOf(value: string | null): Reading {
  return value === null ? { kind: 'absent' } : { kind: 'found', fingerprint: digestOf(value) };
}

const CLASSES = {
  missing: 'target_missing',
  forbidden: 'destination_auth',
  busy: 'transient',
} as const;

function failed({ path }: Target, { reason, message }: FileFault): DeliveryFailure {
  return { kind: 'failed', class: CLASSES[reason], message: `${path} ${message}.` };
}

function refused({ path }: Target, refusal: Pick<Refusal, 'class' | 'message'>): DeliveryFailure {
  return { kind: 'failed', class: refusal.class, message: `${path} ${refusal.message}` };
}
