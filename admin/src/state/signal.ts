import { useSyncExternalStore } from 'react';

/** One value that the whole application shares. */
export interface Signal<Value> {
  readonly get: () => Value;
  readonly set: (value: Value) => void;
  readonly subscribe: (hear: () => void) => () => void;
}

/**
 * Makes a signal.
 * @public
 */
export function signal<Value>(first: Value): Signal<Value> {
  let value = first;
  const hearers = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const hear of hearers) hear();
    },
    subscribe(hear) {
      hearers.add(hear);
      return () => {
        hearers.delete(hear);
      };
    },
  };
}

/**
 * A signal's value, in a component.
 * @public
 */
export function useSignal<Value>({ subscribe, get }: Signal<Value>): Value {
  return useSyncExternalStore(subscribe, get);
}
