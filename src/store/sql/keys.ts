import type { Kysely, Selectable, SelectQueryBuilder } from 'kysely';
import type { KeyId } from '../../keys/id.js';
import type { KeyRecord } from '../../keys/key.js';
import type { SecretRecord } from '../../keys/secret.js';
import type { Database, KeysTable, SecretsTable } from '../schema.js';
import type { Within } from '../within.js';
import type { SqlEngine } from './engine.js';
import { brownoutIn, keyRecord } from './rows.js';
import { isWithin } from './within.js';

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

/** In one statement: in two, a key and its secrets could be of two moments. Newest first. */
export async function withSecrets(db: Kysely<Database>, page: Page): Promise<readonly KeyRecord[]> {
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
