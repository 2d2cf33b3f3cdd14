import { type Expression, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { KeyRecord } from '../../keys/key.js';
import type { KeySort } from '../key-sort.js';
import type { KeyFilter } from '../store.js';
import type { SqlEngine } from './engine.js';
import { keysByIds } from './keys.js';

interface Sorted {
  readonly conditions: readonly Expression<SqlBool>[];
  readonly sort: KeySort;
  readonly filter: Pick<KeyFilter, 'after' | 'limit'>;
  /** By id: all of them have this word in the index. */
  readonly word?: string | undefined;
}

const MAX_TRIES = 3; // A key that is deleted between two statements must not end the list.

/** How keys are walked along in an order. */
interface Walk {
  /** What is walked along, joined with `keys`. */
  readonly from: RawBuilder<unknown>;
  readonly value: RawBuilder<unknown>;
  /** Which rows stand for a key: one each. */
  readonly isRow: RawBuilder<SqlBool>;
  /** Keys that have no such value; undefined: each has one. */
  readonly without: RawBuilder<SqlBool> | undefined;
}

const WALKS: Readonly<Record<Exclude<KeySort['by'], 'createdAt'>, Walk>> = {
  name: {
    from: sql`keys`,
    value: sql`lower(keys.name)`,
    isRow: sql`1 = 1`,
    without: undefined,
  },
  expiresAt: {
    from: sql`keys`,
    value: sql`keys.expires_at`,
    isRow: sql`keys.expires_at is not null`,
    without: sql`keys.expires_at is null`,
  },
  lastUsedAt: {
    from: sql`secret_uses used join keys on keys.id = used.key_id`,
    value: sql`used.last_used_at`,
    // Of several secrets, the one that was used last.
    isRow: sql`not exists (select 1 from secret_uses other where other.key_id = used.key_id
      and (other.last_used_at > used.last_used_at
        or (other.last_used_at = used.last_used_at and other.number > used.number)))`,
    without: sql`not exists (select 1 from secret_uses other where other.key_id = keys.id)`,
  },
};

/** Those that have no such time come last, either way, by their ids. */
export async function listSorted(engine: SqlEngine, of: Sorted): Promise<readonly KeyRecord[]> {
  for (let attempt = 1; ; attempt += 1) {
    const ids = await sortedIds(engine, of);
    const keys = await keysByIds(engine, ids);
    if (keys.size === ids.length || attempt === MAX_TRIES) {
      return ids.flatMap((id) => keys.get(id) ?? []);
    }
  }
}

async function sortedIds(engine: SqlEngine, of: Sorted): Promise<readonly KeyRecord['id'][]> {
  const { sort, filter } = of;
  const walk = walkOf(of);
  const isPast = filter.after !== null && sort.afterValue === null;
  const first = isPast ? [] : await idsAlong(engine, of, walk);
  const left = filter.limit - first.length;
  if (left === 0 || walk.without === undefined) return first;
  const rest = { ...of, filter: { limit: left, after: isPast ? filter.after : null } };
  return [...first, ...(await idsWithout(engine, rest, walk.without))];
}

function walkOf({ sort, word = '' }: Sorted): Walk {
  if (sort.by !== 'createdAt') return WALKS[sort.by];
  // In this order, which the cross join keeps: along the index of the word, which is sorted by id.
  return {
    from: sql`key_terms found cross join keys`,
    value: sql`found.key_id`,
    isRow: sql`found.term = ${word} and keys.id = found.key_id`,
    without: undefined,
  };
}

async function idsAlong(
  { db }: SqlEngine,
  { conditions, sort, filter }: Sorted,
  { from, value, isRow }: Walk,
): Promise<readonly KeyRecord['id'][]> {
  const { after, limit } = filter;
  const [beyond, order] = directionOf(sort);
  // By both parts of the index: the first alone would pass over what is alike.
  const isLater =
    after === null
      ? sql`1 = 1`
      : sql`${value} ${beyond}= ${sort.afterValue}
          and (${value} ${beyond} ${sort.afterValue} or keys.id ${beyond} ${after})`;
  const { rows } = await sql<{ readonly id: KeyRecord['id'] }>`
    select keys.id as id from ${from}
    where ${isRow} and ${isLater} and ${sql.join(conditions, sql` and `)}
    order by ${value} ${order}, ${sort.by === 'createdAt' ? value : sql`keys.id`} ${order}
    limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

async function idsWithout(
  { db }: SqlEngine,
  { conditions, sort, filter }: Sorted,
  isWithout: RawBuilder<SqlBool>,
): Promise<readonly KeyRecord['id'][]> {
  const [beyond, order] = directionOf(sort);
  const { after, limit } = filter;
  const isLater = after === null ? sql`1 = 1` : sql`keys.id ${beyond} ${after}`;
  const { rows } = await sql<{ readonly id: KeyRecord['id'] }>`
    select keys.id as id from keys
    where ${isWithout} and ${isLater} and ${sql.join(conditions, sql` and `)}
    order by keys.id ${order}
    limit ${limit}`.execute(db);
  return rows.map(({ id }) => id);
}

function directionOf({
  isDescending,
}: KeySort): readonly [RawBuilder<unknown>, RawBuilder<unknown>] {
  return isDescending ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
}
