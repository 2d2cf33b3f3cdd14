import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import { durableKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { holdNext } from '../setup/hold.js';
import { postgresOrSkip } from '../setup/postgres.js';
import { bundleProgram, type Program, type Started } from '../setup/processes.js';
import { HeldRotations } from '../setup/rotations.js';

const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const PATIENCE_MS = 180_000; // A process, a database and an instance for each commit.
const FIRST_UNDER_LEASE = 2; // The first commit begins the rotation.
/** A rotation whose last steps a worker does by itself, and an emergency. */
const KINDS = ['finish', 'emergency'] as const;

let program: Program;
beforeAll(async () => {
  program = await bundleProgram('test/crash/stopped-program.ts');
});
afterAll(() => program.remove());

/** A process that stands before a commit, and runs no more. */
interface Stopped {
  readonly process: Started;
  readonly id: string;
  readonly where: string;
}

describe.each(durableKinds)('a worker that is stopped past its lease on $name', (data) => {
  test.for(KINDS)(
    'security 26: changes nothing when it wakes: %s',
    { timeout: PATIENCE_MS },
    async (kind, ctx) => {
      if (data.name === 'postgres') postgresOrSkip(ctx);
      // A second server on one SQLite file is refused: each commit has a file of its own.
      const count = await commitsOf(kind);
      expect(count).toBeGreaterThanOrEqual(4);
      for (let number = FIRST_UNDER_LEASE; number <= count; number += 1) {
        const opened = await data.create();
        const stopped = await stoppedAt(opened.url, kind, number);
        // By its clock the lease has long lapsed; by the clock of who was stopped it has not.
        const fleet = await startFleet({ create: async () => opened, roles: ['server'] });
        const time = new HeldRotations(fleet);
        for (const ms of [MINUTE_MS, 2 * DAY_MS, 2 * DAY_MS]) await time.pass(ms);
        const before = await allOf(fleet, stopped);
        expect(before.open.filter(isUnasked), stopped.where).toEqual([]);
        await wake(stopped);
        await ended(stopped);
        await time.pass(MINUTE_MS);
        expect(await allOf(fleet, stopped), stopped.where).toEqual(before);
        await fleet.close();
      }
    },
  );

  test('security 26: changes nothing while another has only taken over, either', {
    timeout: PATIENCE_MS,
  }, async (ctx) => {
    if (data.name === 'postgres') postgresOrSkip(ctx);
    const count = await commitsOf('emergency');
    for (let number = FIRST_UNDER_LEASE; number <= count; number += 1) {
      const opened = await data.create();
      const stopped = await stoppedAt(opened.url, 'emergency', number);
      const fleet = await startFleet({ create: async () => opened, roles: ['server'] });
      const time = new HeldRotations(fleet);
      const before = await allOf(fleet, stopped);
      const held = holdNext(fleet.at(0).store, 'before', 'commit');
      fleet.clock.advanceMs(MINUTE_MS);
      fleet.at(0).runDue();
      await held.isHeld; // All versions are what they were: only the lease is another's.
      await wake(stopped);
      expect(await allOf(fleet, stopped), stopped.where).toEqual(before);
      held.letGo();
      for (const ms of [MINUTE_MS, 2 * DAY_MS, 2 * DAY_MS]) await time.pass(ms);
      const after = await allOf(fleet, stopped);
      expect(after.open.filter(isUnasked), stopped.where).toEqual([]);
      await ended(stopped);
      await fleet.close();
    }
  });

  /** The commits of the whole, as counted by a process that nobody stops. */
  async function commitsOf(kind: string): Promise<number> {
    const opened = await data.create();
    const whole = program.start(opened.url, kind);
    await whole.next();
    const told = await whole.next();
    await expect(whole.next()).rejects.toThrow('ended');
    await opened.remove();
    expect(told).toMatchObject({ code: 'completed' });
    return Number(fieldOf(told, 'commits'));
  }
});

async function stoppedAt(url: string, kind: string, number: number): Promise<Stopped> {
  const process = program.start(url, kind, `${number}`);
  const id = String(fieldOf(await process.next(), 'id'));
  expect(await process.next()).toBe('waiting');
  process.stop();
  return { process, id, where: `${kind}, commit ${number}` };
}

/** It goes on with what it was about to write, and may not. */
async function wake({ process, where }: Stopped): Promise<void> {
  process.goOn();
  process.say('go on');
  expect(await process.next(), where).toMatchObject({ ok: false });
}

async function ended({ process, where }: Stopped): Promise<void> {
  expect(await process.next(), where).toHaveProperty('code');
  await expect(process.next()).rejects.toThrow('ended');
}

/** All that a worker could change, and who is accepted. */
async function allOf(fleet: Fleet, { id, where }: Stopped) {
  const { keyturn } = fleet.at(0);
  const { lastUsedAt, ...key } = await keyturn.keys.get(id);
  const { items: rotations } = await keyturn.rotations.list({ key: id });
  const { items: events } = await keyturn.events.list({ limit: 200 });
  const live = key.secrets.filter(({ state }) => state === 'current' || state === 'retiring');
  expect(live.length, where).toBeLessThanOrEqual(1);
  return {
    key,
    open: rotations.filter(({ closedAt }) => closedAt === null),
    rotations: rotations.map(({ id: rotation, state, step, version }) => [
      ...[rotation, state, step, version],
    ]),
    events: events.map((event) => event.id),
  };
}

/** An emergency whose new secret went with its process ends nothing more by itself: it asks for another. */
function isUnasked({ step, state, compromised }: Rotation): boolean {
  return !(compromised && step === 'issue' && state === 'needs_operator');
}

function fieldOf(told: unknown, name: string): unknown {
  if (typeof told !== 'object' || told === null) throw new Error('Nothing.');
  return Object.entries(told).find(([field]) => field === name)?.[1];
}
