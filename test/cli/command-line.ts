import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { runCommandLine } from '../../src/cli/program.js';
// Types what is injected.
import type {} from './compiled.js';

/** What a run of the command line said, and what it ended with. */
export interface Ran {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The one document on standard output. */
  readonly json: () => unknown;
}

/** The text at a place of a document, as in `textAt(created, 'key', 'id')`. */
export function textAt(document: unknown, ...path: readonly (string | number)[]): string {
  let value = document;
  for (const name of path) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  }
  if (typeof value !== 'string') throw new Error(`No text at ${path.join('.')}.`);
  return value;
}

/** How a run differs from a bare one. */
export interface RunOptions {
  readonly input?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A command that goes on running: a server. */
export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits until it has said this, on either stream; fails with all it said if it ends instead. */
  readonly said: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
  /** Ends it cleanly. */
  readonly stop: () => Promise<number | null>;
}

/** A folder of a test's own, and the command line in it. */
export class Shell {
  readonly folder = mkdtempSync(join(tmpdir(), 'keyturn-cli-'));
  readonly #program: string;
  readonly #running: Running[] = [];

  /** @param program what processes of it run: the compiled `src/cli/main.ts`, if absent. */
  constructor(program = inject('commandLine')) {
    this.#program = program;
  }

  /** Runs a command to its end, in this process: as `main.ts` does, and ten times sooner. */
  async run(args: readonly string[], { input = '', env = {} }: RunOptions = {}): Promise<Ran> {
    const stdin = new PassThrough();
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const said = Promise.all([text(stdout), text(stderr)]); // Read from the start: it may be much.
    stdin.end(input);
    process.chdir(this.folder);
    const exit = await runCommandLine({
      argv: args,
      streams: { stdin, stdout, stderr },
      env,
      folder: this.folder,
    });
    stdout.end();
    stderr.end();
    return ranOf(exit, ...(await said));
  }

  /** Runs a command to its end as a process of its own, of the compiled program. */
  async process(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const running = this.start(args, options);
    running.child.stdin?.on('error', () => {}); // It may end before it has read.
    running.child.stdin?.end(options.input ?? '');
    return ranOf(await running.ended, running.stdout(), running.stderr());
  }

  /** The document of a command that has to succeed. */
  async json(args: readonly string[], options?: RunOptions): Promise<unknown> {
    const ran = await this.run([...args, '--json'], options);
    if (ran.exit !== 0) throw new Error(`keyturn ${args.join(' ')}: ${ran.exit} ${ran.stderr}`);
    return ran.json();
  }

  /** Starts a process of the compiled program. */
  start(args: readonly string[], { env = {} }: RunOptions = {}): Running {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [this.#program, ...args], {
      cwd: this.folder,
      // Nothing of ours is inherited: a setting of whoever runs the tests would change them.
      env: { PATH, HOME, ...env },
    });
    const running = runningOf(child);
    this.#running.push(running);
    return running;
  }

  /** Starts a server on any free port, and waits until it is ready. */
  async serve(
    args: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<Running & { readonly url: string }> {
    const running = this.start(['serve', '--port', '0', ...args], options);
    const [, url = ''] = await running.said(/is ready: (\S+)/);
    return { ...running, url };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Ends what still runs, and removes the folder. */
  async remove(): Promise<void> {
    process.chdir(tmpdir());
    for (const { child } of this.#running) child.kill('SIGKILL');
    await Promise.all(this.#running.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function ranOf(exit: number | null, stdout: string, stderr: string): Ran {
  return { exit, stdout, stderr, json: () => JSON.parse(stdout) };
}

function runningOf(child: ReturnType<typeof spawn>): Running {
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    said: (pattern) => waitFor(child, pattern, () => said.stdout + said.stderr),
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function waitFor(
  child: ChildProcess,
  pattern: RegExp,
  text: () => string,
): Promise<RegExpExecArray> {
  return new Promise((resolve, refuse) => {
    const look = () => {
      const match = pattern.exec(text());
      if (match !== null) resolve(match);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => refuse(new Error(`It ended, and never said ${pattern}: ${text()}`)));
    look();
  });
}
