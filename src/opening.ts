import { ClosedError, KeyturnError } from './errors.js';
import { OpeningLog } from './opening-log.js';
import type { Clock, Ports } from './ports.js';
import type { Runtime } from './runtime.js';
import type { Readiness } from './standing-views.js';

const RETRY_MS = 1_000; // After a failed opening: a flood of checks is no flood of connections.

/** Checks go on while the database is moved. */
const FROZEN: Readiness = {
  ready: true,
  code: 'store_frozen',
  detail: 'The database is being moved: checks are answered, and no change is taken.',
};

/** Opens on first use, once, and again after a failure; closes once. */
export class Opening {
  readonly #clock: Clock;
  readonly #start: (waits: (sentence: string) => void) => Promise<Runtime>;
  readonly #said: OpeningLog;
  #current: Runtime | undefined;
  #underWay: Promise<Runtime> | undefined;
  #failure: { readonly error: unknown; readonly atMs: number } | undefined;
  #isClosed = false;

  /** `start` is told whom to tell that it has to wait. */
  constructor(
    { clock, log }: Pick<Ports, 'clock' | 'log'>,
    start: (waits: (sentence: string) => void) => Promise<Runtime>,
  ) {
    this.#clock = clock;
    this.#start = start;
    this.#said = new OpeningLog(log);
  }

  /** What is open now; undefined before the first opening and after closing. */
  get current(): Runtime | undefined {
    return this.#current;
  }

  /** @throws {KeyturnError} it cannot be opened; the next try is made a second later. */
  async open(): Promise<Runtime> {
    if (this.#isClosed) throw new ClosedError('This Keyturn is closed. Make another one.');
    if (this.#current !== undefined) return this.#current;
    const nowMs = this.#clock.monotonicMs();
    if (this.#failure !== undefined && nowMs - this.#failure.atMs < RETRY_MS)
      throw this.#failure.error;
    this.#underWay ??= this.#startOnce();
    return this.#underWay;
  }

  /** Whether answers may be given now; tries to open. */
  async readiness(): Promise<Readiness> {
    try {
      const { freshness, verifier, feed } = await this.open();
      if (freshness.fault !== undefined) throw freshness.fault;
      if (freshness.isWithin(verifier.keyspaces.boundMs, freshness.nowMs())) {
        if (feed.standing.mode === 'frozen') return FROZEN;
        return { ready: true, code: null, detail: null };
      }
      const detail = 'The database has not answered within the staleness bound.';
      return { ready: false, code: 'store_unavailable', detail };
    } catch (error) {
      if (error instanceof KeyturnError) {
        return { ready: false, code: error.code, detail: error.message };
      }
      return { ready: false, code: 'internal', detail: 'The database could not be opened.' };
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const runtime = await this.#underWay?.catch(() => undefined);
    this.#current = undefined;
    await runtime?.close();
  }

  async #startOnce(): Promise<Runtime> {
    try {
      const runtime = await this.#start((sentence) => this.#said.waits(sentence));
      if (!this.#isClosed) this.#current = runtime;
      this.#failure = undefined;
      this.#said.opened();
      return runtime;
    } catch (error) {
      this.#failure = { error, atMs: this.#clock.monotonicMs() };
      this.#underWay = undefined;
      this.#said.failed(error);
      throw error;
    }
  }
}
