import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';

const OWNER_ONLY = 0o600;

/**
 * A new file that only its owner may read. It stands under its name once a secret is in it: a command
 * that is killed before leaves none, which the next one would have to take for somebody else's.
 */
export interface PrivateFile {
  /** Where the secret is, or shall be: another name, if a file came to stand under the wanted one. */
  readonly path: string;
  /** Whether anything was put in it. */
  readonly isThere: boolean;
  /** @throws {UsageFault} the disk did not take it; nothing of the text is left behind. */
  fill(text: string): void;
  /**
   * Puts one line of several in it, which is on the disk then.
   * @throws {UsageFault} the disk did not take it; what was put in before stays.
   */
  add(line: string): void;
}

/** A file that is written to. */
interface Open {
  readonly file: number;
  readonly path: string;
}

/**
 * Looks before there is a secret whether one can be made, so that a secret never has nowhere to go.
 * @throws {UsageFault} it exists already, or cannot be made.
 */
function privateFileAt(wanted: string): PrivateFile {
  if (isTaken(wanted)) throw notMade(wanted, 'exists already, and is left as it is');
  const trial = openBeside(wanted);
  closeSync(trial.file);
  unlinkSync(trial.path);
  let open: Open | undefined;
  return {
    get path() {
      return open?.path ?? wanted;
    },
    get isThere() {
      return open !== undefined;
    },
    fill(text) {
      open = begun(wanted, text);
      closeSync(open.file);
    },
    add(line) {
      if (open === undefined) open = begun(wanted, line);
      else write(open, line);
    },
  };
}

/** With its first line in it, and named then. */
function begun(wanted: string, line: string): Open {
  const { file, path } = openBeside(wanted);
  try {
    write({ file, path: wanted }, line);
  } catch (fault) {
    closeSync(file);
    unlinkSync(path);
    throw fault;
  }
  return { file, path: named(path, wanted) };
}

function write({ file, path }: Open, line: string): void {
  try {
    writeFileSync(file, `${line}\n`);
    fsyncSync(file);
  } catch (cause) {
    throw unwritten(path, cause);
  }
}

/** Nothing is written over: what came to stand there meanwhile stays, and so does the secret. */
function named(path: string, wanted: string): string {
  try {
    linkSync(path, wanted);
  } catch {
    return renamed(path, wanted);
  }
  unlinkSync(path);
  return wanted;
}

/** Where a disk knows no second name of a file. */
function renamed(path: string, wanted: string): string {
  if (isTaken(wanted)) return path;
  try {
    renameSync(path, wanted);
    return wanted;
  } catch {
    return path;
  }
}

/** The file of `--out`, where a secret goes instead of standard output; undefined: none was named. */
export function outFileOf({ options }: Invocation): PrivateFile | undefined {
  const path = options.text('out');
  return path === undefined ? undefined : privateFileAt(path);
}

/** A secret, or a link to one, and the documents that go with it. */
export interface Shown {
  readonly secret: string;
  /** What `--json` prints with the secret in it. */
  readonly document: unknown;
  /** Likewise, where the secret is in a file. */
  readonly rest: unknown;
}

/**
 * Puts a secret where it was asked for, once: in the file, or alone on standard output.
 * @throws {Error} it could not be written: nobody has it.
 */
export async function handSecret(
  { out }: Invocation,
  { secret, document, rest }: Shown,
  file: PrivateFile | undefined,
): Promise<void> {
  file?.fill(secret);
  if (file !== undefined) {
    if (out.isJson) await out.document(rest);
  } else if (out.isJson) await out.secretDocument(document);
  else await out.plaintext(secret);
}

/** Puts a text in a private file, in the place of any file before it. */
export function replacePrivateFile(path: string, text: string): void {
  const fresh = privateFileAt(`${path}.${randomUUID()}`);
  fresh.fill(text);
  try {
    renameSync(fresh.path, path);
  } catch (cause) {
    unlinkSync(fresh.path);
    throw unwritten(path, cause);
  }
}

/** The system's own message tells the reason and the path, and nothing of the text. */
function unwritten(path: string, cause: unknown): UsageFault {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new UsageFault(`${path} cannot be written${reason}. Name a file on another disk.`, {
    cause,
  });
}

/** By whatever stands there, a symbolic link included. */
function isTaken(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** A new file in the same folder, under a name that nobody else has. */
function openBeside(wanted: string): Open {
  const path = `${wanted}.${randomUUID()}`;
  try {
    return { file: openSync(path, 'wx', OWNER_ONLY), path };
  } catch (cause) {
    throw notMade(wanted, 'cannot be made', { cause });
  }
}

function notMade(path: string, reason: string, options?: ErrorOptions): UsageFault {
  return new UsageFault(`${path} ${reason}. Name a new file, in a folder you may write.`, options);
}
