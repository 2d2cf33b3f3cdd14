import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type Kysely,
  type SqlBool,
  sql,
} from 'kysely';
import type { KeyId } from '../../keys/id.js';
import type { KeyRecord, KeyState } from '../../keys/key.js';
import type { SecretRecord } from '../../keys/secret.js';
import type { Database } from '../schema.js';
import type { KeyFilter } from '../store.js';
import type { Within } from '../within.js';
import type { SqlEngine } from './engine.js';
import { keyRecord, secretRecord } from './rows.js';
import { isWithin } from './within.js';

type Condition = Expression<SqlBool>;
type Builder = ExpressionBuilder<Database, 'keys'>;

export async function getKey(
  { db }: SqlEngine,
  id: KeyId,
  within: Within,
): Promise<KeyRecord | undefined> {
  const row = await db
    .selectFrom('keys')
    .selectAll()
    .where('id', '=', id)
    .where(isWithin('keys.keyspace_id', within))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const secrets = await secretsOf(db, [id]);
  return keyRecord(row, secrets.get(id) ?? []);
}

/** Walks the primary key backwards until the page is full; secrets come in a second statement. */
export async function listKeys(
  engine: SqlEngine,
  filter: KeyFilter,
): Promise<readonly KeyRecord[]> {
  const conditions = conditionsOf(engine, filter);
  const rows = await engine.db
    .selectFrom('keys')
    .selectAll()
    .where((eb) => eb.and(conditions))
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .execute();
  const secrets = await secretsOf(
    engine.db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => keyRecord(row, secrets.get(row.id) ?? []));
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

async function secretsOf(
  db: Kysely<Database>,
  ids: readonly KeyId[],
): Promise<ReadonlyMap<KeyId, readonly SecretRecord[]>> {
  const found = new Map<KeyId, SecretRecord[]>();
  if (ids.length === 0) return found;
  const rows = await db
    .selectFrom('secrets')
    .selectAll()
    .where('key_id', 'in', ids)
    .orderBy('key_id')
    .orderBy('number')
    .execute();
  for (const row of rows) {
    const secrets = found.get(row.key_id) ?? [];
    secrets.push(secretRecord(row));
    found.set(row.key_id, secrets);
  }
  return found;
}

function conditionsOf(engine: SqlEngine, filter: KeyFilter): readonly Condition[] {
  const eb = expressionBuilder<Database, 'keys'>();
  const { within, after, search, state, tag } = filter;
  const conditions: Condition[] = [
    isWithin('keys.keyspace_id', within),
    ...plainConditions(eb, filter),
  ];
  if (after !== null) conditions.push(sql<SqlBool>`keys.id < ${after}`);
  if (search !== undefined) conditions.push(contains(search));
  if (tag !== undefined) conditions.push(engine.hasTag(tag));
  if (state !== undefined) conditions.push(isInState(eb, state, filter.nowMs));
  return conditions;
}

function plainConditions(eb: Builder, filter: KeyFilter): Condition[] {
  const { owner, environment, makerId } = filter;
  const conditions: Condition[] = [];
  if (owner !== undefined) conditions.push(eb('owner', '=', owner));
  if (environment !== undefined) conditions.push(sql<SqlBool>`keys.environment = ${environment}`);
  if (makerId !== undefined) conditions.push(eb('maker_id', '=', makerId));
  return conditions;
}

function contains(search: string): Condition {
  const literal = search.toLowerCase().replace(/[\\%_]/g, '\\$&');
  return sql<SqlBool>`keys.search_text like ${`%${literal}%`} escape '\\'`;
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
