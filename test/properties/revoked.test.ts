import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Key } from '../../src/views.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, type Instance, startFleet, turn } from '../setup/fleet.js';
import { scaled, seed } from '../setup/scale.js';

const MAX_DELAY_TURNS = 4;
const RUNS = { memory: 120, sqlite: 40, postgres: 40 } as const;

/** Something that happens to the key while it is being revoked, on one of two instances. */
interface Act {
  readonly kind: (typeof KINDS)[number];
  readonly at: number;
}

const KINDS = [
  'check',
  'revoke',
  'revoke_twice',
  'revoke_secret',
  'get',
  'list',
  'find',
  'update',
  'update_often',
  'disable',
  'enable',
  'replay_create',
  'replay_enable',
  'change_another',
  'hear',
  'forget',
] as const;
const CHECKS_EACH = 6;
const UPDATES_EACH = 8; // At once.
const ANSWER_HOPS = 20; // Promises between a decision and who asked for it, and more.

const acts = fc
  .array(
    fc.record({
      kind: fc.oneof(
        { weight: 3, arbitrary: fc.constant('check' as const) },
        { weight: 2, arbitrary: fc.constantFrom('get' as const, 'list' as const) },
        { weight: 1, arbitrary: fc.constant('update_often' as const) },
        { weight: 6, arbitrary: fc.constantFrom(...KINDS) },
      ),
      at: fc.nat(1),
    }),
    { minLength: 4, maxLength: 14 },
  )
  .chain((others) => fc.nat(1).map((at): readonly Act[] => [...others, { kind: 'revoke', at }]));

/** One key that is being revoked while everything else is tried on it. */
class Race {
  readonly #fleet: Fleet;
  readonly #keyId: string;
  readonly #plaintext: string;
  readonly #otherId: string;
  readonly #mark: string;
  /** Instances that have said that the key is revoked, or have heard of it. */
  readonly #told = new Set<Instance>();
  #revokedIn = Number.POSITIVE_INFINITY;
  #updateCount = 0;

  static async begin(fleet: Fleet, mark: string): Promise<Race> {
    const { keyturn } = fleet.at(0);
    const input = { name: mark };
    const made = await keyturn.keys.create(input, { idempotencyKey: mark });
    if (!('plaintext' in made)) throw new Error('The mark was used before.');
    const other = await keyturn.keys.create({ name: 'other' });
    await keyturn.keys.disable(made.key.id);
    await keyturn.keys.enable(made.key.id, {}, { idempotencyKey: mark });
    await fleet.settle();
    return new Race(fleet, { ...made, otherId: other.key.id, mark });
  }

  private constructor(
    fleet: Fleet,
    of: { readonly key: { id: string }; plaintext: string; otherId: string; mark: string },
  ) {
    this.#fleet = fleet;
    this.#keyId = of.key.id;
    this.#plaintext = of.plaintext;
    this.#otherId = of.otherId;
    this.#mark = of.mark;
  }

  async run({ kind, at }: Act, pause: () => Promise<void>): Promise<void> {
    const instance = this.#fleet.at(at);
    const { keys } = instance.keyturn;
    const id = this.#keyId;
    switch (kind) {
      case 'check':
        for (let count = 0; count < CHECKS_EACH; count += 1) {
          await this.#check(instance);
          await pause();
        }
        return;
      case 'revoke':
        return this.#revoke(instance, () => keys.revoke(id));
      case 'revoke_twice':
        await this.#revoke(instance, () => keys.revoke(id, {}, { idempotencyKey: this.#mark }));
        return this.#revoke(instance, () => keys.revoke(id, {}, { idempotencyKey: this.#mark }));
      case 'revoke_secret':
        return this.#revoke(instance, () => keys.revoke(id, { secret: 1 }));
      case 'get':
        return this.#look(instance, async () => standingOf(await keys.get(id)));
      case 'list':
        return this.#look(instance, async () => {
          const { items } = await keys.list({ limit: 200 });
          return standingOf(items.find((key) => key.id === id));
        });
      case 'find':
        return this.#look(instance, async () => {
          const found = await keys.find({ plaintext: this.#plaintext });
          return standingOf(found?.key);
        });
      case 'update':
        return this.#update(instance);
      case 'update_often':
        await Promise.all(Array.from({ length: UPDATES_EACH }, () => this.#update(instance)));
        return;
      case 'disable':
        return refusable(keys.disable(id));
      case 'enable':
        return refusable(keys.enable(id));
      case 'replay_enable':
        return refusable(keys.enable(id, {}, { idempotencyKey: this.#mark }));
      case 'replay_create':
        return refusable(keys.create({ name: this.#mark }, { idempotencyKey: this.#mark }));
      case 'change_another':
        return refusable(keys.update(this.#otherId, { name: `other of ${at}` }));
      case 'hear':
        return instance.store.wake();
      case 'forget':
        return refusable(instance.keyturn.keyspaces.update('default', { storeLoss: '0s' }));
    }
  }

  /** When all is over, nobody accepts it. */
  async end(): Promise<void> {
    await this.#fleet.settle();
    for (const instance of this.#fleet.instances) {
      for (let count = 0; count < 2; count += 1) {
        expect(await instance.verify({ plaintext: this.#plaintext })).toMatchObject({
          code: 'revoked',
        });
      }
    }
  }

  async #revoke(instance: Instance, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      return refusable(Promise.reject(error)); // Its own repeat may be under way.
    }
    this.#revokedIn = Math.min(this.#revokedIn, this.#fleet.sequence);
    await this.#note(instance);
  }

  /** No two say the same, so that each has something to change. */
  #update({ keyturn }: Instance): Promise<void> {
    this.#updateCount += 1;
    return refusable(keyturn.keys.update(this.#keyId, { name: `later ${this.#updateCount}` }));
  }

  /** What it tells of the key binds its checks from then on, and what it told before binds it. */
  async #look(instance: Instance, tell: () => Promise<string | undefined>): Promise<void> {
    const isToldBefore = this.#told.has(instance);
    const state = await tell();
    if (isToldBefore) expect(state, 'told by one that knows').toBe('revoked');
    if (state === 'revoked') await this.#note(instance);
  }

  async #check(instance: Instance): Promise<void> {
    if (instance.sequence >= this.#revokedIn) await this.#note(instance);
    const isToldBefore = this.#told.has(instance);
    const verdict = await instance.keyturn.verify({ plaintext: this.#plaintext });
    const isTold = isToldBefore || this.#told.has(instance);
    expect(verdict.valid && isTold, 'accepted by one that knows').toBe(false);
    if (!verdict.valid && verdict.code === 'revoked') await this.#note(instance);
  }

  /** From now on it knows. An answer that was decided before may still be on its way out. */
  async #note(instance: Instance): Promise<void> {
    for (let hops = 0; hops < ANSWER_HOPS; hops += 1) await null;
    this.#told.add(instance);
  }
}

/** Revoked is a key whose one secret is, too: its checks are answered so. */
function standingOf(key: Key | undefined): string | undefined {
  return key?.secrets[0]?.state === 'revoked' ? 'revoked' : key?.state;
}

/** What a revoked key refuses is refused; nothing else may be. */
async function refusable(change: Promise<unknown>): Promise<void> {
  await change.catch((error: unknown) => {
    expect(error).toMatchObject({
      code: expect.stringMatching(/^(?:state_conflict|idempotency_in_flight)$/),
    });
  });
}

describe.each(dataKinds)('a key that is revoked on $name', ({ name, create }) => {
  let fleet: Fleet;
  let raceCount = 0;
  beforeAll(async () => {
    fleet = await startFleet({ create });
  });
  afterAll(() => fleet.close());

  async function race(all: readonly Act[], delay: () => Promise<void>): Promise<void> {
    raceCount += 1;
    const begun = await Race.begin(fleet, `race-${raceCount}`);
    let release = () => {};
    const isOver = new Promise<void>((resolve) => {
      release = resolve;
    });
    // What goes on in the background is let through at the end.
    const delayUntilOver = () => Promise.race([delay(), isOver]);
    for (const { store } of fleet.instances) {
      store.before = delayUntilOver;
      store.after = delayUntilOver;
    }
    try {
      await Promise.all(all.map((act) => begun.run(act, delayUntilOver)));
    } finally {
      for (const { store } of fleet.instances) {
        store.before = undefined;
        store.after = undefined;
      }
      release();
    }
    await begun.end();
  }

  const inAnyOrder = name === 'memory' ? test : undefined;
  inAnyOrder?.('is never accepted again, in whatever order answers come', () =>
    fc.assert(
      fc.asyncProperty(acts, fc.scheduler(), async (all, scheduler) => {
        const delay = async () => {
          await scheduler.schedule(Promise.resolve());
        };
        await scheduler.waitFor(race(all, delay));
      }),
      { numRuns: scaled(RUNS[name]), seed: seed() },
    ),
  );

  test('is never accepted again, however calls overlap', () =>
    fc.assert(
      fc.asyncProperty(acts, fc.infiniteStream(fc.nat(MAX_DELAY_TURNS)), (all, turns) =>
        race(all, async () => {
          for (let left: number = turns.next().value; left > 0; left -= 1) await turn();
        }),
      ),
      { numRuns: scaled(RUNS[name]), seed: seed() },
    ));
});
