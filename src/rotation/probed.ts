import type { KeyRecord } from '../keys/key.js';
import type { ConsumerUse } from '../store/consumers.js';
import type { Store } from '../store/store.js';
import { type Details, detailsOf } from './details.js';
import type { Decision, StepContext } from './step.js';

/** Clocks of instances part by less than a quarter of a second: the caches of any other are shut. */
const APART_MS = 500;

/**
 * A secret that a policy's probe has used. Until it was over nobody had that secret but Keyturn and
 * whoever was asked: its uses until then are the probe's own, and say nothing of any consumer.
 */
export interface Probed {
  readonly secret: number;
  /** In milliseconds UTC, by the database's clock. */
  readonly until: number;
  /** A person went on without it. */
  readonly isSkipped: boolean;
}

/** What is kept of a probe that is over, beside those of the key's other secrets. */
export function probedWith(
  { probed = [], newNumber }: Details,
  { endedAt, isSkipped }: { readonly endedAt: number; readonly isSkipped: boolean },
): readonly Probed[] {
  if (newNumber === null) return probed;
  const others = probed.filter(({ secret }) => secret !== newNumber);
  return [...others, { secret: newNumber, until: endedAt + APART_MS, isSkipped }];
}

/** What is known of the new secret's probe; undefined: it is not over. */
export function probeOfNew({ probed = [], newNumber }: Details): Probed | undefined {
  return probed.find(({ secret }) => secret === newNumber);
}

/** Where the policy's probe stands; null: it has none. */
export function probeStateOf(details: Details): 'waiting' | 'passed' | 'skipped' | null {
  if ((details.terms.probe ?? null) === null) return null;
  const found = probeOfNew(details);
  if (found === undefined) return 'waiting';
  return found.isSkipped ? 'skipped' : 'passed';
}

/** The probes of secrets that a key has still. Each rotation keeps what the one before it knew. */
export async function probedBefore(
  store: Pick<Store, 'listRotations'>,
  { id: keyId, keyspaceId, secrets }: KeyRecord,
): Promise<readonly Probed[]> {
  // A key's first secret was made with it, and by no rotation.
  const numbers = secrets.filter(({ state }) => state !== 'revoked').map(({ number }) => number);
  if (numbers.every((number) => number === 1)) return [];
  const cut = { within: [keyspaceId], keyId, limit: 1, after: null };
  const [last] = await store.listRotations(cut);
  const { probed = [] } = last === undefined ? {} : detailsOf(last);
  return probed.filter(({ secret }) => numbers.includes(secret));
}

/**
 * Uses without those of probes. Who has used a secret after its probe, too, is a consumer: from then on
 * at the earliest.
 */
export function withoutProbes(
  uses: readonly ConsumerUse[],
  probed: readonly Probed[] = [],
): readonly ConsumerUse[] {
  if (probed.length === 0) return uses;
  const untilOf = untilsIn(probed);
  return uses
    .map((use) => ({ ...use, firstAt: Math.max(use.firstAt, untilOf(use) + 1) }))
    .filter(({ firstAt, lastAt }) => lastAt >= firstAt);
}

/** Those that are no probe's by any part. Since when somebody else is among the others, nobody knows. */
export function apartFromProbes(
  uses: readonly ConsumerUse[],
  probed: readonly Probed[] = [],
): readonly ConsumerUse[] {
  const untilOf = untilsIn(probed);
  return uses.filter((use) => use.firstAt > untilOf(use));
}

function untilsIn(probed: readonly Probed[]): (use: ConsumerUse) => number {
  const untils = new Map(probed.map(({ secret, until }) => [secret, until]));
  return ({ secretNumber }) => untils.get(secretNumber) ?? -1;
}

/** A person goes on without it. */
export function skippedProbe({ details, scenery }: StepContext): Decision {
  const { nowMs } = scenery;
  const probed = probedWith(details, { endedAt: nowMs, isSkipped: true });
  const rest = { probed, trouble: null, asks: null };
  return { kind: 'stay', state: 'waiting', untilMs: nowMs, details: rest };
}
