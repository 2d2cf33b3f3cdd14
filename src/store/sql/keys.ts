import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type Kysely,
  type Selectable,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { KeyId } from '../../keys/id.js';
import type { KeyRecord, KeyState } from '../../keys/key.js';
import { DEFAULT_POLICY } from '../../keys/policy-name.js';
import type { SecretRecord } from '../../keys/secret.js';
import type { Database, KeysTable, SecretsTable } from '../schema.js';
import type { KeyFilter, TooOld } from '../store.js';
import type { Within } from '../within.js';
import type { SqlEngine } from './engine.js';
import { brownoutIn, keyRecord } from './rows.js';
import { isWithin } from './within.js';

type Condition = Expression<SqlBool>;
type Builder = ExpressionBuilder<Database, 'keys'>;

export async function getKey(
  { db }: SqlEngine,
  id: KeyId,
  within: Within,
): Promise<KeyRecord | undefined> {
  const page = db
    .selectFrom('keys')
    .selectAll()
    .where('id', '=', id)
    .where(isWithin('keys.keyspace_id', within));
  return (await withSecrets(db, page))[0];
}

/** Walks the primary key backwards until the page is full. */
export async function listKeys(
  engine: SqlEngine,
  filter: KeyFilter,
): Promise<readonly KeyRecord[]> {
  const conditions = conditionsOf(engine, filter);
  const page = engine.db
    .selectFrom('keys')
    .selectAll()
    .where((eb) => eb.and(conditions))
    .orderBy('id', 'desc')
    .limit(filter.limit);
  return withSecrets(engine.db, page);
}

/** Those of the keys that are there, by id. */
export async function keysByIds(
  { db }: SqlEngine,
  ids: readonly KeyId[],
): Promise<ReadonlyMap<KeyId, KeyRecord>> {
  if (ids.length === 0) return new Map();
  const keys = await withSecrets(db, db.selectFrom('keys').selectAll().where('id', 'in', ids));
  return new Map(keys.map((key) => [key.id, key]));
}

/** A key as it is, held to the end of the transaction. */
export async function lockedKey(
  engine: SqlEngine,
  trx: Kysely<Database>,
  id: KeyId,
): Promise<KeyRecord | undefined> {
  const one = trx.selectFrom('keys').selectAll().where('id', '=', id);
  if (engine.hasRowLocks) await one.forNoKeyUpdate().execute();
  return (await withSecrets(trx, one))[0];
}

export async function lastUses(
  { db }: SqlEngine,
  ids: readonly KeyId[],
): Promise<ReadonlyMap<KeyId, ReadonlyMap<number, number>>> {
  const found = new Map<KeyId, Map<number, number>>();
  if (ids.length === 0) return found;
  const rows = await db.selectFrom('secret_uses').selectAll().where('key_id', 'in', ids).execute();
  for (const row of rows) {
    const uses = found.get(row.key_id) ?? new Map<number, number>();
    found.set(row.key_id, uses.set(row.number, row.last_used_at));
  }
  return found;
}

type Page = SelectQueryBuilder<Database, 'keys', Selectable<KeysTable>>;

/** In one statement: in two, a key and its secrets could be of two moments. */
async function withSecrets(db: Kysely<Database>, page: Page): Promise<readonly KeyRecord[]> {
  const rows = await db
    .selectFrom(page.as('page'))
    .leftJoin('secrets', 'secrets.key_id', 'page.id')
    .selectAll('page')
    .select(['secrets.number', 'secrets.scheme', 'secrets.digest', 'secrets.hint'])
    .select(['secrets.state as secret_state', 'secrets.created_at as secret_created_at'])
    .select(['secrets.expires_at as secret_expires_at', 'secrets.deadline_at'])
    .select('secrets.brownout')
    .orderBy('page.id', 'desc')
    .orderBy('secrets.number')
    .execute();
  const keys = new Map<KeyId, KeyRecord>();
  for (const row of rows) {
    const key = keys.get(row.id) ?? keyRecord(row, []);
    keys.set(row.id, { ...key, secrets: [...key.secrets, ...secretIn(row)] });
  }
  return [...keys.values()];
}

/** Nothing for the empty right side of the join. */
function secretIn(row: JoinedSecret): readonly SecretRecord[] {
  const { number, scheme, digest, hint, secret_state: state, secret_created_at: createdAt } = row;
  if (number === null || scheme === null || digest === null || hint === null) return [];
  if (state === null || createdAt === null) return [];
  const { secret_expires_at: expiresAt, deadline_at: deadline } = row;
  const brownout = brownoutIn(row);
  return [{ number, scheme, digest, hint, state, createdAt, expiresAt, deadline, brownout }];
}

type Nullable<T> = { readonly [Name in keyof T]: T[Name] | null };

type JoinedSecret = Nullable<
  Pick<SecretsTable, 'number' | 'scheme' | 'digest' | 'hint' | 'deadline_at' | 'brownout'> & {
    readonly secret_state: SecretsTable['state'];
    readonly secret_created_at: number;
    readonly secret_expires_at: number;
  }
>;

function conditionsOf(engine: SqlEngine, filter: KeyFilter): readonly Condition[] {
  const eb = expressionBuilder<Database, 'keys'>();
  const { after, search, state, tag } = filter;
  const conditions: Condition[] = [isInside(filter), ...plainConditions(eb, filter)];
  if (after !== null) conditions.push(sql<SqlBool>`keys.id < ${after}`);
  if (search !== undefined) conditions.push(contains(search));
  if (tag !== undefined) conditions.push(engine.hasTag(tag));
  if (state !== undefined) conditions.push(isInState(eb, state, filter.nowMs));
  if (filter.tooOld !== undefined) conditions.push(isTooOld(eb, filter.tooOld));
  return conditions;
}

/**
 * Of a policy's keys the keyspace is no way to find them: SQLite would walk all that it has (for a
 * policy that none of 1 000 000 keys names: 780 ms, and 0.01 ms by the index `keys_by_policy`).
 */
function isInside({ within, policy }: KeyFilter): Condition {
  if (policy === undefined || within === 'all' || within.length === 0) {
    return isWithin('keys.keyspace_id', within);
  }
  return sql<SqlBool>`(keys.keyspace_id || '') in (${sql.join(within)})`;
}

function plainConditions(eb: Builder, filter: KeyFilter): Condition[] {
  const { owner, environment, makerId, policy } = filter;
  const conditions: Condition[] = [];
  if (owner !== undefined) conditions.push(eb('owner', '=', owner));
  if (environment !== undefined) conditions.push(sql<SqlBool>`keys.environment = ${environment}`);
  if (makerId !== undefined) conditions.push(eb('maker_id', '=', makerId));
  if (policy !== undefined) conditions.push(eb('policy', '=', policy));
  return conditions;
}

function contains(search: string): Condition {
  const literal = search.toLowerCase().replace(/[\\%_]/g, '\\$&');
  return sql<SqlBool>`keys.search_text like ${`%${literal}%`} escape '\\'`;
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
