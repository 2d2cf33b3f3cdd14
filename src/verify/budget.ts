import { isIP } from 'node:net';

const MAX_ADDRESSES = 10_000; // About 1 MB.
const BURST = 100; // Unknown keys an address may try at once …
const REFILL_PER_MS = 10 / 1_000; // … and ten a second after that.

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * How many unknown keys an address may make us look up. A key that is found costs nothing, and
 * one in the warm cache is never asked for its budget. An IPv6 network (/64) is one address.
 */
export class FailureBudget {
  readonly #buckets = new Map<string, Bucket>();

  /** Seconds to wait before another lookup; 0: go ahead. */
  waitSeconds(address: string | undefined, nowMs: number): number {
    if (address === undefined) return 0;
    const bucket = this.#buckets.get(networkOf(address));
    if (bucket === undefined) return 0;
    refill(bucket, nowMs);
    return bucket.tokens >= 1 ? 0 : Math.ceil((1 - bucket.tokens) / REFILL_PER_MS / 1_000);
  }

  /** A lookup found nothing. */
  spend(address: string | undefined, nowMs: number): void {
    if (address === undefined) return;
    const network = networkOf(address);
    const bucket = this.#buckets.get(network) ?? { tokens: BURST, at: nowMs };
    refill(bucket, nowMs);
    bucket.tokens = Math.max(0, bucket.tokens - 1);
    this.#buckets.delete(network); // The least recently failing address is forgotten first.
    this.#buckets.set(network, bucket);
    if (this.#buckets.size <= MAX_ADDRESSES) return;
    const oldest = this.#buckets.keys().next().value;
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

function refill(bucket: Bucket, nowMs: number): void {
  const passedMs = Math.max(0, nowMs - bucket.at);
  bucket.tokens = Math.min(BURST, bucket.tokens + passedMs * REFILL_PER_MS);
  bucket.at = nowMs;
}

function networkOf(address: string): string {
  if (isIP(address) !== 6 || address.toLowerCase().startsWith('::ffff:')) return address;
  const [front = '', back] = address.split('::');
  const groups = front === '' ? [] : front.split(':');
  const rest = back === undefined || back === '' ? [] : back.split(':');
  while (groups.length + rest.length < 8) groups.push('0');
  return [...groups, ...rest].slice(0, 4).join(':').toLowerCase();
}
