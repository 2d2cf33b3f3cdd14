import type { Store } from '../../src/store/store.js';

/** Runs instead of a write; `name` is the store's method. */
export type AroundWrite = <T>(write: () => Promise<T>, name: string) => Promise<T>;

const CHANGES = ['commit', 'leaseRotations', 'recordSightings', 'weighUses'];
const PLANS = ['savePlanning', 'saveReviewing'];
const PEOPLE = ['touchSession', 'countTry', 'forgiveTry'];
const NOTICES = ['leaseNotices', 'settleNotices', 'insertNotices'];

/** A store whose writes run as `around` has it: changes, plans, leases, what was seen and what told. */
export function aroundWrites(store: Store, around: AroundWrite): Store {
  const automation = wrapped(store.automation, PLANS, around);
  const notices = wrapped(store.notices, NOTICES, around);
  const people = wrapped(store.people, PEOPLE, around);
  const changes = wrapped(store, CHANGES, around);
  return new Proxy(store, {
    get(_target, name) {
      if (name === 'automation') return automation;
      if (name === 'people') return people;
      return name === 'notices' ? notices : Reflect.get(changes, name);
    },
  });
}

function wrapped<T extends object>(of: T, writes: readonly string[], around: AroundWrite): T {
  return new Proxy(of, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const run = value.bind(target);
      if (!writes.includes(String(name))) return run;
      return (...args: readonly unknown[]) => around(async () => run(...args), String(name));
    },
  });
}
