import { type HashEngine, isHashOf } from '../keys/derive-hash.js';
import type { DjangoHash } from '../keys/django-hash.js';
import { type Bucket, type Rate, refill, senderOf } from './budget.js';

const AT_ONCE = 2; // Each holds a thread for up to seconds; what Node does with files needs some, too.
const LONGEST_WAIT_MS = 8_000; // A client does not wait for longer.
const FIRST_COST_MS = 80; // Of one, before any was made: Django's own of the last years.
const WEIGHT = 0.1; // Of the last one in what they cost.
const MOST_WAITING = 512;
const MAX_NETWORKS = 10_000; // About 1 MB.
/** Texts that match no hash: together … */
const RATE: Rate = { burst: 20, perMs: 2 / 1_000 };
/** … and of one network. What matches costs nothing of either. */
const NETWORK_RATE: Rate = { burst: 5, perMs: 1 / 2_000 };

/** Whether a text is what a hash was made of, or when to ask again. */
export type HashCheck =
  | { readonly kind: 'match' | 'other' }
  | { readonly kind: 'limited'; readonly retryAfter: number };

/** One text that has to be held against a hash. */
export interface HashQuestion {
  readonly plaintext: string;
  readonly hash: DjangoHash;
  readonly address: string | undefined;
  readonly nowMs: number;
}

/**
 * Makes slow hashes, a few at a time, and none beyond a rate for who guesses: a check that needs
 * one costs what a thousand others cost.
 */
export class SlowHashes {
  readonly #engine: HashEngine;
  readonly #monotonicMs: () => number;
  readonly #all: Bucket = { tokens: RATE.burst, at: 0 };
  readonly #networks = new Map<string, Bucket>();
  readonly #waiting: Waiting[] = [];
  #runningCount = 0;
  #madeCount = 0;
  #costMs = FIRST_COST_MS;

  constructor(engine: HashEngine, monotonicMs: () => number) {
    this.#engine = engine;
    this.#monotonicMs = monotonicMs;
  }

  /** How many were made since the start, for metrics. */
  get madeCount(): number {
    return this.#madeCount;
  }

  /** @throws {KeyturnError} the hash cannot be made here. */
  async check(question: HashQuestion): Promise<HashCheck> {
    const { address, nowMs, plaintext, hash } = question;
    const buckets = this.#bucketsOf(address, nowMs);
    const limited = limitOf(buckets);
    if (limited !== undefined) return limited;
    const sender = address === undefined ? undefined : senderOf(address);
    if (this.#isFullFor(sender)) return FULL;
    await this.#begin(sender);
    try {
      // Only now: what waits has guessed nothing yet, and good keys of one network come together.
      const exhausted = limitOf(buckets);
      if (exhausted !== undefined) return exhausted;
      for (const { bucket } of buckets) bucket.tokens -= 1;
      this.#madeCount += 1;
      if (!(await this.#isOf(plaintext, hash))) return { kind: 'other' };
      for (const { bucket } of buckets) bucket.tokens += 1; // Whoever has the key guesses nothing.
      return { kind: 'match' };
    } finally {
      this.#end();
    }
  }

  #bucketsOf(address: string | undefined, nowMs: number): readonly Limited[] {
    refill(this.#all, nowMs, RATE);
    const all = { bucket: this.#all, rate: RATE };
    if (address === undefined) return [all];
    const network = senderOf(address);
    const bucket = this.#networks.get(network) ?? { tokens: NETWORK_RATE.burst, at: nowMs };
    refill(bucket, nowMs, NETWORK_RATE);
    this.#networks.delete(network); // The one that asked least recently is forgotten first.
    this.#networks.set(network, bucket);
    if (this.#networks.size > MAX_NETWORKS) {
      const oldest = this.#networks.keys().next().value;
      if (oldest !== undefined) this.#networks.delete(oldest);
    }
    return [all, { bucket, rate: NETWORK_RATE }];
  }

  async #isOf(plaintext: string, hash: DjangoHash): Promise<boolean> {
    const startedAt = this.#monotonicMs();
    const isMatch = await isHashOf(plaintext, hash, this.#engine);
    this.#costMs += WEIGHT * (this.#monotonicMs() - startedAt - this.#costMs);
    return isMatch;
  }

  /** Nobody waits for longer than a client does, and half of the places are for other networks. */
  #isFullFor(sender: string | undefined): boolean {
    const made = (LONGEST_WAIT_MS * AT_ONCE) / Math.max(1, this.#costMs); // In that time.
    const places = Math.min(MOST_WAITING, Math.floor(made));
    if (this.#waiting.length >= Math.max(AT_ONCE, places)) return true;
    if (sender === undefined) return false; // It may be anybody's.
    const ofSender = this.#waiting.filter((one) => one.sender === sender);
    return ofSender.length >= Math.max(1, places / 2);
  }

  async #begin(sender: string | undefined): Promise<void> {
    if (this.#runningCount < AT_ONCE) this.#runningCount += 1;
    else await new Promise<void>((begin) => this.#waiting.push({ sender, begin }));
  }

  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#runningCount -= 1;
    else next.begin();
  }
}

interface Waiting {
  /** The network; undefined: nobody knows it. */
  readonly sender: string | undefined;
  readonly begin: () => void;
}

interface Limited {
  readonly bucket: Bucket;
  readonly rate: Rate;
}

const FULL: HashCheck = { kind: 'limited', retryAfter: 1 };

/** That no more may be made now; undefined: one may. */
function limitOf(buckets: readonly Limited[]): HashCheck | undefined {
  const waitMs = Math.max(...buckets.map(waitMsOf));
  return waitMs > 0 ? { kind: 'limited', retryAfter: Math.ceil(waitMs / 1_000) } : undefined;
}

function waitMsOf({ bucket, rate }: Limited): number {
  return bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / rate.perMs;
}
