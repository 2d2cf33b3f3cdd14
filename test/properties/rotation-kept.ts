import { expect } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import type { Key } from '../../src/views.js';
import type { Fleet } from '../setup/fleet.js';
import type { Clients } from './rotation-clients.js';

export const BASELINE_MS = 35 * 86_400_000;

/** A look that is no use: the key has no such scope, which is asked for last. */
const NOBODY = { scopes: ['nobody:has'] };

/** What a rotation changes nothing of. */
export function keptOf(key: Key): Partial<Key> {
  const { secrets, version, updatedAt, lastUsedAt, pastPolicySince, ...rest } = key;
  const { state, stateReason, stateChangedAt, stateChangedBy, ...kept } = rest;
  return kept;
}

/** Nothing but secrets, name and state has changed since. */
export function expectKept(key: Key, before: Partial<Key>): void {
  const kept = keptOf(key);
  expect(kept).toEqual({ ...before, name: kept.name });
  for (const { number, expiresAt } of key.secrets) {
    expect(expiresAt, `the expiry of secret ${number}`).toBe(key.secrets[0]?.expiresAt ?? null);
  }
}

/** By an emergency that nobody has claimed yet, or whose secret was lost on its way, or as a claim that nobody opened ends. */
export async function isBareOnPurpose(fleet: Fleet, { id }: Key): Promise<boolean> {
  const { items } = await fleet.at(0).keyturn.rotations.list({ key: id });
  // Of those that began in one millisecond any may be the last.
  const last = items.filter(({ createdAt }) => createdAt === items[0]?.createdAt);
  return last.some(
    ({ end, compromised, deliver }) => end === 'unclaimed' || (compromised && deliver !== 'answer'),
  );
}

/** What the key says of its secrets is what the checks say. */
export async function expectAcceptedAre(
  fleet: Fleet,
  key: Key,
  plaintexts: ReadonlyMap<number, string>,
): Promise<void> {
  for (const [number, plaintext] of plaintexts) {
    const verdict = await fleet.at(0).keyturn.verify({ plaintext, ...NOBODY });
    const code = verdict.valid ? 'valid' : verdict.code;
    const state = key.secrets.find((secret) => secret.number === number)?.state;
    const isLive = state === 'current' || state === 'retiring';
    const isAccepted = code === 'insufficient_scope' || code === 'browned_out';
    expect(isAccepted, `${code} for ${state}`).toBe(key.state === 'active' && isLive);
  }
}

/** Of what a person says: a new link in place of one that was opened, a rollback, an abort. */
export function expectNobodyCutOff(of: {
  readonly before: Key;
  readonly now: Key;
  readonly users: ReadonlyMap<number, readonly number[]>;
}): void {
  const current = of.before.secrets.filter(({ state }) => state === 'current');
  for (const { number } of current) {
    const isOver = of.now.secrets.some((one) => one.number === number && one.state === 'revoked');
    if (isOver)
      expect(of.users.get(number) ?? [], 'clients that were cut off by a word').toEqual([]);
  }
}

/** The evidence ends no secret that somebody works with, and a deadline only an announced one. */
export function expectFair(rotation: Rotation, clients: Clients, waited: readonly number[]): void {
  const { end, atDeadline, oldSecret, brownouts, consumers } = rotation;
  if (end === 'deadline') expect(atDeadline).toBe('revoke');
  const sinceMs = Date.parse(rotation.createdAt) - BASELINE_MS;
  if (end === 'unclaimed')
    expect(clients.of(oldSecret, sinceMs), 'clients of what nobody claimed').toEqual([]);
  const isBegun = brownouts.some(({ state }) => state !== 'skipped');
  const isTried = isBegun && rotation.step === 'observe';
  if (isTried && rotation.closedAt === null)
    expect(consumers.some(({ lastUsedNewAt }) => lastUsedNewAt !== null)).toBe(true);
  if (end !== 'evidence') return;
  const left = waited.filter((who) => clients.chosenBy(who) === oldSecret);
  expect(left, 'clients that were cut off').toEqual([]);
}

const [DAY_MS, MOST_MS] = [86_400_000, 300_000];
const MOST_A_DAY = 3;

/** Of one key three brown-outs a day at most, of five minutes, and none that a person has stopped. */
export async function expectFewBrownouts(
  fleet: Fleet,
  { id }: Key,
  plaintexts: ReadonlyMap<number, string>,
): Promise<void> {
  const { keyturn } = fleet.at(0);
  const { items } = await keyturn.rotations.list({ key: id, limit: 200 });
  const begun = items
    .flatMap(({ brownouts }) => brownouts)
    .map((one) => ({ ...one, from: Date.parse(one.from), until: Date.parse(one.until) }))
    .filter(({ state }) => state !== 'skipped');
  for (const { from, until, state } of begun) {
    expect(until - from, 'the length of a brown-out').toBeLessThanOrEqual(MOST_MS);
    if (state === 'stopped') expect(until).toBeLessThanOrEqual(fleet.clock.nowMs());
    const sameDay = begun.filter((one) => one.from >= from && one.from < from + DAY_MS);
    expect(sameDay.length, 'brown-outs a day').toBeLessThanOrEqual(MOST_A_DAY);
  }
  if (begun.some(({ state }) => state === 'under_way')) return;
  for (const plaintext of plaintexts.values()) {
    const verdict = await keyturn.verify({ plaintext, ...NOBODY });
    expect(verdict.valid ? 'valid' : verdict.code, 'a trial that is over').not.toBe('browned_out');
  }
}
