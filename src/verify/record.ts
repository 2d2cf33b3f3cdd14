import type { KeyspaceId } from '../keys/id.js';
import type { ConsumerOutcome } from '../store/consumers.js';
import type { RefusalCode } from '../verdict.js';
import { AcceptedTally, type Taken } from './accepted.js';
import { Consumers } from './consumers.js';
import type { Entry } from './entry.js';
import { RefusedTally } from './refused.js';
import { type Asked, Senders } from './senders.js';

/** Refusals that tell of who has not moved yet, or came too late. */
const TOLD_OF: Readonly<Partial<Record<RefusalCode, ConsumerOutcome>>> = {
  browned_out: 'browned_out',
  disabled: 'refused',
  revoked: 'refused',
};

/** Counts checks in memory, by secret and hour and by consumer, until they are taken for a flush. */
export class Recorder {
  readonly #senders = new Senders();
  readonly #consumers = new Consumers();
  readonly #accepted = new AcceptedTally(this.#senders, this.#consumers);
  readonly #refused = new RefusedTally();

  /** Counts an accepted check. */
  accept(entry: Entry, request: Asked, nowMs: number): void {
    this.#accepted.add(entry, request, nowMs);
  }

  /** Counts a refused check of a secret that exists. */
  // biome-ignore lint/complexity/useMaxParams: as for who calls it, at every check.
  refuse(entry: Entry, code: RefusalCode, request: Asked, nowMs: number): void {
    const { key, secret } = entry.accepted;
    const keyspaceId = entry.profile.keyspace.id;
    const of = { keyspaceId, keyId: key.id, secretNumber: secret.number };
    this.#refused.add(of, code, nowMs);
    const outcome = TOLD_OF[code];
    if (outcome === undefined) return;
    const sender = this.#senders.of(request);
    const consumer = this.#consumers.of(entry, sender);
    if (entry.sender !== sender) {
      entry.sender = sender;
      entry.round = -1; // Its slot is of who was accepted last.
    }
    this.#refused.see({ ...of, consumer }, outcome, nowMs);
  }

  /** Counts a refused check where no key was found. */
  refuseUnknown(keyspaceId: KeyspaceId, code: RefusalCode, nowMs: number): void {
    this.#refused.add({ keyspaceId, keyId: null, secretNumber: 0 }, code, nowMs);
  }

  /** Which of a keyspace's consumers sends this. */
  consumerIdOf(keyspaceId: KeyspaceId, request: Asked): string {
    return this.#consumers.idOf(keyspaceId, this.#senders.of(request));
  }

  /**
   * All counts since the last call; what is counted from now on is not among them. Unless it
   * `isWhole`, who uses a secret as before is told later.
   */
  take(isWhole: boolean): Taken {
    const [accepted, refused] = [this.#accepted.take(isWhole), this.#refused.take()];
    return {
      counts: [...accepted.counts, ...refused.counts],
      consumers: [...accepted.consumers, ...refused.consumers],
      lostCount: accepted.lostCount + refused.lostCount,
    };
  }

  /** Sums since the start, for metrics. */
  totals(): { valid: number; lost: number; refused: ReadonlyMap<RefusalCode, number> } {
    const [{ valid, lost }, refusals] = [this.#accepted.totals(), this.#refused.totals()];
    return { valid, lost: lost + refusals.lost, refused: refusals.refused };
  }
}
