import type { Client } from 'pg';
import type { Ports } from '../../ports.js';

/** The channel on which a commit tells of itself. */
export const CHANNEL = 'keyturn_changes';

/** A network that swallows everything never answers a goodbye. */
const GOODBYE_TIMEOUT_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

interface ListenerOptions {
  readonly createClient: () => Client;
  readonly ports: Pick<Ports, 'timers' | 'log'>;
}

/**
 * Hears of other instances' commits (LISTEN). It only makes the feed faster: what it misses while
 * its connection is lost, the poll finds, and every new connection wakes the feed once.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #wakes = new Set<() => void>();
  #client: Client | undefined;
  #stopPause: (() => void) | undefined;
  #lostCount = 0;
  #isClosed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Connects when the first one listens: a command-line call needs none of it. */
  onWake(wake: () => void): () => void {
    this.#wakes.add(wake);
    if (this.#wakes.size === 1 && this.#client === undefined) this.#connect();
    return () => this.#wakes.delete(wake);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wakes.clear();
    this.#stopPause?.();
    if (this.#client !== undefined) await this.#goodbye(this.#client);
  }

  #connect(): void {
    if (this.#isClosed) return;
    const client = this.#options.createClient();
    this.#client = client;
    client.on('notification', this.#wakeAll);
    let isLost = false;
    const lose = () => {
      if (isLost) return; // A break shows as an error, as an end, or as both.
      isLost = true;
      this.#reconnectLater(client);
    };
    client.on('error', lose);
    client.on('end', lose);
    this.#listen(client).catch(lose);
  }

  async #listen(client: Client): Promise<void> {
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    this.#lostCount = 0;
    this.#wakeAll();
  }

  #reconnectLater(client: Client): void {
    client.end().catch(() => undefined); // It is lost: there is nobody to say goodbye to.
    if (this.#isClosed) return;
    const { timers, log } = this.#options.ports;
    if (this.#lostCount === 0) {
      log.warn({ room: 'store' }, 'The connection that listens for changes was lost.');
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#lostCount, LONGEST_PAUSE_MS);
    this.#lostCount += 1;
    const stop = timers.every(pauseMs, () => {
      stop();
      this.#connect();
    });
    this.#stopPause = stop;
  }

  #goodbye(client: Client): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.#options.ports.timers.every(GOODBYE_TIMEOUT_MS, () => finish());
      const finish = () => {
        stop();
        resolve();
      };
      client.end().then(finish, finish);
    });
  }

  readonly #wakeAll = (): void => {
    for (const wake of this.#wakes) wake();
  };
}
