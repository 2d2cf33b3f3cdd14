import { ClosedError } from '../../errors.js';
import type { Digest } from '../../keys/digest.js';
import type { InstanceId, KeyId, KeyspaceId, RotationId } from '../../keys/id.js';
import type { Clock } from '../../ports.js';
import type { Change, Replan } from '../change.js';
import type { ForeignQuery, SecretUpgrade } from '../imported.js';
import type { WeighedUse } from '../late-use.js';
import type { StoreOptions } from '../open.js';
import type { LeaseQuery, RotationFilter, Sighting } from '../rotation.js';
import type { ShadowQuery } from '../shadow.js';
import { requireWritable } from '../standing.js';
import type { EventFilter, InstanceRow, KeyFilter, PageCut, Store } from '../store.js';
import type { UsageBatch, UsageQuery } from '../usage.js';
import type { Within } from '../within.js';
import { MemoryAutomation } from './automation.js';
import { countBrownouts } from './brownouts.js';
import { commit } from './commit.js';
import { findForeign, findImported, marksTaken, originsOf, upgradeSecret } from './imported.js';
import { listKeys } from './key-list.js';
import { countLate, lateUsesOf, unwatchedUses, weighUses } from './late-uses.js';
import {
  changesSince,
  countsOf,
  hasPersonal,
  isWithin,
  keyAges,
  lastUses,
  listEvents,
  listKeyspaces,
  listOwners,
} from './lists.js';
import { MemoryNotices } from './notices.js';
import { MemoryPeople } from './people.js';
import { countNaming, getPolicy, listPolicies } from './policies.js';
import {
  countRotations,
  findClaim,
  leaseRotations,
  listConsumers,
  listRotations,
  openRotationOf,
  recordSightings,
} from './rotations.js';
import { readShadow } from './shadow.js';
import { sweep } from './sweep.js';
import { emptyTables, ownerPlace, standingOf, type Tables } from './tables.js';
import { addUsage, sumUsage } from './usage.js';

/**
 * A store of its own in this process's memory, for tests and trials: gone when it is closed.
 * @public
 */
export function openMemory({ ports }: StoreOptions): Promise<Store> {
  return Promise.resolve(new MemoryStore(ports.clock));
}

/** `async` methods throw nothing at once: a closed store refuses as a database would. */
class MemoryStore implements Store {
  readonly kind = 'memory';
  readonly #clock: Clock;
  readonly #tables = emptyTables();
  #isClosed = false;
  readonly automation = new MemoryAutomation(() => this.#open());
  readonly notices = new MemoryNotices(() => this.#open());
  readonly people = new MemoryPeople(() => this.#open());
  #seenHead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  findByDigest(digest: Digest) {
    return this.#open().found.get(digest);
  }

  async findForeign(query: ForeignQuery) {
    return findForeign(this.#open(), query);
  }

  async findImported(keyspaceId: KeyspaceId, sourceIds: readonly string[]) {
    return findImported(this.#open(), keyspaceId, sourceIds);
  }

  async originsOf(ids: readonly KeyId[]) {
    return originsOf(this.#open(), ids);
  }

  async marksTaken(marks: readonly string[]) {
    return marksTaken(this.#open(), marks);
  }

  async upgradeSecret(upgrade: SecretUpgrade) {
    requireWritable(standingOf(this.#open()));
    return upgradeSecret(this.#open(), upgrade);
  }

  async getKey(id: KeyId, within: Within) {
    const key = this.#open().keys.get(id);
    return key !== undefined && isWithin(within, key.keyspaceId) ? key : undefined;
  }

  async listKeys(filter: KeyFilter) {
    return listKeys(this.#open(), filter);
  }

  /** It has no index. */
  async indexKeys() {
    return 0;
  }

  async keyAges(cut: PageCut) {
    return keyAges(this.#open(), cut);
  }

  async lastUses(ids: readonly KeyId[]) {
    return lastUses(this.#open(), ids);
  }

  async listKeyspaces() {
    return listKeyspaces(this.#open());
  }

  async getLogo(keyspaceId: KeyspaceId) {
    return this.#open().logos.get(keyspaceId);
  }

  async getOwner(keyspaceId: KeyspaceId, id: string) {
    return this.#open().owners.get(ownerPlace(keyspaceId, id));
  }

  async listOwners(filter: PageCut & { readonly within: Within }) {
    return listOwners(this.#open(), filter);
  }

  async listEvents(filter: EventFilter) {
    return listEvents(this.#open(), filter);
  }

  async chainHead(keyspaceId: KeyspaceId) {
    return this.#open().heads.get(keyspaceId);
  }

  async listChains() {
    return [...this.#open().heads.keys()].sort();
  }

  async personalValues(commitments: readonly string[]) {
    const { personal } = this.#open();
    return [...new Set(commitments)].flatMap((commitment) => personal.get(commitment) ?? []);
  }

  async hasPersonal(keyspaceId: KeyspaceId, ownerId: string) {
    return hasPersonal(this.#open(), keyspaceId, ownerId);
  }

  async findIdempotent(id: string, nowMs: number) {
    const record = this.#open().idempotency.get(id);
    return record !== undefined && record.expiresAt > nowMs ? record : undefined;
  }

  async usage(query: UsageQuery) {
    return sumUsage(this.#open(), query);
  }

  async comparisons(query: ShadowQuery) {
    return readShadow(this.#open(), query);
  }

  async counts() {
    return countsOf(this.#open());
  }

  async standing() {
    return standingOf(this.#open());
  }

  async commit(change: Change, replan?: Replan) {
    return commit(this.#open(), change, { nowMs: this.#clock.nowMs(), replan });
  }

  async recordUsage(batch: UsageBatch) {
    requireWritable(standingOf(this.#open()));
    addUsage(this.#open(), batch);
  }

  async getRotation(id: RotationId, within: Within) {
    const rotation = this.#open().rotations.get(id);
    return rotation !== undefined && isWithin(within, rotation.keyspaceId) ? rotation : undefined;
  }

  async openRotationOf(keyId: KeyId) {
    return openRotationOf(this.#open(), keyId);
  }

  async findClaim(digest: Digest) {
    return findClaim(this.#open(), digest);
  }

  async listRotations(filter: RotationFilter) {
    return listRotations(this.#open(), filter);
  }

  async countRotations() {
    return countRotations(this.#open());
  }

  async leaseRotations(query: LeaseQuery) {
    requireWritable(standingOf(this.#open()));
    return leaseRotations(this.#open(), query);
  }

  async recordSightings(sightings: readonly Sighting[]) {
    requireWritable(standingOf(this.#open()));
    recordSightings(this.#open(), sightings, this.#clock.nowMs());
  }

  async consumersOf(keyId: KeyId, ids: readonly string[]) {
    const all = listConsumers(this.#open(), keyId, Number.POSITIVE_INFINITY);
    return all.filter(({ consumer }) => ids.includes(consumer.id));
  }

  async countBrownouts(keyspaceId: KeyspaceId) {
    return countBrownouts(this.#open(), keyspaceId);
  }

  async listConsumers(keyId: KeyId, limit: number) {
    return listConsumers(this.#open(), keyId, limit);
  }

  async unwatchedUses(limit: number) {
    return unwatchedUses(this.#open(), limit);
  }

  async lateUsesOf(of: Parameters<Store['lateUsesOf']>[0]) {
    return lateUsesOf(this.#open(), of);
  }

  async countLate(keyId: KeyId, secretNumber: number) {
    return countLate(this.#open(), keyId, secretNumber);
  }

  async weighUses(weighed: readonly WeighedUse[]) {
    requireWritable(standingOf(this.#open()));
    weighUses(this.#open(), weighed);
  }

  async getPolicy(keyspaceId: KeyspaceId, name: string) {
    return getPolicy(this.#open(), keyspaceId, name);
  }

  async listPolicies(keyspaceId: KeyspaceId, cut: PageCut) {
    return listPolicies(this.#open(), keyspaceId, cut);
  }

  async countNaming(policy: Parameters<Store['countNaming']>[0], most: number) {
    return countNaming(this.#open(), policy, most);
  }

  async changesSince(sequence: number, limit: number) {
    const tables = this.#open();
    const known = { databaseMs: this.#clock.nowMs(), standing: standingOf(tables) };
    return { ...changesSince(tables, sequence, limit), ...known };
  }

  mayHaveChanged() {
    const before = this.#seenHead;
    this.#seenHead = this.#open().events.length;
    return this.#seenHead !== before;
  }

  /** Never calls: no other instance can reach this store. */
  onWake = () => () => {};

  async heartbeat(instance: Omit<InstanceRow, 'seenAt'>) {
    const { instances } = this.#open();
    instances.set(instance.id, { ...instance, seenAt: this.#clock.nowMs() });
  }

  async goodbye(id: InstanceId) {
    this.#open().instances.delete(id);
  }

  async listInstances() {
    return [...this.#open().instances.values()].map((instance) => ({ ...instance }));
  }

  async sweep(nowMs: number) {
    requireWritable(standingOf(this.#open()));
    sweep(this.#open(), nowMs);
  }

  async close() {
    this.#isClosed = true;
  }

  #open(): Tables {
    if (this.#isClosed) throw new ClosedError('The store was closed. Open it again to use it.');
    return this.#tables;
  }
}
