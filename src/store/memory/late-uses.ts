import type { KeyId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import type { ConsumerUse } from '../consumers.js';
import type { LateCounts, LateUse, WeighedUse } from '../late-use.js';
import type { Journal } from './journal.js';
import { frozen, type Tables, type Watched } from './tables.js';

const UNWATCHED: Watched = { watchedAt: 0, lateAs: null };

/** Where a consumer's checks of a secret stand, by what became of them. */
export function consumerPlace(
  use: Pick<ConsumerUse, 'keyId' | 'secretNumber' | 'outcome'>,
  consumer: string,
): string {
  const number = String(use.secretNumber).padStart(10, '0');
  return `${use.keyId} ${number} ${consumer} ${use.outcome}`;
}

/** See Store.unwatchedUses. */
export function unwatchedUses(tables: Tables, limit: number): readonly LateUse[] {
  return [...tables.consumers]
    .filter(([place, use]) => use.outcome === 'refused' && watchedAt(tables, place) < use.lastAt)
    .sort(([, left], [, right]) => left.lastAt - right.lastAt)
    .slice(0, limit)
    .map(([place, use]) => ({ ...use, lateAs: watchedIn(tables, place).lateAs }));
}

/** See Store.lateUsesOf. */
export function lateUsesOf(
  tables: Tables,
  { keyId, secretNumber, limit }: { keyId: KeyId; secretNumber: number; limit: number },
): readonly LateUse[] {
  return [...tables.consumers]
    .map(([place, use]) => ({ ...use, lateAs: watchedIn(tables, place).lateAs }))
    .filter((use) => use.keyId === keyId && use.secretNumber === secretNumber)
    .filter(({ lateAs }) => lateAs !== null)
    .sort(
      (left, right) =>
        right.lastAt - left.lastAt || (left.consumer.id < right.consumer.id ? -1 : 1),
    )
    .slice(0, limit);
}

/** See Store.countLate. */
export function countLate(tables: Tables, keyId: KeyId, secretNumber: number): LateCounts {
  const all = lateUsesOf(tables, { keyId, secretNumber, limit: Number.POSITIVE_INFINITY });
  const countOf = (kind: LateUse['lateAs']) => all.filter(({ lateAs }) => lateAs === kind).length;
  return { straggler: countOf('straggler'), intruder: countOf('intruder') };
}

/** See Store.weighUses. */
export function weighUses(tables: Tables, weighed: readonly WeighedUse[]): void {
  for (const use of weighed) {
    const place = placeOf(use);
    if (!tables.consumers.has(place)) continue;
    const lateAs = watchedIn(tables, place).lateAs ?? use.lateAs;
    tables.watches.set(place, frozen({ watchedAt: use.lastAt, lateAs }));
  }
}

/** Once a consumer. */
export function markLate(
  tables: Tables,
  journal: Journal,
  { use }: Extract<Write, { readonly kind: 'mark_late' }>,
): Conflict | undefined {
  const place = placeOf(use);
  const isThere = tables.consumers.has(place);
  if (!isThere || watchedIn(tables, place).lateAs !== null) return 'version';
  journal.set(tables.watches, place, frozen({ watchedAt: use.lastAt, lateAs: use.lateAs }));
  return undefined;
}

function placeOf({ consumer, ...use }: WeighedUse): string {
  return consumerPlace({ ...use, outcome: 'refused' }, consumer);
}

function watchedIn({ watches }: Tables, place: string): Watched {
  return watches.get(place) ?? UNWATCHED;
}

function watchedAt(tables: Tables, place: string): number {
  return watchedIn(tables, place).watchedAt;
}
