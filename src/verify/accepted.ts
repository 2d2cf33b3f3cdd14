import type { KeyId, KeyspaceId } from '../keys/id.js';
import type { Consumer, ConsumerCount } from '../store/consumers.js';
import { HOUR_MS, hourOf, type UsageCount } from '../store/usage.js';
import type { Consumers } from './consumers.js';
import type { Entry } from './entry.js';
import { type Asked, isFrom, type KnownSender, type Senders } from './senders.js';

const FIRST_SLOTS = 1_024;
const MAX_SLOTS = 1_048_576; // Secrets used between two whole flushes, 46 MB; beyond it: told as lost.
const MAX_SENDERS = 64; // Of one secret that are found without asking which consumer they are.
const NO_SLOT = -1;

/** What was counted since it was asked for last. */
export interface Taken {
  readonly counts: readonly UsageCount[];
  readonly consumers: readonly ConsumerCount[];
  /** How many checks were not counted since the start, for want of room. */
  readonly lostCount: number;
}

/** A secret whose checks are counted. */
interface Secret {
  readonly keyspaceId: KeyspaceId;
  readonly keyId: KeyId;
  readonly secretNumber: number;
  readonly isRetiring: boolean;
}

/** Where one secret's uses by others than the last sender are counted. */
interface Others {
  readonly ofSender: Map<KnownSender, number>;
  /** By the consumer's id. */
  readonly ofConsumer: Map<string, number>;
}

/**
 * Counts accepted checks in memory, by secret and consumer. Each pair of them has a slot, a place in
 * a few arrays: who asks again as the last one did costs two numbers.
 */
export class AcceptedTally {
  readonly #senders: Senders;
  readonly #consumers: Consumers;
  #counts = new Uint32Array(FIRST_SLOTS);
  #lastAts = new Float64Array(FIRST_SLOTS);
  /** How many are taken already, as uses of a secret and as uses by a consumer. */
  #told = new Uint32Array(FIRST_SLOTS);
  #toldOfConsumer = new Uint32Array(FIRST_SLOTS);
  /** From when on they are not taken as uses by a consumer. */
  #firstAts = new Float64Array(FIRST_SLOTS);
  /** No entries: those that the cache drops are let go of. */
  readonly #secrets: Secret[] = [];
  readonly #users: Consumer[] = [];
  /** 1: its consumer had not used the secret before. */
  #isNew = new Uint8Array(FIRST_SLOTS);
  /** Slots of secrets that were used by more than one sender. */
  #others = new WeakMap<Entry, Others>();
  #round = 0;
  #sealed: { readonly counts: UsageCount[]; readonly consumers: ConsumerCount[] } = nothing();
  #hourEndsAt = Number.NEGATIVE_INFINITY;
  #sealedCount = 0;
  #lostCount = 0;

  constructor(senders: Senders, consumers: Consumers) {
    this.#senders = senders;
    this.#consumers = consumers;
  }

  /** Counts one. */
  add(entry: Entry, request: Asked, nowMs: number): void {
    let { slot } = entry;
    if (entry.round !== this.#round || !this.#isThisHour(nowMs) || !isFromLast(entry, request)) {
      slot = this.#slotOf(entry, request, nowMs);
      if (slot === NO_SLOT) return;
    }
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#lastAts[slot] = nowMs;
  }

  /**
   * What was counted since the last call. By consumer: of who is new to a secret, and of secrets
   * that are retiring, whose users are waited for; all others where it `isWhole`.
   */
  take(isWhole: boolean): Taken {
    if (isWhole) this.#seal();
    else this.#tell((slot, { isRetiring }) => isRetiring || this.#isNew[slot] === 1);
    const taken = { ...this.#sealed, lostCount: this.#lostCount };
    this.#sealed = nothing();
    this.#isNew.fill(0, 0, this.#secrets.length);
    return taken;
  }

  /** Sums since the start, for metrics. */
  totals(): { readonly valid: number; readonly lost: number } {
    let valid = this.#sealedCount;
    for (let slot = 0; slot < this.#secrets.length; slot += 1) valid += this.#counts[slot] ?? 0;
    return { valid, lost: this.#lostCount };
  }

  /** Clocks that were set wrong are set back, too. */
  #isThisHour(nowMs: number): boolean {
    return nowMs < this.#hourEndsAt && nowMs >= this.#hourEndsAt - HOUR_MS;
  }

  #slotOf(entry: Entry, request: Asked, nowMs: number): number {
    if (!this.#isThisHour(nowMs)) {
      this.#seal();
      this.#hourEndsAt = hourOf(nowMs) + HOUR_MS;
    }
    const isLast = isFromLast(entry, request);
    const sender = (isLast ? entry.sender : undefined) ?? this.#senders.of(request);
    if (sender === entry.sender && entry.round === this.#round) return entry.slot;
    const others = this.#left(entry);
    const slot = others?.ofSender.get(sender) ?? this.#slotOfConsumer(entry, { sender, nowMs });
    if (slot === NO_SLOT) return slot;
    entry.slot = slot;
    entry.round = this.#round;
    entry.sender = sender;
    return slot;
  }

  /** Another sender comes: where the last one is counted is found again. */
  #left(entry: Entry): Others | undefined {
    const { slot, sender } = entry;
    const consumer = entry.round === this.#round ? this.#users[slot] : undefined;
    if (consumer === undefined || sender === undefined) return this.#others.get(entry);
    const others = this.#others.get(entry) ?? { ofSender: new Map(), ofConsumer: new Map() };
    this.#others.set(entry, others);
    others.ofConsumer.set(consumer.id, slot);
    if (others.ofSender.size < MAX_SENDERS) others.ofSender.set(sender, slot);
    return others;
  }

  #slotOfConsumer(
    entry: Entry,
    { sender, nowMs }: { readonly sender: KnownSender; readonly nowMs: number },
  ): number {
    const consumer = this.#consumers.of(entry, sender);
    const known = this.#others.get(entry)?.ofConsumer.get(consumer.id);
    if (known !== undefined) return known;
    const slot = this.#open(entry, consumer, nowMs);
    if (slot !== NO_SLOT) this.#isNew[slot] = sender === entry.sender ? 0 : 1;
    return slot;
  }

  #open(entry: Entry, consumer: Consumer, nowMs: number): number {
    const slot = this.#secrets.length;
    if (slot >= MAX_SLOTS) {
      this.#lostCount += 1;
      return NO_SLOT;
    }
    if (slot >= this.#counts.length) this.#grow();
    this.#secrets.push(secretOf(entry));
    this.#users.push(consumer);
    this.#counts[slot] = 0;
    this.#told[slot] = 0;
    this.#toldOfConsumer[slot] = 0;
    this.#firstAts[slot] = nowMs;
    return slot;
  }

  #grow(): void {
    const length = this.#counts.length * 2;
    const wider = <T extends Uint8Array | Uint32Array | Float64Array>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    this.#counts = wider(this.#counts, new Uint32Array(length));
    this.#lastAts = wider(this.#lastAts, new Float64Array(length));
    this.#told = wider(this.#told, new Uint32Array(length));
    this.#toldOfConsumer = wider(this.#toldOfConsumer, new Uint32Array(length));
    this.#firstAts = wider(this.#firstAts, new Float64Array(length));
    this.#isNew = wider(this.#isNew, new Uint8Array(length));
  }

  /** Tells all of it, and frees the slots. */
  #seal(): void {
    this.#tell(() => true);
    for (let slot = 0; slot < this.#secrets.length; slot += 1) {
      this.#sealedCount += this.#counts[slot] ?? 0;
    }
    this.#secrets.length = 0;
    this.#users.length = 0;
    this.#others = new WeakMap();
    this.#round += 1;
  }

  /** Adds what is not told yet to what is taken next: uses by consumer only of those wanted. */
  #tell(isWanted: (slot: number, secret: Secret) => boolean): void {
    const hourAt = this.#hourEndsAt - HOUR_MS;
    for (const [slot, secret] of this.#secrets.entries()) {
      const { keyspaceId, keyId, secretNumber } = secret;
      const of = { keyspaceId, keyId, secretNumber };
      const sum = this.#counts[slot] ?? 0;
      const lastAt = this.#lastAts[slot] ?? 0;
      const count = sum - (this.#told[slot] ?? 0);
      if (count > 0) {
        this.#sealed.counts.push({ ...of, hourAt, outcome: 'valid', count, lastAt });
        this.#told[slot] = sum;
      }
      const countOfConsumer = sum - (this.#toldOfConsumer[slot] ?? 0);
      const consumer = this.#users[slot];
      if (countOfConsumer === 0 || consumer === undefined || !isWanted(slot, secret)) continue;
      const firstAt = this.#firstAts[slot] ?? lastAt;
      const times = { count: countOfConsumer, firstAt, lastAt };
      this.#sealed.consumers.push({ ...of, outcome: 'valid', consumer, ...times });
      this.#toldOfConsumer[slot] = sum;
      this.#firstAts[slot] = lastAt;
    }
  }
}

function nothing(): { readonly counts: UsageCount[]; readonly consumers: ConsumerCount[] } {
  return { counts: [], consumers: [] };
}

function isFromLast({ sender }: Entry, request: Asked): boolean {
  return sender !== undefined && isFrom(sender, request);
}

function secretOf({ accepted, profile }: Entry): Secret {
  const { key, secret } = accepted;
  return {
    keyspaceId: profile.keyspace.id,
    keyId: key.id,
    secretNumber: secret.number,
    isRetiring: secret.state === 'retiring',
  };
}
