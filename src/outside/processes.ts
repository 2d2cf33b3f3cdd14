import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** All that a command has of an environment, unless it is told more. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const GRACE_MS = 2_000; // Between the signal that can be handled and the one that cannot.
const DRAIN_MS = 1_000; // For what was written before the command ended.

/** A command and its bounds. A secret belongs in `stdin`, which no other user can look into. */
interface Run {
  /** The program and its arguments, as they are: no shell reads them. */
  readonly argv: readonly string[];
  readonly stdin?: string | undefined;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  /** Besides `PATH`, which it may replace. Nothing is inherited. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/**
 * How a command ended. `output` is its standard output; standard error is thrown away, because
 * nobody knows what stands there.
 * @public
 */
export type RunOutcome =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed_out' }
  | { readonly kind: 'too_much_output' }
  /** By the system's code, as in `ENOENT`. */
  | { readonly kind: 'not_started'; readonly code: string };

/**
 * The machine's programs.
 * @public
 */
export interface Processes {
  /**
   * Runs a command in `/`, in a process group of its own. Whatever of the group is left when the
   * command has ended, or its time is over, is killed.
   */
  run(run: Run): Promise<RunOutcome>;
  /** Whether there is such a program, and this user may run it. Runs nothing. */
  canRun(run: Pick<Run, 'argv' | 'env'>): Promise<boolean>;
}

/**
 * The machine's own.
 * @public
 */
export function systemProcesses({ graceMs = GRACE_MS } = {}): Processes {
  return {
    run: (run) => new Promise((resolve) => start(run, graceMs, resolve)),
    async canRun({ argv: [program = ''], env }) {
      const folders = (env?.['PATH'] ?? DEFAULT_PATH).split(delimiter);
      const paths = program.includes('/') ? [program] : folders.map((one) => join(one, program));
      const found = await Promise.all(paths.map(isProgram));
      return program !== '' && found.includes(true);
    },
  };
}

function start(run: Run, graceMs: number, settle: (outcome: RunOutcome) => void): void {
  const child = spawned(run);
  if (child === undefined) {
    settle({ kind: 'not_started', code: 'EINVAL' });
    return;
  }
  let ended: RunOutcome | undefined; // Once we ended it, how it took that says nothing.
  let killer: NodeJS.Timeout | undefined;
  const end = (outcome: RunOutcome) => {
    if (ended !== undefined) return;
    ended = outcome;
    signalGroup(child, 'SIGTERM');
    killer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
  };
  const timer = setTimeout(() => end({ kind: 'timed_out' }), run.timeoutMs);
  const output = collect(child, run.maxOutputBytes, () => end({ kind: 'too_much_output' }));
  child.once('error', (error) => {
    clearTimeout(timer);
    const code = 'code' in error ? String(error.code) : 'unknown';
    settle({ kind: 'not_started', code });
  });
  child.once('exit', (code, signal) => {
    clearTimeout(timer);
    clearTimeout(killer);
    signalGroup(child, 'SIGKILL');
    // Who left the group may hold the output open for ever.
    const drain = setTimeout(() => child.stdout?.destroy(), DRAIN_MS);
    child.once('close', () => {
      clearTimeout(drain);
      settle(ended ?? outcomeOf(code, signal, output()));
    });
  });
  child.stdin?.on('error', () => undefined); // It read no further; its exit code says why.
  child.stdin?.end(run.stdin ?? '');
}

/** Undefined where the arguments cannot be told to a program at all, as with a NUL in them. */
function spawned({ argv: [program = '', ...args], env }: Run): ChildProcess | undefined {
  try {
    return spawn(program, args, {
      cwd: '/',
      detached: true,
      env: { PATH: DEFAULT_PATH, ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

/** What it wrote, up to a bound; beyond that, `onTooMuch`. */
function collect(child: ChildProcess, maxBytes: number, onTooMuch: () => void): () => string {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) onTooMuch();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function outcomeOf(code: number | null, signal: string | null, output: string): RunOutcome {
  if (code !== null) return { kind: 'exited', code, output };
  return { kind: 'signalled', signal: signal ?? 'unknown' };
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
