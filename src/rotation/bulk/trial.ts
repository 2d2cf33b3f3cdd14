import type { Act } from '../../lifecycle/context.js';
import type { CommitResult } from '../../store/change.js';
import type { Store } from '../../store/store.js';

/** An act that is decided as ever, by what the store holds, and is written nowhere. */
export function inTrial(act: Act): Act {
  const { lifecycle } = act;
  const store = unwritten(lifecycle.store);
  return { ...act, lifecycle: { ...lifecycle, store, committed: async () => undefined } };
}

/** The same store for all but a commit, which says that it was made. */
function unwritten(store: Store): Store {
  const commit = async (): Promise<CommitResult> => ({ ok: true, sequence: 0 });
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'commit') return commit;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
