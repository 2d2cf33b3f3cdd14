import type { Digest } from '../../keys/digest.js';
import type { InstanceId, KeyId, KeyspaceId, RotationId } from '../../keys/id.js';
import type { Change, Replan } from '../change.js';
import type { ForeignQuery, SecretUpgrade } from '../imported.js';
import type { WeighedUse } from '../late-use.js';
import type { LeaseQuery, RotationFilter, Sighting } from '../rotation.js';
import type { ShadowQuery } from '../shadow.js';
import type { EventFilter, InstanceRow, KeyFilter, PageCut, Store } from '../store.js';
import type { UsageBatch, UsageQuery } from '../usage.js';
import type { Within } from '../within.js';
import { lastSequence } from './append-events.js';
import { SqlAutomation } from './automation.js';
import { countBrownouts } from './brownouts.js';
import { commit } from './commit.js';
import { consumersOf, listConsumers } from './consumers.js';
import { TableCopy } from './copy.js';
import type { SqlEngine } from './engine.js';
import { changesSince, goodbye, heartbeat, listInstances, sweep } from './fleet.js';
import { findForeign, findImported, marksTaken, originsOf, upgradeSecret } from './imported.js';
import { keyAges } from './key-ages.js';
import { indexKeys } from './key-index.js';
import { listKeys } from './key-list.js';
import { getKey, lastUses } from './keys.js';
import { countLate, lateUsesOf, unwatchedUses, weighUses } from './late-uses.js';
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
import { getLogo } from './logos.js';
import { SqlNotices } from './notices.js';
import { SqlPeople } from './people.js';
import { countNaming, getPolicy, listPolicies } from './policies.js';
import { recordUsage } from './record-usage.js';
import {
  countRotations,
  findClaim,
  getRotation,
  leaseRotations,
  listRotations,
  openRotationOf,
  recordSightings,
} from './rotations.js';
import { comparisons } from './shadow.js';
import { usage } from './usage.js';

/**
 * The store over either database. What they do differently is in the engine.
 * @public
 */
export class SqlStore implements Store {
  readonly #engine: SqlEngine;
  readonly automation: SqlAutomation;
  readonly notices: SqlNotices;
  readonly people: SqlPeople;

  constructor(engine: SqlEngine) {
    this.#engine = engine;
    this.automation = new SqlAutomation(engine);
    this.notices = new SqlNotices(engine);
    this.people = new SqlPeople(engine);
  }

  get kind() {
    return this.#engine.kind;
  }

  /** The database's address for people, without a password. */
  get where() {
    return this.#engine.where;
  }

  /** All of it, row by row, for who moves it. */
  get tables() {
    return new TableCopy(this.#engine);
  }

  findByDigest(digest: Digest) {
    return this.#engine.findByDigest(digest);
  }

  findForeign(query: ForeignQuery) {
    return findForeign(this.#engine, query);
  }

  findImported(keyspaceId: KeyspaceId, sourceIds: readonly string[]) {
    return findImported(this.#engine, keyspaceId, sourceIds);
  }

  originsOf(ids: readonly KeyId[]) {
    return originsOf(this.#engine, ids);
  }

  marksTaken(marks: readonly string[]) {
    return marksTaken(this.#engine, marks);
  }

  getKey(id: KeyId, within: Within) {
    return getKey(this.#engine, id, within);
  }

  listKeys(filter: KeyFilter) {
    return listKeys(this.#engine, filter);
  }

  indexKeys(limit: number) {
    return indexKeys(this.#engine, limit);
  }

  keyAges(cut: PageCut) {
    return keyAges(this.#engine, cut);
  }

  lastUses(ids: readonly KeyId[]) {
    return lastUses(this.#engine, ids);
  }

  listKeyspaces() {
    return listKeyspaces(this.#engine);
  }

  getLogo(keyspaceId: KeyspaceId) {
    return getLogo(this.#engine, keyspaceId);
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

  comparisons(query: ShadowQuery) {
    return comparisons(this.#engine, query);
  }

  counts() {
    return counts(this.#engine);
  }

  async standing() {
    return (await lastSequence(this.#engine.db)).standing;
  }

  commit(change: Change, replan?: Replan) {
    return commit(this.#engine, change, replan);
  }

  upgradeSecret(upgrade: SecretUpgrade) {
    return upgradeSecret(this.#engine, upgrade);
  }

  recordUsage(batch: UsageBatch) {
    return recordUsage(this.#engine, batch);
  }

  getRotation(id: RotationId, within: Within) {
    return getRotation(this.#engine, id, within);
  }

  openRotationOf(keyId: KeyId) {
    return openRotationOf(this.#engine, keyId);
  }

  findClaim(digest: Digest) {
    return findClaim(this.#engine, digest);
  }

  listRotations(filter: RotationFilter) {
    return listRotations(this.#engine, filter);
  }

  countRotations() {
    return countRotations(this.#engine);
  }

  leaseRotations(query: LeaseQuery) {
    return leaseRotations(this.#engine, query);
  }

  recordSightings(sightings: readonly Sighting[]) {
    return recordSightings(this.#engine, sightings);
  }

  countBrownouts(keyspaceId: KeyspaceId) {
    return countBrownouts(this.#engine.db, keyspaceId);
  }

  consumersOf(keyId: KeyId, ids: readonly string[]) {
    return consumersOf(this.#engine, keyId, ids);
  }

  listConsumers(keyId: KeyId, limit: number) {
    return listConsumers(this.#engine, keyId, limit);
  }

  unwatchedUses(limit: number) {
    return unwatchedUses(this.#engine, limit);
  }

  lateUsesOf(of: Parameters<Store['lateUsesOf']>[0]) {
    return lateUsesOf(this.#engine, of);
  }

  countLate(keyId: KeyId, secretNumber: number) {
    return countLate(this.#engine, keyId, secretNumber);
  }

  weighUses(weighed: readonly WeighedUse[]) {
    return weighUses(this.#engine, weighed);
  }

  getPolicy(keyspaceId: KeyspaceId, name: string) {
    return getPolicy(this.#engine, keyspaceId, name);
  }

  listPolicies(keyspaceId: KeyspaceId, cut: PageCut) {
    return listPolicies(this.#engine, keyspaceId, cut);
  }

  countNaming(policy: Parameters<Store['countNaming']>[0], most: number) {
    return countNaming(this.#engine.db, policy, most);
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
