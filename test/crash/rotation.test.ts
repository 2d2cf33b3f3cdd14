import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { postgresOrSkip } from '../setup/postgres.js';
import { compileProgram, type Program } from '../setup/processes.js';
import { HeldRotations } from '../setup/rotations.js';
import { scaled } from '../setup/scale.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
/** A rotation that is ended by hand, and an emergency: every commit that a process makes in one. */
const KINDS = ['finish', 'emergency'] as const;

let program: Program;
beforeAll(() => {
  program = compileProgram('test/crash/rotation-program.ts');
});
afterAll(() => program.remove());

/** A key whose rotation was cut off. */
interface Cut {
  readonly id: string;
  readonly plaintext: string;
  readonly where: string;
}

describe.each(dataKinds.slice(1))('a process that is killed in a rotation on $name', (data) => {
  test.for(KINDS)('security 27: leaves it whole, or the key as it was: %s', async (kind, ctx) => {
    if (data.name === 'postgres') postgresOrSkip(ctx);
    const opened = await data.create();
    const count = await commitsOf(opened.url, kind);
    expect(count).toBeGreaterThanOrEqual(4);
    const cuts: Cut[] = [];
    for (const { when, number } of pointsOf(count)) {
      const killed = program.start(opened.url, kind, when, `${number}`);
      cuts.push({ ...madeIn(await killed.next()), where: `${when} commit ${number}` });
      await expect(killed.next()).rejects.toThrow('ended');
    }
    // Another instance takes over when the lease has lapsed, and time goes on.
    const fleet = await startFleet({ create: async () => opened, roles: ['server'] });
    const time = new HeldRotations(fleet);
    for (const ms of [MINUTE_MS, 2 * DAY_MS, 2 * DAY_MS]) await time.pass(ms);
    for (const cut of cuts) await expectSettled(fleet, kind, cut);
    const chains = await fleet.at(0).keyturn.events.verify();
    expect(chains.filter(({ ok }) => !ok)).toEqual([]);
    await fleet.close();
  });
});

/** Every state that a kill can leave behind; in a long run, also the same ones from both sides. */
function pointsOf(count: number) {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const before = numbers.map((number) => ({ when: 'before', number }));
  const after = numbers.map((number) => ({ when: 'after', number }));
  return [...before, ...(scaled(1) > 1 ? after : after.slice(-1))];
}

/** The commits of the whole, as counted by a process that nobody kills. */
async function commitsOf(url: string, kind: string): Promise<number> {
  const whole = program.start(url, kind);
  await whole.next();
  const told = await whole.next();
  if (typeof told !== 'object' || told === null || !('commits' in told))
    throw new Error('Nothing.');
  return Number(told.commits);
}

function madeIn(told: unknown): Omit<Cut, 'where'> {
  if (typeof told !== 'object' || told === null) throw new Error('Nothing.');
  if (!('id' in told) || !('plaintext' in told)) throw new Error('No key.');
  return { id: String(told.id), plaintext: String(told.plaintext) };
}

/**
 * Nothing is open, and no two secrets are accepted. Without an emergency one is: the old one, or its
 * successor where the old one has ended.
 */
async function expectSettled(fleet: Fleet, kind: string, { id, plaintext, where }: Cut) {
  const { keyturn } = fleet.at(0);
  const { items } = await keyturn.rotations.list({ key: id });
  expect(
    items.filter(({ closedAt }) => closedAt === null),
    where,
  ).toEqual([]);
  const { secrets } = await keyturn.keys.get(id);
  const [old, ...later] = secrets.map(({ state }) => state);
  const current = later.filter((state) => state === 'current');
  const isOldBack = old === 'current';
  expect(
    later.filter((state) => state !== 'revoked' && state !== 'current'),
    where,
  ).toEqual([]);
  expect([old, current.length], where).toEqual(
    isOldBack ? ['current', 0] : ['revoked', kind === 'finish' || current.length === 1 ? 1 : 0],
  );
  const verdict = await fleet.at(0).verify({ plaintext });
  expect(verdict.valid ? 'valid' : verdict.code, where).toBe(isOldBack ? 'valid' : 'revoked');
}
