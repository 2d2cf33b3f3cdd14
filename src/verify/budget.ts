import { hostOf } from '../keys/network.js';

const MAX_ADDRESSES = 10_000; // About 1 MB.
/** Unknown keys an address may try: a hundred at once, and ten a second after that. */
const RATE: Rate = { burst: 100, perMs: 10 / 1_000 };
/** Lookups for all addresses that have tried them: a good key is known only once it was found. */
const SPENT_RATE: Rate = { burst: 500, perMs: 500 / 1_000 };
/** What an address is told of its budget: how many, in how many seconds. */
export const BUDGET = {
  name: 'unknown-keys',
  quota: RATE.burst,
  windowSeconds: Math.round(RATE.burst / RATE.perMs / 1_000),
} as const;
const SPENT_AT_ONCE = 4; // For one such address.
const FREE = () => {};

export interface Rate {
  readonly burst: number;
  readonly perMs: number;
}

export interface Bucket {
  tokens: number;
  at: number;
}

/**
 * How many unknown keys an address may try. A key that is found costs nothing. What comes from an
 * address beyond it is looked up all the same, as long as that stays within narrower bounds. An
 * IPv6 network (/64) is one address.
 */
export class FailureBudget {
  readonly #buckets = new Map<string, Bucket>();
  readonly #lookups = new Map<string, number>();
  readonly #spent: Bucket = { tokens: SPENT_RATE.burst, at: 0 };

  /** Lets an address cause a lookup. @returns what to call after it; undefined: not now. */
  beginLookup(address: string | undefined, nowMs: number): (() => void) | undefined {
    if (address === undefined || this.waitSeconds(address, nowMs) === 0) return FREE;
    const network = senderOf(address);
    const underWay = this.#lookups.get(network) ?? 0;
    refill(this.#spent, nowMs, SPENT_RATE);
    if (underWay >= SPENT_AT_ONCE || this.#spent.tokens < 1) return undefined;
    this.#spent.tokens -= 1;
    this.#lookups.set(network, underWay + 1);
    return () => this.#endLookup(network);
  }

  /** Seconds to wait until an address may try another unknown key; 0: go ahead. */
  waitSeconds(address: string | undefined, nowMs: number): number {
    if (address === undefined) return 0;
    const bucket = this.#buckets.get(senderOf(address));
    if (bucket === undefined) return 0;
    refill(bucket, nowMs, RATE);
    return bucket.tokens >= 1 ? 0 : Math.ceil((1 - bucket.tokens) / RATE.perMs / 1_000);
  }

  /** A lookup found nothing. */
  spend(address: string | undefined, nowMs: number): void {
    if (address === undefined) return;
    const network = senderOf(address);
    const bucket = this.#buckets.get(network) ?? { tokens: RATE.burst, at: nowMs };
    refill(bucket, nowMs, RATE);
    bucket.tokens = Math.max(0, bucket.tokens - 1);
    this.#buckets.delete(network); // The least recently failing address is forgotten first.
    this.#buckets.set(network, bucket);
    if (this.#buckets.size <= MAX_ADDRESSES) return;
    const oldest = this.#buckets.keys().next().value;
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }

  #endLookup(network: string): void {
    const left = (this.#lookups.get(network) ?? 0) - 1;
    if (left > 0) this.#lookups.set(network, left);
    else this.#lookups.delete(network);
  }
}

export function refill(bucket: Bucket, nowMs: number, { burst, perMs }: Rate): void {
  const passedMs = Math.max(0, nowMs - bucket.at);
  bucket.tokens = Math.min(burst, bucket.tokens + passedMs * perMs);
  bucket.at = nowMs;
}

/** What shares a budget; a host that names its callers by something else than addresses may. */
export function senderOf(address: string): string {
  return hostOf(address) ?? address;
}
