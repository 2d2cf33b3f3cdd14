import type { KeyRecord } from '../keys/key.js';
import { DEFAULT_POLICY } from '../keys/policy-name.js';
import type { PolicyRecord } from '../store/rotation.js';
import type { Store } from '../store/store.js';

const PAGE_SIZE = 200;
/** Keys that are looked at for one answer: more take longer than anybody who asks. */
export const MAX_FOLLOWERS = 10_000;

type Named = Pick<PolicyRecord, 'keyspaceId' | 'name'>;

/**
 * The keys of a page that follow a policy: those that name it, and of `default` those that name none.
 * @returns where the next page begins; null: there is none.
 */
export async function followersPage(
  store: Store,
  { keyspaceId, name }: Named,
  { after, nowMs }: { readonly after: string | null; readonly nowMs: number },
): Promise<{ readonly keys: readonly KeyRecord[]; readonly next: string | null }> {
  const isDefault = name === DEFAULT_POLICY;
  const rows = await store.listKeys({
    within: [keyspaceId],
    ...(isDefault ? {} : { policy: name }),
    after,
    limit: PAGE_SIZE,
    nowMs,
  });
  const keys = rows.filter(
    ({ policy, state }) => (policy ?? DEFAULT_POLICY) === name && state !== 'revoked',
  );
  return { keys, next: rows.length < PAGE_SIZE ? null : (rows.at(-1)?.id ?? null) };
}

/** All of them, newest first. */
export async function* followersOf(
  store: Store,
  named: Named,
  nowMs: number,
): AsyncGenerator<KeyRecord> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof followersPage>> = await followersPage(store, named, {
      after,
      nowMs,
    });
    yield* page.keys;
    after = page.next;
  } while (after !== null);
}

/** Whether any key follows it that is not revoked. */
export async function hasFollower(store: Store, named: Named): Promise<boolean> {
  for await (const _key of followersOf(store, named, 0)) return true;
  return false;
}

/** How many keys follow it that are not revoked, up to `MAX_FOLLOWERS`. */
export async function countFollowers(store: Store, named: Named): Promise<number> {
  if (named.name !== DEFAULT_POLICY) return store.countNaming(named, MAX_FOLLOWERS);
  let count = 0;
  for await (const _key of followersOf(store, named, 0)) {
    count += 1;
    if (count === MAX_FOLLOWERS) break;
  }
  return count;
}
