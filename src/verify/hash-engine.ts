import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { DependencyMissingError, InternalError } from '../errors.js';
import type { HashEngine } from '../keys/derive-hash.js';

const PACKAGE = 'hash-wasm';

// A text and no file of its own: a bundler that packs an application would leave the file behind.
const SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const { argon2d, argon2i, argon2id, bcrypt } = require(workerData.path);
const argon2 = { argon2d, argon2i, argon2id };
const derive = (password, hash) =>
  hash.kind === 'bcrypt'
    ? bcrypt({ password, salt: hash.salt, costFactor: hash.cost, outputType: 'binary' })
    : argon2[hash.variant]({
        password,
        salt: hash.salt,
        memorySize: hash.memoryKib,
        iterations: hash.iterations,
        parallelism: hash.parallelism,
        hashLength: hash.length,
        outputType: 'binary',
      });
parentPort.on('message', async ({ id, password, hash }) => {
  try {
    parentPort.postMessage({ id, derived: await derive(password, hash) });
  } catch {
    parentPort.postMessage({ id, derived: undefined });
  }
});
`;

interface Pending {
  readonly resolve: (derived: Uint8Array) => void;
  readonly refuse: (fault: Error) => void;
}

interface Derived {
  readonly id: number;
  readonly derived: Uint8Array | undefined;
}

/** Makes argon2 and bcrypt hashes in a thread of its own, which begins with the first of them. */
export class WorkerEngine implements HashEngine {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 0;

  /** @throws {DependencyMissingError} the package that makes them is not installed. */
  derive(password: Uint8Array, hash: Parameters<HashEngine['derive']>[1]): Promise<Uint8Array> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    this.#nextId += 1;
    const id = this.#nextId;
    const { expected, ...asked } = hash;
    return new Promise((resolve, refuse) => {
      this.#pending.set(id, { resolve, refuse });
      worker.ref(); // While somebody waits, the process does not end.
      worker.postMessage({ id, password, hash: { ...asked, length: expected.length } });
    });
  }

  /** Ends the thread; who still waits hears of it. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
    this.#refuseAll();
  }

  #start(): Worker {
    const path = pathOfPackage();
    if (path === undefined) {
      throw new DependencyMissingError(
        `argon2 and bcrypt hashes are checked with the package ${PACKAGE}, which is not ` +
          `installed. Run: npm install ${PACKAGE}`,
      );
    }
    const worker = new Worker(SOURCE, { eval: true, workerData: { path }, execArgv: [], env: {} });
    worker.on('message', (said: Derived) => this.#settle(said));
    worker.on('error', () => this.#lose(worker));
    worker.on('exit', () => this.#lose(worker));
    worker.unref();
    return worker;
  }

  #settle({ id, derived }: Derived): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker?.unref();
    if (derived !== undefined) pending?.resolve(derived);
    else pending?.refuse(new InternalError('A stored hash could not be made again.'));
  }

  #lose(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#refuseAll();
  }

  #refuseAll(): void {
    const fault = new InternalError('The thread that makes slow hashes has ended.');
    for (const { refuse } of this.#pending.values()) refuse(fault);
    this.#pending.clear();
  }
}

/**
 * Whether argon2 and bcrypt hashes can be checked here.
 * @public
 */
export function hasHashPackage(): boolean {
  return pathOfPackage() !== undefined;
}

function pathOfPackage(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(PACKAGE);
  } catch {
    return undefined;
  }
}
