import { isNamed } from '../named-consumer.js';
import { type ConsumerUse, OTHERS } from '../store/consumers.js';
import type { InstanceRow } from '../store/store.js';
import { headcountOf, isLeftOut } from './baseline.js';
import { deliveredOf } from './delivered-evidence.js';
import { isUncertain } from './delivery.js';
import type { BaselineConsumer, Details } from './details.js';
import { type Fleet, fleetOf, type Gap, recordOf } from './fleet-record.js';
import { DAY_MS, type EvidenceId } from './terms.js';
import { isUsed } from './untold.js';

/** `cannot_tell`: the figures do not say, and it does not count as met. */
type EvidenceState = 'met' | 'unmet' | 'not_applicable' | 'cannot_tell';

/** One of the five, with its figures. */
export interface Evidence {
  readonly id: EvidenceId;
  readonly state: EvidenceState;
  /** `likely`: programs that look alike may hide behind one another. */
  readonly sure: 'certain' | 'likely' | 'unknown';
  /** Times are milliseconds UTC. */
  readonly figures: Readonly<Record<string, number | string | readonly string[] | null>>;
}

/** Where a consumer of the baseline is. `both`: it went on with the old one after it had moved. */
type Whereabouts = 'moved' | 'both' | 'not_moved' | 'unconfirmed' | 'cannot_tell' | 'waived';

/** A consumer of the baseline, and where it is. */
interface Standing {
  readonly consumer: BaselineConsumer;
  readonly where: Whereabouts;
  /** Its last use of either secret, refused trials among them; null: none. */
  readonly lastOldAt: number | null;
  readonly lastNewAt: number | null;
}

/** All that was seen at one time: what is stored, shown and decided by. */
export interface Sight {
  /** Up to when the usage record tells, in milliseconds UTC. */
  readonly at: number;
  readonly evidence: readonly Evidence[];
  readonly consumers: readonly Standing[];
  /** Labels of who uses the old secret and is not of the baseline. */
  readonly strangers: readonly string[];
  /** How many they are, named or not. Absent in what an earlier version has written. */
  readonly strangerCount?: number;
  readonly gaps: readonly Gap[];
  readonly isEnough: boolean;
  /** Whether the new secret was used, by whomever. Absent in what an earlier version has written. */
  readonly isNewUsed?: boolean;
  /** How often brown-outs have refused whom, by the consumer's id. Absent: nobody was refused. */
  readonly refused?: Readonly<Record<string, number>>;
}

/** What is looked at. */
export interface Scene {
  readonly details: Details;
  readonly uses: readonly ConsumerUse[];
  readonly instances: readonly InstanceRow[];
  /** Instances that died earlier in this rotation. */
  readonly gaps: readonly Gap[];
  /** The keyspace's staleness bound. */
  readonly boundMs: number;
  readonly nowMs: number;
}

const VOUCHED_IDS = 4; // Of one network.
const SHOWN = 20;

/** Weighs what is known of a rotation in observation. Pure. */
export function sightOf(scene: Scene): Sight {
  const fleet = fleetOf(scene);
  const consumers = standingsOf(scene);
  const isFrozen = fleet.at >= scene.details.frozenAt;
  const silence = silenceOf(scene, fleet.at, consumers);
  const [used, moved] = [usedOf(scene, isFrozen), movedOf(scene, fleet, consumers)];
  const delivered = deliveredOf(scene.details, used.state === 'met');
  const evidence = [used, moved, silence, recordOf(scene, fleet), delivered];
  return {
    at: fleet.at,
    evidence,
    consumers,
    ...strangersOf(scene),
    gaps: fleet.gaps,
    isNewUsed: isUsed(scene.uses, scene.details.newNumber),
    isEnough: isFrozen && isEnough(scene, { evidence, at: fleet.at }),
  };
}

/** Whether all that the policy asks for is there. */
function isEnough(scene: Scene, { evidence, at }: Pick<Sight, 'evidence' | 'at'>): boolean {
  const state = new Map(evidence.map((one) => [one.id, one.state]));
  const isMet = (id: EvidenceId) => ['met', 'not_applicable'].includes(state.get(id) ?? '');
  // Where nobody can be told apart, silence and a brown-out that nobody felt stand in.
  const isStoodIn = isMet('E3') && hadUnfeltBrownout(scene, at);
  return scene.details.terms.evidence.require.every(
    (id) => isMet(id) || (id === 'E2' && state.get(id) === 'cannot_tell' && isStoodIn),
  );
}

/** One is over, and from its begin on nobody used the old secret who cannot be told apart. */
function hadUnfeltBrownout({ details, uses }: Scene, at: number): boolean {
  const { brownouts, oldNumber } = details;
  const blurred = uses.filter(
    ({ secretNumber, consumer }) => secretNumber === oldNumber && consumer.network === null,
  );
  const lastAt = Math.max(0, ...blurred.map((use) => use.lastAt));
  return brownouts.some(({ isStopped, from, until }) => !isStopped && until <= at && lastAt < from);
}

/** Whether it is a use that shows that somebody has moved. */
function isOfNew(
  { newNumber, newSince }: Details,
  { secretNumber, outcome, lastAt }: ConsumerUse,
): boolean {
  return secretNumber === newNumber && outcome === 'valid' && lastAt > (newSince ?? 0);
}

/** E1: somebody works with the new secret. */
function usedOf({ details, uses }: Scene, isFrozen: boolean): Evidence {
  const { baseline, deliver } = details;
  const users = uses.filter((use) => isOfNew(details, use));
  const known = new Set(baseline.map(({ id }) => id));
  const counted =
    deliver === 'claim' ? users.filter(({ consumer }) => known.has(consumer.id)) : users;
  const first = Math.min(...counted.map(({ firstAt }) => firstAt));
  const figures = {
    consumers: counted.length,
    others: othersAmong(counted.map(({ consumer }) => consumer)),
    uses: counted.reduce((sum, { count }) => sum + count, 0),
    firstAt: counted.length === 0 ? null : first,
  };
  // Whoever works with the old one, and nobody with the new one, has nothing to go on with; nor has
  // anybody where it is not known whether the new one is anywhere.
  const isNobody = baseline.length === 0 && counted.length === 0 && !isOldUsed(details, uses);
  if (isNobody && !isUncertain(details)) {
    if (!isFrozen) return { id: 'E1', state: 'cannot_tell', sure: 'unknown', figures };
    return { id: 'E1', state: 'not_applicable', sure: 'certain', figures };
  }
  return { id: 'E1', state: counted.length > 0 ? 'met' : 'unmet', sure: 'certain', figures };
}

/** Whether anybody has used the old one since the new one was handed over. */
function isOldUsed({ oldNumber, deliveredAt }: Details, uses: readonly ConsumerUse[]): boolean {
  const from = deliveredAt ?? Infinity;
  return uses.some(
    ({ secretNumber, outcome, lastAt }) =>
      secretNumber === oldNumber && outcome === 'valid' && lastAt >= from,
  );
}

/**
 * E2: all who used the old one use the new one. While an instance has yet to tell whom it saw before
 * the baseline was frozen, that may lack somebody.
 */
function movedOf(
  { details }: Scene,
  { at, untold }: Fleet,
  consumers: readonly Standing[],
): Evidence {
  const labels = (where: Whereabouts) =>
    consumers
      .filter((one) => one.where === where)
      .map(({ consumer }) => consumer.label)
      .slice(0, SHOWN);
  const isDone = ({ where }: Standing) => where === 'moved' || where === 'waived';
  const figures = {
    baseline: consumers.length,
    others: othersAmong(details.baseline),
    moved: consumers.filter(({ where }) => where === 'moved').length,
    waived: consumers.filter(({ where }) => where === 'waived').length,
    notMoved: [...labels('not_moved'), ...labels('both')],
    unconfirmed: labels('unconfirmed'),
    cannotTell: labels('cannot_tell'),
    untold: untold.slice(0, SHOWN),
  };
  const rest = consumers.filter((one) => !isDone(one));
  const isBlurred = rest.every(({ where }) => where === 'cannot_tell');
  const isFrozen = at >= details.frozenAt;
  if (details.baseline.length === 0 && isFrozen) {
    return { id: 'E2', state: 'not_applicable', sure: 'certain', figures };
  }
  if (isBlurred && (rest.length > 0 || !isFrozen))
    return { id: 'E2', state: 'cannot_tell', sure: 'unknown', figures };
  const isPlain = consumers.every(({ consumer }) => consumer.clientId !== null);
  const state = rest.length === 0 ? 'met' : 'unmet';
  return { id: 'E2', state, sure: isPlain ? 'certain' : 'likely', figures };
}

/** 1: one of them stands for all who are not told apart, so that they are a least number. */
function othersAmong(consumers: readonly { readonly id: string }[]): number {
  return headcountOf(consumers).isLeast ? 1 : 0;
}

/** E3: nobody of the baseline has used the old one for long enough. */
function silenceOf(scene: Scene, at: number, consumers: readonly Standing[]): Evidence {
  const { details } = scene;
  const from = details.observedFrom ?? scene.nowMs;
  const waited = consumers.filter(({ where }) => where !== 'waived');
  const lastUses = waited.map(({ lastOldAt }) => lastOldAt ?? 0);
  const lastUse = Math.max(crowdUsedAt(scene), ...lastUses);
  const silentSince = Math.max(from, lastUse);
  const gapMs = Math.max(0, ...waited.map(({ consumer }) => consumer.longestGapMs));
  const untilDeadlineMs = details.deadline === null ? Infinity : details.deadline - from;
  const neededMs = Math.min(Math.max(DAY_MS, 2 * gapMs), Math.max(0, untilDeadlineMs));
  const silentMs = Math.max(0, at - silentSince);
  const figures = { silentMs, neededMs, longestGapMs: gapMs, lastUseAt: lastUse || null };
  return { id: 'E3', state: silentMs >= neededMs ? 'met' : 'unmet', sure: 'certain', figures };
}

/** When the old one was last used by some of too many to tell apart; 0: it was not. */
function crowdUsedAt({ details, uses }: Scene): number {
  const isOfCrowd = ({ secretNumber, consumer }: ConsumerUse) =>
    secretNumber === details.oldNumber && consumer.id === OTHERS.id;
  return Math.max(0, ...uses.filter(isOfCrowd).map(({ lastAt }) => lastAt));
}

function standingsOf(scene: Scene): readonly Standing[] {
  const { details, uses } = scene;
  const { baseline, waivers, oldNumber, terms } = details;
  const isByNetwork = terms.evidence.group === 'network';
  // Who names itself can be told apart: no other's use of a secret is taken for its own.
  const placeOf = ({ id, network, clientId }: BaselineConsumer) =>
    isByNetwork && clientId === null ? (network ?? id) : id;
  const [lastOld, lastNew] = [new Map<string, number>(), new Map<string, number>()];
  const elsewhere = new Set<string>();
  const isOfOthers = isLeftOut(details);
  for (const use of uses) {
    const isNew = isOfNew(details, use);
    if (isOfOthers(use)) noteLast(lastOld, { ...use, consumer: OTHERS });
    else if (use.secretNumber === oldNumber) noteLast(lastOld, use);
    else if (isNew) noteLast(lastNew, use);
    if (isNew && use.consumer.clientId !== null) elsewhere.add(use.consumer.clientId);
  }
  const vouched = new Map<string, number>();
  const crowdAt = crowdUsedAt(scene);
  return baseline.map((consumer) => {
    const lastOldAt = lastOld.get(placeOf(consumer)) ?? null;
    const lastNewAt = lastNew.get(placeOf(consumer)) ?? null;
    const isWaived = waivers.some((waiver) => isNamed(waiver.consumer, consumer));
    const isElsewhere = elsewhere.has(consumer.clientId ?? '');
    const seen = { lastOldAt, lastNewAt, isElsewhere, crowdAt };
    const where = isWaived ? 'waived' : whereaboutsOf(consumer, seen, vouched);
    return { consumer, where, lastOldAt, lastNewAt };
  });
}

/** When a consumer was seen last, and its network. */
function noteLast(last: Map<string, number>, { consumer, lastAt }: ConsumerUse): void {
  for (const place of [consumer.id, consumer.network ?? consumer.id]) {
    last.set(place, Math.max(lastAt, last.get(place) ?? 0));
  }
}

interface Seen {
  readonly lastOldAt: number | null;
  readonly lastNewAt: number | null;
  /** Its client id was seen on the new secret, from wherever. */
  readonly isElsewhere: boolean;
  readonly crowdAt: number;
}

function whereaboutsOf(
  { network, clientId }: BaselineConsumer,
  { lastOldAt, lastNewAt, isElsewhere, crowdAt }: Seen,
  vouched: Map<string, number>,
): Whereabouts {
  if (network === null) return 'cannot_tell'; // Behind a gateway that tells no address.
  // The id is the sender's own word: from another network it proves nothing.
  if (lastNewAt === null) return isElsewhere ? 'unconfirmed' : 'not_moved';
  if (lastOldAt !== null && lastOldAt > lastNewAt) return 'both';
  if (crowdAt > lastNewAt) return 'cannot_tell'; // It may be among them.
  if (clientId === null) return 'moved';
  const count = (vouched.get(network) ?? 0) + 1;
  vouched.set(network, count);
  return count > VOUCHED_IDS ? 'unconfirmed' : 'moved';
}

function strangersOf({ details, uses }: Scene): Pick<Sight, 'strangers' | 'strangerCount'> {
  const known = new Set(details.baseline.map(({ id }) => id));
  const from = details.deliveredAt ?? Infinity;
  const isOfOthers = isLeftOut(details);
  const found = uses
    .filter((use) => use.secretNumber === details.oldNumber && !isOfOthers(use))
    .filter(({ consumer, lastAt }) => !known.has(consumer.id) && lastAt >= from);
  // Of one consumer there is more than one row where it was refused, too.
  const labels = [...new Map(found.map(({ consumer }) => [consumer.id, consumer.label])).values()];
  return { strangers: labels.slice(0, SHOWN), strangerCount: labels.length };
}
