import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from './place.js';

const STOP_WITHIN_MS = 15_000; // `serve` finishes what is open within 10 s.

/** What came of a block: standard output and error together, as a terminal shows them. */
export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

/** A program that was left running, as in a terminal of its own. */
export interface Running {
  readonly output: () => string;
  /** Undefined while it runs. */
  readonly exitCode: () => number | undefined;
  /** Sends SIGINT, as Ctrl+C does, and waits for the end. */
  readonly stop: () => Promise<void>;
}

/** One shell for one page: variables and the working directory last from block to block. */
export class Shell {
  readonly #place: Place;
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #blockCount = 0;

  constructor(place: Place) {
    this.#place = place;
    const { folder: cwd, env } = place;
    // The fourth stream tells how each block ended.
    const stdio = ['pipe', 'ignore', 'ignore', 'pipe'] as const;
    this.#process = spawn('bash', ['--noprofile', '--norc'], { cwd, env, stdio: [...stdio] });
    const told = this.#process.stdio[3];
    if (!(told instanceof Readable)) throw new Error('The shell has no fourth stream.');
    this.#answers = createInterface({ input: told })[Symbol.asyncIterator]();
    // A reader would stop at the first command that fails, and so does a block.
    this.#say('trap \'return "$?"\' ERR');
  }

  /** Runs a block to its end, with what it reads from standard input. */
  async run(text: string): Promise<Outcome> {
    const { file, log } = this.#write(text);
    this.#say(`. '${file}' >'${log}' 2>&1 </dev/null`);
    this.#say('echo "$?" >&3');
    const exitCode = Number((await this.#answers.next()).value ?? Number.NaN);
    return { exitCode, output: readFileSync(log, 'utf8') };
  }

  /** Starts a block in a terminal of its own, with the variables as they are now. */
  async start(text: string): Promise<Running> {
    const { file, log } = this.#write(text);
    this.#say(`env -0 >'${file}.env'; pwd >&3`);
    const cwd: string = (await this.#answers.next()).value ?? this.#place.folder;
    const own = { KEYTURN_PORT: this.#place.serverPort };
    const env = { ...variablesIn(readFileSync(`${file}.env`, 'utf8')), ...own };
    const out = openSync(log, 'w');
    const stdio = ['ignore', out, out] as const;
    const child = spawn('bash', [file], { cwd, env, stdio: [...stdio], detached: true });
    const ended = once(child, 'exit');
    return {
      output: () => readFileSync(log, 'utf8'),
      exitCode: () => child.exitCode ?? (child.signalCode === null ? undefined : -1),
      stop: async () => {
        signalGroup(child, 'SIGINT');
        const isLate = await Promise.race([ended.then(() => false), lateAfter(STOP_WITHIN_MS)]);
        signalGroup(child, 'SIGKILL');
        if (isLate) throw new Error(`It did not end on Ctrl+C:\n${readFileSync(log, 'utf8')}`);
      },
    };
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }

  #write(text: string): { readonly file: string; readonly log: string } {
    this.#blockCount += 1;
    const file = join(this.#place.folder, `.block-${this.#blockCount}`);
    writeFileSync(file, text);
    return { file, log: `${file}.log` };
  }

  #say(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }
}

function variablesIn(text: string): NodeJS.ProcessEnv {
  const pairs = text.split('\0').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

/** To the program and all that it started. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}

async function lateAfter(durationMs: number): Promise<boolean> {
  await pause(durationMs, undefined, { ref: false });
  return true;
}
