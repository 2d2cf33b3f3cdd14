import { afterAll, beforeAll, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import { dataKinds } from '../setup/data.js';
import { DueWorld } from '../setup/due-world.js';
import type { Fleet } from '../setup/fleet.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { scaled } from '../setup/scale.js';

const LEASE_MS = 360_000; // Of what was taken, and is held by nobody who knows it.
const PATIENCE_MS = 120_000; // Some dozen runs.
/** Of these one is like the other: what they write is when something is looked at again. */
const ALIKE = ['leaseRotations', 'recordSightings', 'leaseNotices', 'weighUses'];

/** Writes are made, and whoever made them hears of some that they failed. */
class Liar {
  /** Those that were made in the run, by name. */
  readonly writes: string[] = [];
  readonly #isLie: (writes: readonly string[]) => boolean;
  readonly #fault: () => Error;

  constructor(isLie: (writes: readonly string[]) => boolean, fault: () => Error) {
    this.#isLie = isLie;
    this.#fault = fault;
  }

  readonly around = async <T>(write: () => Promise<T>, name: string): Promise<T> => {
    const answer = await write();
    this.writes.push(name);
    if (this.#isLie(this.writes)) throw this.#fault();
    return answer;
  };
}

const anything = () => new Error('Something broke.');
const noAnswer = () => new StoreUnavailableError('The connection was lost. Ask again.');

let mail: MailServer;
beforeAll(async () => {
  mail = await startMailServer({ offersTls: false });
});
afterAll(() => mail.close());

/** What comes of what is due: by a run, and by another where that one ended with a fault. */
async function endOf(liar: Liar, mostRuns = 2) {
  const [memory] = dataKinds;
  if (memory === undefined) throw new Error('There is no memory.');
  const world = await DueWorld.open(memory, mail);
  const rotate = (fleet: Fleet) => fleet.at(0).keyturn.rotateDue();
  try {
    for (let run = 0; run < mostRuns; run += 1) {
      const ran = await world.run(rotate, liar.around).catch(() => undefined);
      world.clock.advanceMs(LEASE_MS);
      if (ran !== undefined) break;
    }
    return await world.run(async (fleet) => {
      const { keyturn } = fleet.at(0);
      await keyturn.rotateDue();
      const outcome = await world.outcome(keyturn);
      for (const plaintext of await world.secrets(keyturn)) {
        expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
      }
      return outcome;
    });
  } finally {
    await world.remove();
  }
}

const timeout = PATIENCE_MS * scaled(1);

test('security 35: what is due comes to the same end at whichever write the store lies', {
  timeout,
}, async () => {
  const honest = new Liar(() => false, anything);
  const whole = await endOf(honest);
  expect(whole).toMatchObject({
    rotations: ['delivered observe waiting', 'claimed announce waiting'],
    chains: true,
  });
  expect(new Set(honest.writes)).toEqual(
    new Set([...ALIKE, 'commit', 'savePlanning', 'saveReviewing', 'settleNotices']),
  );
  for (const [index, name] of honest.writes.entries()) {
    if (ALIKE.includes(name) && honest.writes.indexOf(name) < index) continue;
    const liar = new Liar(({ length }) => length === index + 1, anything);
    expect(await endOf(liar), `a lie about write ${index + 1}, ${name}`).toEqual(whole);
  }
});

test('security 35: and where every change is once said to have failed', { timeout }, async () => {
  const whole = await endOf(new Liar(() => false, noAnswer));
  let isLast = false;
  const liar = new Liar((writes) => {
    if (writes.at(-1) !== 'commit') return false;
    isLast = !isLast;
    return isLast;
  }, noAnswer);
  // What is recorded once is not repeated by who records it: the next run knows it.
  expect(await endOf(liar, 30)).toEqual(whole);
});
