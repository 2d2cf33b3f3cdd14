import type { Digest } from '../../src/keys/digest.js';
import type { InstanceId, KeyId, KeyspaceId, RotationId } from '../../src/keys/id.js';
import type { Change, Replan } from '../../src/store/change.js';
import type { FoundSecret } from '../../src/store/found-secret.js';
import type { LeaseQuery, RotationFilter, Sighting } from '../../src/store/rotation.js';
import type { EventFilter, InstanceRow, KeyFilter, PageCut, Store } from '../../src/store/store.js';
import type { UsageBatch, UsageQuery } from '../../src/store/usage.js';
import type { Within } from '../../src/store/within.js';
import { cutOff } from './cut-off.js';
import { asHeard, hear } from './heard.js';
import { meddledAutomation } from './meddled-automation.js';
import { meddledNotices } from './meddled-notices.js';
import { meddledPeople } from './meddled-people.js';
import type { Meddling, StoreMethod } from './meddling.js';

/** Between an instance and its data: counts calls, and delays them, loses them or lies about them. */
export class MeddledStore implements Store {
  readonly #store: Store;
  readonly #nowMs: () => number;
  readonly #counts = new Map<StoreMethod, number>();
  readonly #wakes = new Set<() => void>();
  readonly notices: Store['notices'];
  readonly people: Store['people'];
  before: Meddling | undefined;
  after: Meddling | undefined;
  isFeedCut = false; // The feed and what wakes it no longer arrive; all else does.
  isDeaf = false; // What wakes the feed no longer arrives; its polls do.
  isLost = false;
  /** How far the database's clock is ahead of the test's, in milliseconds. */
  databaseAheadMs = 0;
  underWay = 0;
  readonly atDatabase = new Set<Promise<unknown>>(); // Of those under way, which no test holds back.
  instanceId: InstanceId | undefined; // Once it has told it.
  lastSequence = 0; // Of the last change that was made through here.

  constructor(store: Store, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
    this.notices = meddledNotices(store.notices, (run) => this.#call('notices', run));
    this.people = meddledPeople(store.people, (run) => this.#call('people', run));
  }

  get kind() {
    return this.#store.kind;
  }

  get automation() {
    return meddledAutomation(this.#store.automation, (run) => this.#call('automation', run));
  }

  /** Of one method, or of all those that a check may need. */
  callCount(method?: StoreMethod): number {
    if (method !== undefined) return this.#counts.get(method) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  forgetCalls = (): void => this.#counts.clear();

  findByDigest(digest: Digest): FoundSecret | undefined | Promise<FoundSecret | undefined> {
    const isPlain = this.before === undefined && this.after === undefined && !this.isLost;
    if (!isPlain) return this.#call('findByDigest', async () => this.#store.findByDigest(digest));
    this.#counts.set('findByDigest', this.callCount('findByDigest') + 1);
    return this.#store.findByDigest(digest);
  }

  findForeign(query: Parameters<Store['findForeign']>[0]) {
    return this.#call('findForeign', () => this.#store.findForeign(query));
  }

  findImported(keyspaceId: KeyspaceId, sourceIds: readonly string[]) {
    return this.#call('findImported', () => this.#store.findImported(keyspaceId, sourceIds));
  }

  originsOf = (ids: readonly KeyId[]) => this.#call('originsOf', () => this.#store.originsOf(ids));

  marksTaken = (marks: readonly string[]) =>
    this.#call('marksTaken', () => this.#store.marksTaken(marks));

  upgradeSecret(upgrade: Parameters<Store['upgradeSecret']>[0]) {
    return this.#call('upgradeSecret', () => this.#store.upgradeSecret(upgrade));
  }

  getKey(id: KeyId, within: Within) {
    return this.#call('getKey', () => this.#store.getKey(id, within));
  }

  listKeys = (filter: KeyFilter) => this.#call('listKeys', () => this.#store.listKeys(filter));

  indexKeys = (limit: number) => this.#call('indexKeys', () => this.#store.indexKeys(limit));

  keyAges = (cut: PageCut) => this.#call('keyAges', () => this.#store.keyAges(cut));

  lastUses = (ids: readonly KeyId[]) => this.#call('lastUses', () => this.#store.lastUses(ids));

  getRotation(id: RotationId, within: Within) {
    return this.#call('getRotation', () => this.#store.getRotation(id, within));
  }

  openRotationOf(keyId: KeyId) {
    return this.#call('openRotationOf', () => this.#store.openRotationOf(keyId));
  }

  findClaim(digest: Digest) {
    return this.#call('findClaim', () => this.#store.findClaim(digest));
  }

  listRotations(filter: RotationFilter) {
    return this.#call('listRotations', () => this.#store.listRotations(filter));
  }

  leaseRotations(query: LeaseQuery) {
    return this.#call('leaseRotations', () => this.#store.leaseRotations(query));
  }

  recordSightings(sightings: readonly Sighting[]) {
    return this.#call('recordSightings', () => this.#store.recordSightings(sightings));
  }

  consumersOf(keyId: KeyId, ids: readonly string[]) {
    return this.#call('consumersOf', () => this.#store.consumersOf(keyId, ids));
  }

  countBrownouts(keyspaceId: KeyspaceId) {
    return this.#call('countBrownouts', () => this.#store.countBrownouts(keyspaceId));
  }

  listConsumers(keyId: KeyId, limit: number) {
    return this.#call('listConsumers', () => this.#store.listConsumers(keyId, limit));
  }

  unwatchedUses(limit: number) {
    return this.#call('unwatchedUses', () => this.#store.unwatchedUses(limit));
  }

  lateUsesOf(of: Parameters<Store['lateUsesOf']>[0]) {
    return this.#call('lateUsesOf', () => this.#store.lateUsesOf(of));
  }

  countLate(keyId: KeyId, secretNumber: number) {
    return this.#call('countLate', () => this.#store.countLate(keyId, secretNumber));
  }

  weighUses(weighed: Parameters<Store['weighUses']>[0]) {
    return this.#call('weighUses', () => this.#store.weighUses(weighed));
  }

  countRotations() {
    return this.#call('countRotations', () => this.#store.countRotations());
  }

  getLogo(keyspaceId: KeyspaceId) {
    return this.#call('getLogo', () => this.#store.getLogo(keyspaceId));
  }

  getPolicy(keyspaceId: KeyspaceId, name: string) {
    return this.#call('getPolicy', () => this.#store.getPolicy(keyspaceId, name));
  }

  countNaming(policy: Parameters<Store['countNaming']>[0], most: number) {
    return this.#call('countNaming', () => this.#store.countNaming(policy, most));
  }

  listPolicies(keyspaceId: KeyspaceId, cut: PageCut) {
    return this.#call('listPolicies', () => this.#store.listPolicies(keyspaceId, cut));
  }

  listKeyspaces() {
    return this.#call('listKeyspaces', () => this.#store.listKeyspaces());
  }

  getOwner(keyspaceId: KeyspaceId, id: string) {
    return this.#call('getOwner', () => this.#store.getOwner(keyspaceId, id));
  }

  listOwners(filter: PageCut & { readonly within: Within }) {
    return this.#call('listOwners', () => this.#store.listOwners(filter));
  }

  listEvents(filter: EventFilter) {
    return this.#call('listEvents', () => this.#store.listEvents(filter));
  }

  chainHead(keyspaceId: KeyspaceId) {
    return this.#call('chainHead', () => this.#store.chainHead(keyspaceId));
  }

  listChains() {
    return this.#call('listChains', () => this.#store.listChains());
  }

  personalValues(commitments: readonly string[]) {
    return this.#call('personalValues', () => this.#store.personalValues(commitments));
  }

  hasPersonal(keyspaceId: KeyspaceId, ownerId: string) {
    return this.#call('hasPersonal', () => this.#store.hasPersonal(keyspaceId, ownerId));
  }

  findIdempotent(id: string, nowMs: number) {
    return this.#call('findIdempotent', () => this.#store.findIdempotent(id, nowMs));
  }

  usage(query: UsageQuery) {
    return this.#call('usage', () => this.#store.usage(query));
  }

  comparisons(query: Parameters<Store['comparisons']>[0]) {
    return this.#call('comparisons', () => this.#store.comparisons(query));
  }

  counts() {
    return this.#call('counts', () => this.#store.counts());
  }

  standing() {
    return this.#call('standing', () => this.#store.standing());
  }

  commit(change: Change, replan?: Replan) {
    return this.#call('commit', async () => {
      const result = await this.#store.commit(change, replan);
      if (result.ok) this.lastSequence = Math.max(this.lastSequence, result.sequence);
      return result;
    });
  }

  recordUsage(batch: UsageBatch) {
    return this.#call('recordUsage', () => this.#store.recordUsage(batch));
  }

  changesSince(sequence: number, limit: number) {
    return this.#call('changesSince', async () => {
      if (this.isFeedCut) throw cutOff();
      const page = await this.#store.changesSince(sequence, limit);
      if (this.isFeedCut) throw cutOff(); // It was cut while the answer was under way.
      return { ...page, databaseMs: this.#nowMs() + this.databaseAheadMs };
    });
  }

  mayHaveChanged(): boolean {
    if (this.isFeedCut || this.isLost) throw cutOff();
    return this.#store.mayHaveChanged();
  }

  onWake(wake: () => void) {
    const wakeUnlessCut = () => {
      if (!this.isFeedCut && !this.isLost && !this.isDeaf) wake();
    };
    this.#wakes.add(wakeUnlessCut);
    const stop = this.#store.onWake(wakeUnlessCut);
    return () => {
      this.#wakes.delete(wakeUnlessCut);
      stop();
    };
  }

  /** As if the store had told of a change. */
  wake(): void {
    for (const wake of this.#wakes) wake();
  }

  heartbeat(instance: Omit<InstanceRow, 'seenAt'>) {
    return this.#call('heartbeat', async () => {
      await this.#store.heartbeat(instance);
      hear(instance.id, this.#nowMs());
      this.instanceId = instance.id;
    });
  }

  goodbye(id: InstanceId) {
    return this.#call('goodbye', () => this.#store.goodbye(id));
  }

  listInstances() {
    return this.#call('listInstances', async () => asHeard(await this.#store.listInstances()));
  }

  sweep = (nowMs: number) => this.#call('sweep', () => this.#store.sweep(nowMs));
  close = () => this.#store.close();

  async #call<T>(method: StoreMethod, run: () => Promise<T>): Promise<T> {
    this.#counts.set(method, this.callCount(method) + 1);
    this.underWay += 1;
    try {
      await this.before?.(method);
      if (this.isLost) throw cutOff();
      const asked = run();
      this.atDatabase.add(asked);
      const answer = await asked.finally(() => this.atDatabase.delete(asked));
      await this.after?.(method);
      return answer;
    } finally {
      this.underWay -= 1;
    }
  }
}
