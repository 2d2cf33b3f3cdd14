import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import type { TestContext } from 'vitest';

const USER = 10_001; // Of the Dockerfile; no user of this machine.

// Everything is read-only but the folders that are named, and the program has no rights and gets none.
const SCRIPT = `
set -e
count=$1; shift
while [ "$count" -gt 0 ]; do mount --bind "$1" "$1"; count=$((count - 1)); shift; done
mount -o remount,ro,bind /
exec setpriv --reuid ${USER} --regid ${USER} --clear-groups --no-new-privs --bounding-set=-all \\
  --inh-caps=-all -- "$@"
`;

/** What a container or a hardened service may do. */
export interface Jail {
  /** The folders that it may write; all else is read-only. */
  readonly writable: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program in a jail. */
export interface Jailed {
  readonly output: () => string;
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

/** Skips the test where a program cannot be locked in: it takes root, and Linux's namespaces. */
export function jailOrSkip(ctx: Pick<TestContext, 'skip'>): void {
  const { status } = spawnSync('unshare', ['--mount', 'setpriv', '--version']);
  if (status !== 0) ctx.skip('A read-only root takes root and unshare (util-linux).');
}

/** Starts a program as a user without rights, on a root that cannot be written. */
export function jailed(command: readonly string[], { writable, cwd, env }: Jail): Jailed {
  for (const folder of writable) chownSync(folder, USER, USER);
  const args = ['--mount', 'sh', '-c', SCRIPT, 'sh', String(writable.length)];
  const child = spawn('unshare', [...args, ...writable, ...command], { cwd, env });
  return runningOf(child);
}

function runningOf(child: ChildProcess): Jailed {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  return {
    output: () => said,
    ended: new Promise((resolve) => child.once('close', resolve)),
    kill: (signal) => void child.kill(signal),
  };
}
