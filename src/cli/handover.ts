import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';

const OWNER_ONLY = 0o600;

/** A new file that only its owner may read, waiting for what it shall hold. */
export interface PrivateFile {
  readonly path: string;
  /** @throws {UsageFault} the disk did not take it; nothing of the text is left behind. */
  fill(text: string): void;
  /**
   * Puts one line of several in it, which is on the disk then.
   * @throws {UsageFault} the disk did not take it; what was put in before stays.
   */
  add(line: string): void;
  /** Takes the file away again, because there is nothing to put in. */
  discard(): void;
}

/**
 * Makes the file before there is a secret, so that a secret never has nowhere to go.
 * @throws {UsageFault} it exists already, or cannot be made.
 */
function createPrivateFile(path: string): PrivateFile {
  const file = openNew(path);
  const discard = () => {
    closeSync(file);
    unlinkSync(path);
  };
  return {
    path,
    fill(text) {
      try {
        writeFileSync(file, `${text}\n`);
        fsyncSync(file);
      } catch (cause) {
        discard();
        throw unwritten(path, cause);
      }
      closeSync(file);
    },
    add(line) {
      try {
        writeFileSync(file, `${line}\n`);
        fsyncSync(file);
      } catch (cause) {
        throw unwritten(path, cause);
      }
    },
    discard,
  };
}

/** The file of `--out`, where a secret goes instead of standard output; undefined: none was named. */
export function outFileOf({ options }: Invocation): PrivateFile | undefined {
  const path = options.text('out');
  return path === undefined ? undefined : createPrivateFile(path);
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
  const fresh = createPrivateFile(`${path}.${randomUUID()}`);
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

function openNew(path: string): number {
  try {
    // `wx` fails on whatever stands there, a symbolic link included.
    return openSync(path, 'wx', OWNER_ONLY);
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
    const reason = code === 'EEXIST' ? 'exists already, and is left as it is' : 'cannot be made';
    throw new UsageFault(`${path} ${reason}. Name a new file, in a folder you may write.`, {
      cause: fault,
    });
  }
}
