import { expect, onTestFinished, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.js';
import type { Keyturn, WriteOptions } from '../../src/public.js';
import type { Fleet } from '../setup/fleet.js';
import type { MeddledStore } from '../setup/meddled-store.js';

const TWINS = 10; // Of one commit, all under way at once.

/** A change that somebody asks of one instance or another, as often as it takes. */
type Call = (keyturn: Keyturn, how: WriteOptions) => Promise<unknown>;

/** A change, by the event that it writes, and what has to be there before it. */
export type Changes = Readonly<Record<string, (keyturn: Keyturn, fleet: Fleet) => Promise<Call>>>;

/**
 * Each change is made once, whatever its callers hear of it, on the first two of a fleet.
 * @returns what makes an idempotency key that nobody has used; it reads as a number, too.
 */
export function madeOnce(fleetOf: () => Fleet, changes: Changes): () => WriteOptions {
  let howCount = 0;
  const newHow = () => {
    howCount += 1;
    return { idempotencyKey: String(howCount) };
  };

  test.each(Object.entries(changes))(
    'security 35: %s is made once, however often it is asked for again',
    async (type, prepare) => {
      const [first, second] = [fleetOf().at(0), fleetOf().at(1)];
      const call = await prepare(first.keyturn, fleetOf());
      const how = newHow();
      const countBefore = await eventCount(first.keyturn, type);
      lie(first.store, 1, anything);
      await expect(call(first.keyturn, how)).rejects.toThrow('Something broke.');
      const answer = await call(first.keyturn, how);
      expect(await call(second.keyturn, how)).toEqual(answer);
      expect(await call(first.keyturn, how)).toEqual(answer);
      expect(await eventCount(first.keyturn, type)).toBe(countBefore + 1);
    },
  );

  test.each(Object.entries(changes))(
    'security 35: %s is made once where its caller hears of no fault',
    async (type, prepare) => {
      const { keyturn, store } = fleetOf().at(0);
      const call = await prepare(keyturn, fleetOf());
      const how = newHow();
      const countBefore = await eventCount(keyturn, type);
      lie(store, 1);
      const answer = await call(keyturn, how);
      expect(withoutPlaintext(await call(fleetOf().at(1).keyturn, how))).toEqual(
        withoutPlaintext(answer),
      );
      expect(await eventCount(keyturn, type)).toBe(countBefore + 1);
    },
  );

  test.each(Object.entries(changes))(
    'security 35: %s is made once where its repeat comes while it is being made',
    async (type, prepare) => {
      const { keyturn, store } = fleetOf().at(0);
      const call = await prepare(keyturn, fleetOf());
      const countBefore = await eventCount(keyturn, type);
      twin(store);
      await call(keyturn, newHow());
      expect(await eventCount(keyturn, type)).toBe(countBefore + 1);
    },
  );

  return newHow;
}

/** Commits are made, and whoever made them is told that they failed, each so many times. */
export function lie(store: MeddledStore, count: number, fault: () => Error = noAnswer): void {
  let told = 0;
  store.after = (method) => {
    if (method !== 'commit') return;
    told = (told + 1) % (count + 1);
    if (told > 0) throw fault();
  };
  onTestFinished(() => {
    store.after = undefined;
  });
}

/** Each commit meets its own repeats, while none of them is done. All must be told that it is made. */
function twin(store: MeddledStore): void {
  const { commit } = store;
  store.commit = async (change, replan) => {
    const twins = Array.from({ length: TWINS }, () => commit.call(store, change, replan));
    for (const result of await Promise.all(twins)) {
      if (!result.ok) throw new Error(`A repeat was refused: ${result.conflict}.`);
    }
    return commit.call(store, change, replan);
  };
  onTestFinished(() => {
    store.commit = commit;
  });
}

export const noAnswer = () => new StoreUnavailableError('The connection was lost. Ask again.');
const anything = () => new Error('Something broke.');

export async function eventCount(keyturn: Keyturn, type: string): Promise<number> {
  return (await keyturn.events.list({ type, limit: 200 })).items.length;
}

/** The first answer's plaintext is not in the next one; all else is. */
function withoutPlaintext(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  const { plaintext, replayed, ...rest } = Object.fromEntries(Object.entries(answer));
  return rest;
}
