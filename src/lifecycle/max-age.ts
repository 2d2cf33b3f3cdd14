import { InvalidRequestError } from '../errors.js';
import { isObject } from '../form.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { DEFAULT_POLICY } from '../keys/policy-name.js';
import type { PolicyRecord } from '../store/rotation.js';
import type { Store, TooOld } from '../store/store.js';

const PAGE_SIZE = 200; // Of policies.
const MAX_POLICIES = 200; // Each is a condition of the statement that lists their keys.

/** What a key is shown with of its policy. */
interface Followed {
  /** How old its secrets may become, in milliseconds; null: any age. */
  readonly maxAgeMs: number | null;
  /** Whether it rotates its keys by itself, and does not only say when they are due. */
  readonly isRotating: boolean;
}

/**
 * What keys' policies say. Each policy is read once: most keys of a page follow the same.
 * @public
 */
export function followed(
  store: Pick<Store, 'getPolicy'>,
): (key: Pick<KeyRecord, 'keyspaceId' | 'policy'>) => Promise<Followed> {
  const known = new Map<string, Promise<Followed>>();
  return ({ keyspaceId, policy }) => {
    const name = policy ?? DEFAULT_POLICY;
    const place = `${keyspaceId} ${name}`;
    const reading = known.get(place) ?? store.getPolicy(keyspaceId, name).then(followedIn);
    known.set(place, reading);
    return reading;
  };
}

/**
 * By which policies of these keyspaces secrets are too old that were made when.
 * @throws {InvalidRequestError} they are too many for one question.
 */
export async function tooOldIn(
  store: Pick<Store, 'listPolicies'>,
  keyspaces: readonly Pick<KeyspaceRecord, 'id'>[],
  of: { readonly policy: string | undefined; readonly nowMs: number },
): Promise<readonly TooOld[]> {
  const tooOld: TooOld[] = [];
  for (const { id: keyspaceId } of keyspaces) {
    let after: string | null = null;
    do {
      const page: readonly PolicyRecord[] = await store.listPolicies(keyspaceId, {
        after,
        limit: PAGE_SIZE,
      });
      tooOld.push(...page.flatMap((policy) => tooOldBy(policy, of)));
      if (tooOld.length > MAX_POLICIES) throw tooMany();
      after = page.length < PAGE_SIZE ? null : (page.at(-1)?.name ?? null);
    } while (after !== null);
  }
  return tooOld;
}

function tooOldBy(
  policy: PolicyRecord,
  of: { readonly policy: string | undefined; readonly nowMs: number },
): readonly TooOld[] {
  const { keyspaceId, name } = policy;
  const maxAgeMs = maxAgeIn(parsed(policy.body));
  const isMeant = of.policy === undefined || of.policy === name;
  return maxAgeMs === null || !isMeant
    ? []
    : [{ keyspaceId, policy: name, madeUntil: of.nowMs - maxAgeMs }];
}

function tooMany(): InvalidRequestError {
  const message = `is asked of more than ${MAX_POLICIES} policies at once.`;
  const fix = 'Name a keyspace or a policy, too.';
  return new InvalidRequestError([{ pointer: '/pastPolicy', message, fix }]);
}

/** All that is read here of a policy's terms. A damaged one is told of where it is used. */
function followedIn(policy: PolicyRecord | undefined): Followed {
  const terms = policy === undefined ? undefined : parsed(policy.body);
  const schedule = isObject(terms) && 'schedule' in terms ? terms.schedule : undefined;
  const isReminding = isObject(schedule) && 'deliver' in schedule && schedule.deliver === 'notice';
  const isRotating = isObject(schedule) && !isReminding;
  return { maxAgeMs: maxAgeIn(terms), isRotating };
}

function maxAgeIn(terms: unknown): number | null {
  const expiry = isObject(terms) && 'expiry' in terms ? terms.expiry : undefined;
  const maxAgeMs = isObject(expiry) && 'maxAgeMs' in expiry ? expiry.maxAgeMs : undefined;
  return typeof maxAgeMs === 'number' ? maxAgeMs : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
