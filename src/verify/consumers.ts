import { createHmac } from 'node:crypto';
import type { KeyspaceId } from '../keys/id.js';
import { networkOf } from '../keys/network.js';
import { type Consumer, labelOf, OTHERS } from '../store/consumers.js';
import { AgentFamilies } from './agent.js';
import type { Entry } from './entry.js';
import type { KnownSender } from './senders.js';

// Whatever a sender says of itself, one secret has so many consumers, and no more.
const MAX_OF_SECRET = 1_024; // All further ones are counted together.
const MAX_AGENTS = 16; // Of one network; further ones are counted with it.
const MAX_IDS = 16; // Client ids of one network and agent, likewise.
const MAX_KEPT = 100_000; // Consumers of all secrets that are known apart; then they are met anew.
const MAX_HASHED = 10_000;
const CLIENT_ID = /^[\x21-\x7e]{1,64}$/;
const ID_LENGTH = 22;
const UNKNOWN_NETWORK = 'unknown network';
const OTHER_AGENTS = 'other agents';

interface Place {
  readonly network: string | null;
  readonly agent: string;
  readonly clientId: string | null;
}

/** A consumer, and what it is made of. */
interface Met extends Place {
  readonly consumer: Consumer;
}

/** Who is known of one secret, so that nobody makes it have any number of consumers. */
interface KnownOfSecret {
  readonly ids: Set<string>;
  readonly agents: Map<string, Set<string>>;
  readonly clientIds: Map<string, Set<string>>;
}

/** Says which of a secret's consumers a sender is. */
export class Consumers {
  readonly #agents = new AgentFamilies();
  readonly #hashed = new Map<string, Met>();
  readonly #bySender = new Map<KeyspaceId, WeakMap<KnownSender, Met>>();
  /** Most secrets have one, who is the last sender: it takes no place here. */
  #ofMany = new WeakMap<Entry, KnownOfSecret>();
  #keptCount = 0;

  /** `OTHERS`: the secret has too many to tell them apart. Whoever it was last stands in the entry. */
  of(entry: Entry, sender: KnownSender): Consumer {
    const keyspaceId = entry.profile.keyspace.id;
    const met = this.#met(keyspaceId, sender);
    const known = this.#ofMany.get(entry);
    if (known !== undefined) return this.#capped(keyspaceId, known, met);
    if (entry.sender === undefined) return met.consumer;
    const last = this.#met(keyspaceId, entry.sender);
    if (last.consumer.id === met.consumer.id) return met.consumer;
    const both = knownWith(last);
    this.#ofMany.set(entry, both);
    return this.#capped(keyspaceId, both, met);
  }

  /** Which of a keyspace's consumers a sender is, as far as there are not too many. */
  idOf(keyspaceId: KeyspaceId, sender: KnownSender): string {
    return this.#met(keyspaceId, sender).consumer.id;
  }

  #capped(keyspaceId: KeyspaceId, known: KnownOfSecret, met: Met): Consumer {
    if (known.ids.has(met.consumer.id)) return met.consumer;
    const capped = this.#hash(keyspaceId, cappedIn(known, met));
    if (known.ids.has(capped.consumer.id)) return capped.consumer;
    if (known.ids.size >= MAX_OF_SECRET) return OTHERS;
    remember(known, capped);
    this.#keptCount += 1;
    if (this.#keptCount > MAX_KEPT) {
      this.#ofMany = new WeakMap();
      this.#keptCount = 0;
    }
    return capped.consumer;
  }

  #met(keyspaceId: KeyspaceId, sender: KnownSender): Met {
    const known = this.#bySender.get(keyspaceId)?.get(sender);
    if (known !== undefined) return known;
    const met = this.#hash(keyspaceId, this.#placeOf(sender));
    const ofKeyspace = this.#bySender.get(keyspaceId) ?? new WeakMap<KnownSender, Met>();
    this.#bySender.set(keyspaceId, ofKeyspace.set(sender, met));
    return met;
  }

  #placeOf({ address, userAgent, clientId }: KnownSender): Place {
    return {
      network: address === undefined ? null : networkOf(address),
      agent: this.#agents.of(userAgent),
      clientId: clientId !== undefined && CLIENT_ID.test(clientId) ? clientId : null,
    };
  }

  #hash(keyspaceId: KeyspaceId, { network, agent, clientId }: Place): Met {
    const text = `${network ?? ''}\n${agent}\n${clientId ?? ''}`;
    const known = this.#hashed.get(`${keyspaceId}\n${text}`);
    if (known !== undefined) return known;
    const consumer: Consumer = {
      id: hashOf(keyspaceId, text),
      network: network === null ? null : hashOf(keyspaceId, network),
      clientId,
      label: labelOf([network ?? UNKNOWN_NETWORK, agent, ...(clientId === null ? [] : [clientId])]),
    };
    if (this.#hashed.size >= MAX_HASHED) this.#hashed.clear();
    const met = { network, agent, clientId, consumer };
    this.#hashed.set(`${keyspaceId}\n${text}`, met);
    return met;
  }
}

/** What is one too many of its network, or of its agent there, counts with that. */
function cappedIn({ agents, clientIds }: KnownOfSecret, place: Place): Place {
  const { network } = place;
  const known = agents.get(network ?? '');
  const isOneMore = isFull(known, MAX_AGENTS) && known?.has(place.agent) !== true;
  const agent = isOneMore ? OTHER_AGENTS : place.agent;
  const ids = clientIds.get(`${network ?? ''}\n${agent}`);
  return { network, agent, clientId: isFull(ids, MAX_IDS) ? null : place.clientId };
}

function isFull(set: ReadonlySet<string> | undefined, most: number): boolean {
  return set !== undefined && set.size >= most;
}

function knownWith(first: Met): KnownOfSecret {
  const known = { ids: new Set<string>(), agents: new Map(), clientIds: new Map() };
  remember(known, first);
  return known;
}

function remember(known: KnownOfSecret, { consumer, network, agent, clientId }: Met): void {
  known.ids.add(consumer.id);
  add(known.agents, network ?? '', agent);
  if (clientId !== null) add(known.clientIds, `${network ?? ''}\n${agent}`, clientId);
}

function add(sets: Map<string, Set<string>>, name: string, value: string): void {
  const known = sets.get(name) ?? new Set();
  sets.set(name, known.add(value));
}

/** Keyed by the keyspace, so that one sender is not the same in two of them. */
function hashOf(salt: string, text: string): string {
  return createHmac('sha256', salt).update(text).digest('base64url').slice(0, ID_LENGTH);
}
