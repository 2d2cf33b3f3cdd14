import { expect } from 'vitest';
import { ClaimRefusedError, StoreUnavailableError } from '../../src/errors.js';
import type { Rotation } from '../../src/rotation-views.js';
import { tokenIn } from '../setup/claiming.js';
import type { Fleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';

const DAY_MS = 86_400_000;
const MOST_STEPS = 40;
const FACTS = { address: '203.0.113.7', userAgent: 'client/1' };

/** A claim that is opened, one whose link lapses, and one of an emergency. */
export const KINDS = ['opened', 'lapsed', 'emergency'] as const;
type Kind = (typeof KINDS)[number];

/** Time leaps by a day here, so that who dies after a leap has told nothing of that day. */
const evidence = { gaps: '2d' };

/** The policies of a course, by its kind. */
export const POLICIES = [
  { name: 'opened', evidence, claim: { remind: ['1d', '2d'], close: '30d' } },
  {
    name: 'lapsed',
    evidence,
    claim: { remind: ['1d', '2d'], close: '3d', unclaimed: 'disable' as const },
  },
];

/**
 * A key that is rotated by claim, and the people about it: they know what was answered to them, and
 * whoever dies is not one of them.
 */
export class Course {
  readonly #kind: Kind;
  readonly #id: string;
  readonly #first: string;
  /** The links that were answered, and how often each has shown a secret. */
  readonly #links = new Map<string, number>();
  readonly #shown: string[] = [];

  static async begin(fleet: Fleet, kind: Kind): Promise<Course> {
    const policy = kind === 'lapsed' ? 'lapsed' : 'opened';
    const { key, plaintext } = await fleet.at(0).issue({ policy });
    const course = new Course(kind, { id: key.id, plaintext });
    // Somebody works with it, unless it is to lapse.
    if (kind !== 'lapsed') await fleet.at(0).verify({ plaintext }, FACTS);
    await new HeldRotations(fleet).pass(DAY_MS);
    return course;
  }

  private constructor(kind: Kind, key: { readonly id: string; readonly plaintext: string }) {
    this.#kind = kind;
    this.#id = key.id;
    this.#first = key.plaintext;
  }

  /**
   * They go on from wherever it is, until there is nothing more to do.
   * @param isDead whether the instance that they work on has died.
   */
  async goOn(fleet: Fleet, isDead = () => false): Promise<void> {
    const time = new HeldRotations(fleet);
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const isOver = await this.#step(fleet, time).catch((error: unknown) => {
        if (isDead() && error instanceof StoreUnavailableError) return true;
        throw error;
      });
      if (isOver || isDead()) return;
      await this.#expectFew(fleet);
    }
    throw new Error('It does not come to an end.');
  }

  async #step(fleet: Fleet, time: HeldRotations): Promise<boolean> {
    const rotation = await this.#last(fleet);
    if (rotation === undefined) return this.#rotate(fleet);
    if (rotation.closedAt !== null) {
      // An emergency ends as its secret is accepted: where nobody was shown it, they ask again.
      const isServed = this.#kind === 'lapsed' || (await this.#accepted(fleet)).length > 0;
      return isServed || this.#rotate(fleet);
    }
    if (rotation.step === 'announce') return this.#wait(fleet, time, rotation);
    const plaintext = this.#shown.at(-1);
    if (rotation.step === 'observe' && (await this.#accepted(fleet)).length === 0) {
      return this.#renew(fleet, rotation);
    }
    if (plaintext !== undefined) await fleet.at(0).verify({ plaintext }, FACTS);
    await time.pass(DAY_MS);
    return false;
  }

  /** Until they have been reminded twice, or beyond the close; then they open it. */
  async #wait(fleet: Fleet, time: HeldRotations, rotation: Rotation): Promise<boolean> {
    const { sent = 0, total = 0 } = rotation.reminders ?? {};
    if (this.#kind === 'lapsed' || sent < total) {
      await time.pass(DAY_MS);
      return false;
    }
    const link = [...this.#links.keys()].at(-1);
    const opened = link && (await this.#open(fleet, link));
    return opened === true ? false : this.#renew(fleet, rotation);
  }

  /** @returns false: it opens nothing. */
  async #open(fleet: Fleet, link: string): Promise<boolean> {
    try {
      const { plaintext } = await fleet.at(0).keyturn.claims.open(link);
      this.#links.set(link, (this.#links.get(link) ?? 0) + 1);
      this.#shown.push(plaintext);
      return true;
    } catch (error) {
      if (error instanceof ClaimRefusedError) return false;
      throw error;
    }
  }

  async #rotate(fleet: Fleet): Promise<false> {
    const why = this.#kind === 'emergency' ? { compromised: true, reason: 'leaked' } : {};
    const input = { ...why, deliver: 'claim' } as const;
    const answer = await fleet.at(0).keyturn.keys.rotate(this.#id, input);
    if (!('claim' in answer)) throw new Error('There is no claim.');
    this.#handOut(answer.claim.url);
    return false;
  }

  async #renew(fleet: Fleet, { id }: Rotation): Promise<false> {
    const { claim } = await fleet.at(0).keyturn.rotations.retry(id);
    if (claim === undefined) throw new Error('There is no link.');
    this.#handOut(claim.url);
    return false;
  }

  #handOut(url: string): void {
    this.#links.set(tokenIn(url), 0);
  }

  async #last(fleet: Fleet): Promise<Rotation | undefined> {
    const { items } = await fleet.at(0).keyturn.rotations.list({ key: this.#id });
    return items[0];
  }

  /** Those of the new secrets that were shown that work now. */
  async #accepted(fleet: Fleet): Promise<readonly string[]> {
    const accepted: string[] = [];
    for (const plaintext of this.#shown) {
      const verdict = await fleet.at(0).verify({ plaintext }, { scopes: ['nobody:has'] });
      if (!verdict.valid && verdict.code === 'insufficient_scope') accepted.push(plaintext);
    }
    return accepted;
  }

  async #expectFew(fleet: Fleet): Promise<void> {
    expect((await this.#accepted(fleet)).length, 'new secrets').toBeLessThanOrEqual(1);
    const { secrets } = await fleet.at(0).keyturn.keys.get(this.#id);
    const live = secrets.filter(({ state }) => state === 'current' || state === 'retiring');
    expect(live.length, 'secrets accepted at once').toBeLessThanOrEqual(2);
    for (const [link, count] of this.#links) {
      expect(count, 'secrets of one link').toBeLessThanOrEqual(1);
      if (count === 1) await expectRefused(fleet, link);
    }
  }

  /** What it has come to: the same, wherever it was cut off. */
  async outcome(fleet: Fleet) {
    const { keyturn } = fleet.at(0);
    const { items: rotations } = await keyturn.rotations.list({ key: this.#id });
    const { secrets } = await keyturn.keys.get(this.#id);
    for (const link of this.#links.keys()) await expectRefused(fleet, link);
    const first = await fleet.at(0).verify({ plaintext: this.#first });
    const daysOfReminders = await Promise.all(rotations.map(({ id }) => remindedOn(fleet, id)));
    expect(daysOfReminders.filter((days) => new Set(days).size < days.length)).toEqual([]);
    return {
      states: [...new Set(rotations.map(({ state }) => state))],
      end: rotations.at(-1)?.end,
      hasReceipt: rotations.every(({ receipt }) => receipt.length > 0),
      old: secrets[0]?.state,
      first: first.valid ? 'valid' : first.code,
      notRevoked: secrets.map(({ state }) => state).filter((state) => state !== 'revoked'),
      shownAndAccepted: (await this.#accepted(fleet)).length,
    };
  }
}

async function expectRefused(fleet: Fleet, link: string): Promise<void> {
  const opening = fleet.at(0).keyturn.claims.open(link);
  await expect(opening).rejects.toMatchObject({ code: 'claim_refused' });
}

/** The day of each reminder of a rotation. */
async function remindedOn(fleet: Fleet, subject: string): Promise<readonly string[]> {
  const query = { subject, type: 'rotation.claim_reminded' } as const;
  const { items } = await fleet.at(0).keyturn.events.list(query);
  return items.map(({ at }) => at.slice(0, 10));
}
