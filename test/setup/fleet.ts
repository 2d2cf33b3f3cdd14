import { setTimeout } from 'node:timers/promises';
import { DEFAULT_STALENESS_MS } from '../../src/keys/keyspace.js';
import { type InternalOptions, makeKeyturn } from '../../src/keyturn.js';
import type { KeyturnOptions } from '../../src/options.js';
import { type Log, type LogFields, systemPorts } from '../../src/ports.js';
import type { CreatedKey, Keyturn } from '../../src/public.js';
import type { Store } from '../../src/store/store.js';
import type { Verdict, VerifyRequest } from '../../src/verdict.js';
import type { KeyInput } from '../../src/views.js';
import type { Data, DataKind } from './data.js';
import { HeldClock, HeldTimers } from './held-clock.js';
import { MeddledStore } from './meddled-store.js';

const FEED_INTERVAL_MS = 100;
const STEP_MS = 100;
const TURNS_A_WAKE = 50; // More often, and a feed is kept busy with being woken.
const BUSY_TURNS = 200; // Of the event loop; after them a wait gives the processor away.
const MAX_TURNS = 20_000;
const MOST_WAIT_MS = 1_000; // A lock that a test holds may keep a call for good.

/** What a fleet is started with. */
export interface FleetOptions extends Pick<DataKind, 'create'> {
  /** One object each, with connections of its own. Default: two servers. */
  readonly roles?: readonly ('server' | 'tool')[];
  readonly cacheBytes?: number;
  readonly options?: Partial<KeyturnOptions>;
  readonly internal?: Pick<InternalOptions, 'destinations' | 'sealKey'>;
  /** Of a fleet that was before it. Default: one of its own. */
  readonly clock?: HeldClock;
}

/** One line of the log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
}

/** One Keyturn of a fleet. */
export class Instance {
  readonly keyturn: Keyturn;
  readonly store: MeddledStore;
  readonly #timers: HeldTimers;

  constructor(keyturn: Keyturn, store: MeddledStore, timers: HeldTimers) {
    this.keyturn = keyturn;
    this.store = store;
    this.#timers = timers;
  }

  issue(input: Partial<KeyInput> = {}): Promise<CreatedKey> {
    return this.keyturn.keys.create({ name: 'Acme CI', ...input });
  }

  async verify(
    { plaintext }: { readonly plaintext: string },
    options: Partial<VerifyRequest> = {},
  ): Promise<Verdict> {
    return this.keyturn.verify({ ...options, plaintext });
  }

  /** The last change that it has taken in. */
  get sequence(): number {
    return this.metric('keyturn_feed_sequence');
  }

  metric(name: string): number {
    return this.keyturn.metrics().find((sample) => sample.name === name)?.value ?? Number.NaN;
  }

  /** Lets its feed run until it has taken in all up to `sequence`. */
  async catchUp(sequence: number): Promise<void> {
    let turns = 0;
    await until(`sequence ${sequence} is taken in`, () => {
      if (this.sequence >= sequence) return true;
      this.#timers.runAllWithin(FEED_INTERVAL_MS);
      // While time stands still no poll falls due, so what was missed would never be heard of.
      if (this.store.kind !== 'sqlite' && turns % TURNS_A_WAKE === 0) this.store.wake();
      turns += 1;
      return false;
    });
  }

  /** Lets its feed run until its cache may be believed, by the default bound. */
  async refresh(): Promise<void> {
    await until('the cache is proved true', () => {
      if (this.metric('keyturn_cache_age_seconds') * 1_000 < DEFAULT_STALENESS_MS) return true;
      this.#timers.runAllWithin(FEED_INTERVAL_MS);
      return false;
    });
  }

  /** It waits for its store, or sleeps and goes on by itself. */
  get isBusy(): boolean {
    return this.store.underWay > 0 || this.#timers.sleepCount > 0;
  }

  /** What is due now: polls, heartbeats, flushes. */
  runDue(): void {
    this.#timers.runDue();
  }
}

/** Several Keyturns on one database, whose time stands still until it is moved. */
export class Fleet {
  readonly clock: HeldClock;
  readonly data: Data;
  readonly log: LogLine[];
  readonly #instances: Instance[];
  readonly #dead: Instance[] = [];
  readonly #start: () => Promise<Instance>;

  constructor(
    of: Pick<Fleet, 'clock' | 'data' | 'log' | 'instances'>,
    start: () => Promise<Instance>,
  ) {
    this.clock = of.clock;
    this.data = of.data;
    this.log = of.log;
    this.#instances = [...of.instances];
    this.#start = start;
  }

  get instances(): readonly Instance[] {
    return this.#instances;
  }

  /** One dies as it is, and whatever it held with it; another server starts in its place. */
  async replace(index: number): Promise<void> {
    const dead = this.at(index);
    dead.store.isLost = true;
    this.#dead.push(dead);
    this.#instances[index] = await this.#start();
  }

  at(index: number): Instance {
    const instance = this.instances[index];
    if (instance === undefined) throw new Error(`The fleet has no instance ${index}.`);
    return instance;
  }

  /** The sequence of the last change that any of them made. */
  get sequence(): number {
    return Math.max(...this.instances.map(({ store }) => store.lastSequence));
  }

  /** Each of them takes in all that was changed. */
  async settle(): Promise<void> {
    const { sequence } = this;
    for (const instance of this.instances) await instance.catchUp(sequence);
  }

  /** One instance hears no more of what the others change. */
  cutFeed(index: number): void {
    this.at(index).store.isFeedCut = true;
  }

  /**
   * Time passes in small steps, and what is due runs. No step outruns the database: on a busy machine
   * an instance would else be too late with its heartbeats, and be counted as gone.
   */
  async passMs(durationMs: number): Promise<void> {
    for (let left = durationMs; left > 0; left -= STEP_MS) {
      this.clock.advanceMs(Math.min(left, STEP_MS));
      for (const instance of this.instances) instance.runDue();
      await turn();
      await this.#answered();
    }
  }

  /** What the database was being asked has been answered. */
  async #answered(): Promise<void> {
    const asked = this.instances.flatMap(({ store }) => [...store.atDatabase]);
    if (asked.length === 0) return;
    const longEnough = new AbortController();
    const { signal } = longEnough;
    await Promise.race([
      Promise.allSettled(asked),
      setTimeout(MOST_WAIT_MS, undefined, { signal }).catch(() => undefined),
    ]);
    longEnough.abort();
  }

  async close(): Promise<void> {
    for (const { keyturn, store } of [...this.#dead, ...this.#instances]) {
      store.before = undefined;
      store.after = undefined;
      await keyturn.close();
    }
    await this.data.remove();
  }
}

/** Starts Keyturns on a new database, and opens them. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { create, roles = ['server', 'server'], clock = new HeldClock() } = options;
  const data = await create();
  const log: LogLine[] = [];
  const instances: Instance[] = [];
  for (const role of roles) {
    instances.push(await startInstance({ ...options, data, clock, log, role }));
  }
  const start = () => startInstance({ ...options, data, clock, log, role: 'server' });
  return new Fleet({ clock, data, log, instances }, start);
}

interface InstanceOptions extends FleetOptions {
  readonly data: Data;
  readonly clock: HeldClock;
  readonly log: LogLine[];
  readonly role: 'server' | 'tool';
}

async function startInstance(of: InstanceOptions): Promise<Instance> {
  const { data, clock, role, cacheBytes } = of;
  const timers = new HeldTimers(clock);
  const ports = { ...systemPorts(logInto(of.log)), clock, timers };
  const store = new MeddledStore(keptOpen(data, await data.open(ports)), () => clock.nowMs());
  const keyturn = await makeKeyturn(
    { ...of.options, database: data.url },
    {
      passwordCost: { N: 2 ** 10, r: 8, p: 1 }, // Passwords of tests guard nothing.
      ...of.internal,
      role,
      ports,
      openStore: async () => store,
      ...(cacheBytes === undefined ? {} : { cacheBytes }),
    },
  );
  await keyturn.open();
  return new Instance(keyturn, store, timers);
}

/** A store in memory is shared, so only the end of its data closes it. */
function keptOpen({ url }: Data, store: Store): Store {
  if (url !== 'memory:') return store;
  return new Proxy(store, {
    get(target, name) {
      if (name === 'close') return async () => {};
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function logInto(lines: LogLine[]): Log {
  const at = (level: LogLine['level']) => (fields: LogFields, message: string) => {
    lines.push({ level, fields, message });
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Waits for what comes by itself. @throws after about half a minute. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let turns = 0; turns < MAX_TURNS; turns += 1) {
    if (isSo()) return;
    await (turns < BUSY_TURNS ? turn() : setTimeout(1));
  }
  throw new Error(`It did not come about that ${what}.`);
}

/** One turn of the event loop: what has arrived is handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
