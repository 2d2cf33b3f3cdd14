import { describe, expect, test } from 'vitest';
import { cutOff } from '../setup/cut-off.js';
import { type Data, type DataKind, dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { HeldClock } from '../setup/held-clock.js';
import { postgresOrSkip } from '../setup/postgres.js';
import { HeldRotations } from '../setup/rotations.js';
import { scaled } from '../setup/scale.js';
import { Course, KINDS, POLICIES } from './claim-course.js';

const MINUTE_MS = 60_000;
const SIDES = ['before', 'after'] as const;

const CLAIMED = { states: ['completed'], hasReceipt: true, old: 'revoked', first: 'revoked' };
/** What each comes to where nobody dies. */
const WHOLE = {
  opened: { ...CLAIMED, end: 'evidence', notRevoked: ['current'], shownAndAccepted: 1 },
  lapsed: { ...CLAIMED, end: 'unclaimed', notRevoked: [], shownAndAccepted: 0 },
  emergency: { ...CLAIMED, end: 'emergency', notRevoked: ['current'], shownAndAccepted: 1 },
} as const;

describe.each(dataKinds)('an instance that dies while a claim is under way on $name', (data) => {
  test.for(KINDS)('security 27: another brings it to the same end: %s', async (kind, ctx) => {
    if (data.name === 'postgres') postgresOrSkip(ctx);
    const at = { data: await data.create(), clock: new HeldClock(), kind };
    const fleet = await startOn(at);
    for (const policy of POLICIES) await fleet.at(0).keyturn.policies.create(policy);
    await fleet.close();
    const { count, outcome } = await endOf(at);
    expect(outcome).toEqual(WHOLE[kind]);
    expect(count).toBeGreaterThanOrEqual(6);
    for (const point of pointsOf(count, data.name)) {
      const where = `${point.when} commit ${point.number}`;
      const cut = await endOf(at, point);
      expect(cut.hasDied, where).toBe(true);
      expect(cut.outcome, where).toEqual(outcome);
    }
    await at.data.remove();
  });
});

interface At {
  readonly data: Data;
  readonly clock: HeldClock;
  readonly kind: (typeof KINDS)[number];
}

/** The commit that an instance dies at; none has this number: it does not. */
interface Point {
  readonly when: (typeof SIDES)[number];
  readonly number: number;
}

/** Both sides of each commit; on a disk one of them, and in a long run both. */
function pointsOf(count: number, name: DataKind['name']): readonly Point[] {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const isFull = name === 'memory' || scaled(1) > 1;
  const sides = { memory: SIDES, sqlite: SIDES.slice(0, 1), postgres: SIDES.slice(1) };
  return numbers.flatMap((number) =>
    (isFull ? SIDES : sides[name]).map((when) => ({ when, number })),
  );
}

/** One more instance on the same data, later. */
function startOn({ data, clock }: At): Promise<Fleet> {
  const kept = { ...data, remove: async () => {} };
  const options = { publicUrl: 'https://keys.example' };
  return startFleet({ create: async () => kept, roles: ['server'], options, clock });
}

/** A course on an instance that dies at a commit; another takes over when its lease has lapsed. */
async function endOf(at: At, point: Point = { when: 'before', number: Number.NaN }) {
  const first = await startOn(at);
  const course = await Course.begin(first, at.kind);
  const death = dyingAt(first, point);
  await course.goOn(first, death.hasDied);
  const [count, hasDied] = [death.count(), death.hasDied()];
  const last = hasDied ? await startOn(at) : first;
  if (hasDied) {
    await new HeldRotations(last).pass(MINUTE_MS);
    await course.goOn(last);
  }
  const outcome = await course.outcome(last);
  const chains = await last.at(0).keyturn.events.verify();
  expect(chains.filter(({ ok }) => !ok)).toEqual([]);
  for (const fleet of new Set([last, first])) await fleet.close();
  return { count, hasDied, outcome };
}

/** From that commit on nothing that it asks of its store is done, or answered. */
function dyingAt(fleet: Fleet, { when, number }: Point) {
  const { store } = fleet.at(0);
  let count = 0;
  let hasDied = false;
  const dieAt = (moment: Point['when'], isCommit: boolean) => {
    hasDied ||= isCommit && moment === when && count === number;
    if (hasDied) throw cutOff();
  };
  store.before = (method) => {
    if (method === 'commit' && !hasDied) count += 1;
    dieAt('before', method === 'commit');
  };
  store.after = (method) => dieAt('after', method === 'commit');
  return { count: () => count, hasDied: () => hasDied };
}
