import type { KeyId } from '../../keys/id.js';
import { pastPolicyOf } from '../../keys/past-policy.js';
import type { Lifecycle } from '../../lifecycle/context.js';
import { followed } from '../../lifecycle/max-age.js';
import type { KeyAge } from '../../store/key-age.js';
import { FirstFew, Sums } from './first-few.js';

const PAGE_SIZE = 2_000; // A page is some milliseconds.
const DAY_MS = 24 * 3_600_000;
/** What expires by then is told of. */
const SOON_MS = 14 * DAY_MS;
/** Where buckets of ages begin, in days. */
export const AGES = ['0', '1', '7', '30', '90', '180', '365'] as const;

type Age = (typeof AGES)[number];

/** Times are milliseconds UTC. */
interface Found {
  readonly keyId: KeyId;
  readonly atMs: number;
}

/** Keys of all keyspaces, by their ages and ends. */
export interface KeyCensus {
  readonly expiring: FirstFew<Found>;
  readonly pastPolicy: FirstFew<Found>;
  readonly ages: Sums<Age>;
}

/** Walks through all keys, a page at a time: checks have their turn in between. */
export async function countKeys({ store, ports, nowMs }: Lifecycle): Promise<KeyCensus> {
  const { clock, timers } = ports;
  const census: KeyCensus = {
    expiring: new FirstFew(),
    pastPolicy: new FirstFew(),
    ages: new Sums(),
  };
  const followedBy = followed(store);
  let after: KeyId | null = null;
  do {
    const startedAt = clock.monotonicMs();
    const page: readonly KeyAge[] = await store.keyAges({ limit: PAGE_SIZE, after });
    for (const key of page) {
      const { maxAgeMs } = await followedBy(key);
      add(census, key, { maxAgeMs, nowMs: nowMs() });
    }
    after = page.length < PAGE_SIZE ? null : (page.at(-1)?.id ?? null);
    // It takes no more than half of the time there is.
    if (after !== null) await timers.sleep(clock.monotonicMs() - startedAt);
  } while (after !== null);
  return census;
}

interface Moment {
  readonly maxAgeMs: number | null;
  readonly nowMs: number;
}

function add(census: KeyCensus, key: KeyAge, moment: Moment): void {
  const { id: keyId, keyspaceId, state, expiresAt } = key;
  const { nowMs } = moment;
  const pastAt = pastSince(key, moment);
  if (pastAt !== undefined) census.pastPolicy.add(keyspaceId, { keyId, atMs: pastAt });
  if (state === 'revoked' || (expiresAt !== null && expiresAt <= nowMs)) return;
  if (expiresAt !== null && expiresAt <= nowMs + SOON_MS) {
    census.expiring.add(keyspaceId, { keyId, atMs: expiresAt });
  }
  for (const { state: is, createdAt } of key.secrets) {
    if (is === 'current') census.ages.add(keyspaceId, ageOf(nowMs - createdAt));
  }
}

/** As a key says it of itself. */
function pastSince(key: KeyAge, moment: Moment): number | undefined {
  const held = key.secrets.flatMap(({ state, deadline }) =>
    state === 'retiring' && deadline !== null && deadline <= moment.nowMs ? [deadline] : [],
  );
  const tooOld = pastPolicyOf(key, moment);
  const since = tooOld === undefined ? held : [tooOld.sinceAt, ...held];
  return since.length === 0 ? undefined : Math.min(...since);
}

function ageOf(ageMs: number): Age {
  return AGES.findLast((days) => ageMs >= Number(days) * DAY_MS) ?? '0';
}
