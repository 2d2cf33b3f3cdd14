import type { Digest } from '../../keys/digest.js';
import type { InstanceId, KeyId, KeyspaceId } from '../../keys/id.js';
import type {
  Change,
  EventFilter,
  InstanceRow,
  KeyFilter,
  PageCut,
  Replan,
  Store,
} from '../store.js';
import type { UsageBatch, UsageQuery } from '../usage.js';
import type { Within } from '../within.js';
import { commit } from './commit.js';
import type { SqlEngine } from './engine.js';
import { changesSince, goodbye, heartbeat, listInstances, sweep } from './fleet.js';
import { getKey, lastUses, listKeys } from './keys.js';
import {
  chainHead,
  counts,
  findIdempotent,
  getOwner,
  hasPersonal,
  listChains,
  listEvents,
  listKeyspaces,
  listOwners,
  personalValues,
} from './lists.js';
import { recordUsage } from './record-usage.js';
import { usage } from './usage.js';

/**
 * The store over either database. What they do differently is in the engine.
 * @public
 */
export class SqlStore implements Store {
  readonly #engine: SqlEngine;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
  }

  get kind() {
    return this.#engine.kind;
  }

  findByDigest(digest: Digest) {
    return this.#engine.findByDigest(digest);
  }

  getKey(id: KeyId, within: Within) {
    return getKey(this.#engine, id, within);
  }

  listKeys(filter: KeyFilter) {
    return listKeys(this.#engine, filter);
  }

  lastUses(ids: readonly KeyId[]) {
    return lastUses(this.#engine, ids);
  }

  listKeyspaces() {
    return listKeyspaces(this.#engine);
  }

  getOwner(keyspaceId: KeyspaceId, id: string) {
    return getOwner(this.#engine, keyspaceId, id);
  }

  listOwners(filter: PageCut & { readonly within: Within }) {
    return listOwners(this.#engine, filter);
  }

  listEvents(filter: EventFilter) {
    return listEvents(this.#engine, filter);
  }

  chainHead(keyspaceId: KeyspaceId) {
    return chainHead(this.#engine, keyspaceId);
  }

  listChains() {
    return listChains(this.#engine);
  }

  personalValues(commitments: readonly string[]) {
    return personalValues(this.#engine, commitments);
  }

  hasPersonal(keyspaceId: KeyspaceId, ownerId: string) {
    return hasPersonal(this.#engine, keyspaceId, ownerId);
  }

  findIdempotent(id: string, nowMs: number) {
    return findIdempotent(this.#engine, id, nowMs);
  }

  usage(query: UsageQuery) {
    return usage(this.#engine, query);
  }

  counts() {
    return counts(this.#engine);
  }

  commit(change: Change, replan?: Replan) {
    return commit(this.#engine, change, replan);
  }

  recordUsage(batch: UsageBatch) {
    return recordUsage(this.#engine, batch);
  }

  changesSince(sequence: number, limit: number) {
    return changesSince(this.#engine, sequence, limit);
  }

  mayHaveChanged() {
    return this.#engine.mayHaveChanged();
  }

  onWake(wake: () => void) {
    return this.#engine.onWake(wake);
  }

  heartbeat(instance: Omit<InstanceRow, 'seenAt'>) {
    return heartbeat(this.#engine, instance);
  }

  goodbye(id: InstanceId) {
    return goodbye(this.#engine, id);
  }

  listInstances() {
    return listInstances(this.#engine);
  }

  sweep(nowMs: number) {
    return sweep(this.#engine, nowMs);
  }

  close() {
    return this.#engine.close();
  }
}
