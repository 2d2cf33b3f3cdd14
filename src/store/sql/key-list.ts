import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type RawBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { KeyRecord, KeyState } from '../../keys/key.js';
import { DEFAULT_POLICY } from '../../keys/policy-name.js';
import type { Database } from '../schema.js';
import type { KeyFilter, TooOld } from '../store.js';
import type { SqlEngine } from './engine.js';
import { listSorted } from './key-sorts.js';
import { type Found, hasWords, sourcesOf } from './key-sources.js';
import { withSecrets } from './keys.js';
import { isWithin } from './within.js';

/** Never reached by what few have: it tells PostgreSQL how many that are. */
const MOST = 10_000;

type Condition = Expression<SqlBool>;
type Builder = ExpressionBuilder<Database, 'keys'>;

/**
 * What few keys have is found by its index, and sorted. Else the order that is asked for is walked
 * along, until the page is full: of what many have it is soon.
 */
export async function listKeys(
  engine: SqlEngine,
  filter: KeyFilter,
): Promise<readonly KeyRecord[]> {
  if (filter.within !== 'all' && filter.within.length === 0) return [];
  const isNarrowed = filter.search !== undefined || filter.sort !== undefined || isSifted(filter);
  const found = isNarrowed ? await sourcesOf(engine, filter) : { few: undefined, word: undefined };
  const conditions = conditionsOf(engine, filter, found);
  if (filter.sort !== undefined && filter.sort.by !== 'createdAt') {
    return listSorted(engine, { conditions, sort: filter.sort, filter });
  }
  const isDescending = filter.sort?.isDescending ?? true;
  if (found.word !== undefined) {
    const sort = { by: 'createdAt', isDescending, afterValue: filter.after } as const;
    return listSorted(engine, { conditions, sort, filter, word: found.word });
  }
  const { after } = filter;
  const page = engine.db
    .selectFrom('keys')
    .selectAll()
    .where((eb) => eb.and(conditions))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`keys.id ${isDescending ? sql`<` : sql`>`} ${after}`),
    )
    .orderBy('id', isDescending ? 'desc' : 'asc')
    .limit(filter.limit);
  const keys = await withSecrets(engine.db, page);
  return isDescending ? keys : keys.toReversed();
}

/** Something is asked that no index of its own answers in the order of ids. */
function isSifted({ tag, state, environment }: KeyFilter): boolean {
  return tag !== undefined || environment === 'test' || (state !== undefined && state !== 'active');
}

function conditionsOf(engine: SqlEngine, filter: KeyFilter, found: Found): readonly Condition[] {
  const eb = expressionBuilder<Database, 'keys'>();
  const { search, state, tag } = filter;
  const isFound = found.few !== undefined || found.word !== undefined;
  // Where the way is chosen, no index may lead another one.
  const hidden = isFound || (filter.sort !== undefined && filter.sort.by !== 'createdAt');
  const conditions: Condition[] = [...plainConditions(filter, hidden), ...wayTo(found)];
  if (search !== undefined) conditions.push(...hasWords(search));
  if (tag !== undefined) conditions.push(engine.hasTag(tag));
  if (state !== undefined) conditions.push(isInState(eb, state, filter.nowMs));
  if (filter.tooOld !== undefined) conditions.push(isTooOld(eb, filter.tooOld));
  return conditions;
}

function wayTo({ few }: Found): readonly Condition[] {
  return few === undefined
    ? []
    : [sql<SqlBool>`keys.id in (select id from (${few}) few limit ${sql.lit(MOST)})`];
}

/** `isHidden`: as an expression, that no index serves. */
function plainConditions(filter: KeyFilter, isHidden: boolean): Condition[] {
  const { owner, environment, makerId, policy, within } = filter;
  const conditions: Condition[] = [];
  const is = (column: string, value: string | undefined, hide = isHidden) => {
    if (value === undefined) return;
    const place: RawBuilder<unknown> = hide ? sql`(${sql.ref(column)} || '')` : sql.ref(column);
    conditions.push(sql<SqlBool>`${place} = ${value}`);
  };
  is('keys.owner', owner);
  is('keys.environment', environment);
  is('keys.maker_id', makerId);
  is('keys.policy', policy);
  // Of a policy's keys the keyspace is no way to find them: SQLite would walk all that it has (for a
  // policy that none of 1 000 000 keys names: 780 ms, and 0.01 ms by the index `keys_by_policy`).
  if (within === 'all' || !(isHidden || policy !== undefined)) {
    conditions.push(isWithin('keys.keyspace_id', within));
  } else {
    conditions.push(sql<SqlBool>`(keys.keyspace_id || '') in (${sql.join(within)})`);
  }
  return conditions;
}

/** The key by its policy, and then one of its secrets by its primary key. */
function isTooOld(eb: Builder, tooOld: readonly TooOld[]): Condition {
  const places = tooOld.map(({ keyspaceId, policy, madeUntil }) => {
    const follows = [eb('keys.policy', '=', policy)];
    if (policy === DEFAULT_POLICY) follows.push(eb('keys.policy', 'is', null));
    const old = eb
      .selectFrom('secrets')
      .select('secrets.number')
      .whereRef('secrets.key_id', '=', 'keys.id')
      .where('secrets.state', 'in', ['current', 'retiring'])
      .where('secrets.created_at', '<=', madeUntil);
    return eb.and([eb('keys.keyspace_id', '=', keyspaceId), eb.or(follows), eb.exists(old)]);
  });
  return eb.and([eb('keys.state', '<>', 'revoked'), eb.or(places)]);
}

/** The same order as `stateAt`: revoked, then expired, then what is stored. */
function isInState(eb: Builder, state: KeyState, nowMs: number): Condition {
  if (state === 'revoked') return eb('state', '=', 'revoked');
  if (state === 'expired') {
    return eb.and([eb('state', '<>', 'revoked'), eb('expires_at', '<=', nowMs)]);
  }
  const isUnexpired = eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', nowMs)]);
  return eb.and([eb('state', '=', state), isUnexpired]);
}
