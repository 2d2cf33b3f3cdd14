import type { KeyId, KeyspaceId } from '../keys/id.js';

/**
 * What became of a consumer's checks: accepted, refused on trial, or refused because the secret
 * is disabled or revoked.
 * @public
 */
export type ConsumerOutcome = 'valid' | 'browned_out' | 'refused';

/**
 * One of the programs that use a secret, as far as they can be told apart.
 * @public
 */
export interface Consumer {
  /** A keyed hash of all that follows: what is compared. */
  readonly id: string;
  /** A keyed hash of the network alone; null: the address was not told. */
  readonly network: string | null;
  /** The sender's own word; null: none was sent. */
  readonly clientId: string | null;
  /** For people: network, agent family, client id. */
  readonly label: string;
}

/** Between the parts of a label. */
const PART = ' · ';

/**
 * A label for people, of a network, an agent family and, if one was sent, a client id.
 * @public
 */
export function labelOf(parts: readonly string[]): string {
  return parts.join(PART);
}

/**
 * The network of a consumer, as its label says it.
 * @public
 */
export function networkIn({ label }: Pick<Consumer, 'label'>): string {
  return label.split(PART)[0] ?? label;
}

/**
 * Stands for all whom there were too many of to tell them apart: any consumer may be among them.
 * @public
 */
export const OTHERS: Consumer = {
  id: 'others',
  network: null,
  clientId: null,
  label: 'others, too many to tell apart',
};

/**
 * A consumer's checks of one secret since the last flush.
 * @public
 */
export interface ConsumerCount {
  readonly keyspaceId: KeyspaceId;
  readonly keyId: KeyId;
  readonly secretNumber: number;
  readonly outcome: ConsumerOutcome;
  readonly consumer: Consumer;
  readonly count: number;
  /** Milliseconds UTC. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/**
 * All that is known of a consumer's checks of one secret.
 * @public
 */
export interface ConsumerUse extends ConsumerCount {
  /** The longest time between two of them, in milliseconds. */
  readonly longestGapMs: number;
}

/**
 * What follows when more checks of a known consumer are counted.
 * @public
 */
export function addedUse(known: ConsumerUse | undefined, more: ConsumerCount): ConsumerUse {
  if (known === undefined) return { ...more, longestGapMs: 0 };
  const gapMs = Math.max(0, more.firstAt - known.lastAt);
  return {
    ...known,
    count: known.count + more.count,
    firstAt: Math.min(known.firstAt, more.firstAt),
    lastAt: Math.max(known.lastAt, more.lastAt),
    longestGapMs: Math.max(known.longestGapMs, gapMs),
  };
}

/**
 * How long a consumer that is not seen any more is remembered, in milliseconds; while its key has
 * an open rotation, for longer.
 */
export const CONSUMER_MEMORY_MS = 90 * 24 * 3_600_000;
