import { type Kysely, type SqlBool, sql } from 'kysely';
import type { KeyId } from '../../keys/id.js';
import { mayFollow, type SecretRecord } from '../../keys/secret.js';
import type { Conflict, Write } from '../change.js';
import { requireFewLive } from '../few-live.js';
import type { Database } from '../schema.js';
import { wordsOfText } from '../search-text.js';
import type { SqlEngine } from './engine.js';
import { hasChanged } from './has-changed.js';
import { insertOrigins, leaveMarks, wasDeleted } from './imported.js';
import { removeTerms } from './key-index.js';
import { prepared } from './prepared.js';
import { brownoutIn, keyRow, secretRow } from './rows.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

/** Rows a statement: PostgreSQL takes 65 535 values, and a key has twenty. */
export const MAX_ROWS = 200;

export async function insertKeys(
  trx: Trx,
  writes: readonly Of<'insert_key'>[],
): Promise<Conflict | undefined> {
  if (writes.length === 0) return undefined;
  if (await wasDeleted(trx, writes)) return 'exists';
  const keys = writes.map(({ key }) => key);
  for (const key of keys) requireFewLive(key);
  await trx.insertInto('keys').values(keys.map(keyRow)).execute();
  const secrets = keys.flatMap(({ id, secrets: own }) => own.map((one) => secretRow(id, one)));
  if (secrets.length > 0) await trx.insertInto('secrets').values(secrets).execute();
  await insertOrigins(trx, writes);
  return undefined;
}

export async function updateKeys(
  engine: SqlEngine,
  trx: Trx,
  writes: readonly Of<'update_key'>[],
): Promise<Conflict | undefined> {
  for (const { key, expectedVersion } of writes) {
    const result = await updateKeyRow(engine, trx, { ...keyRow(key), expectedVersion });
    if (!hasChanged(result)) return 'version';
  }
  const changed = writes.filter(({ changedSecrets }) => changedSecrets.length > 0);
  if (changed.length === 0) return undefined;
  // The keys' rows are held, so nobody else changes their secrets.
  const known = await secretsOf(
    trx,
    changed.map(({ key }) => key.id),
  );
  const areLegal = changed.every(({ key, changedSecrets }) =>
    mayFollow(known.get(key.id) ?? [], changedSecrets),
  );
  if (!areLegal) return 'version';
  await putSecrets(trx, changed);
  return undefined;
}

/** Changes no row if it is another version, or revoked, by now. */
const updateKeyRow = prepared(
  (row: ReturnType<typeof keyRow> & { readonly expectedVersion: number }, { db }) => {
    const { id, keyspace_id, created_at, expectedVersion, ...changes } = row;
    return (
      db
        .updateTable('keys')
        .set(changes)
        .where('id', '=', id)
        .where('keyspace_id', '=', keyspace_id)
        .where('version', '=', expectedVersion)
        // Whatever is replayed or raced: what was revoked stays revoked.
        .where(sql<SqlBool>`(state <> 'revoked' or ${changes.state} = 'revoked')`)
    );
  },
);

async function secretsOf(
  trx: Trx,
  keyIds: readonly KeyId[],
): Promise<ReadonlyMap<KeyId, readonly SecretRecord[]>> {
  const rows = await trx
    .selectFrom('secrets')
    .select(['key_id', 'number', 'scheme', 'digest', 'hint', 'state'])
    .select(['created_at as createdAt', 'expires_at as expiresAt'])
    .select(['deadline_at as deadline', 'brownout'])
    .where('key_id', 'in', keyIds)
    .execute();
  const byKey = new Map<KeyId, SecretRecord[]>();
  for (const { key_id: keyId, ...row } of rows) {
    const secret = { ...row, brownout: brownoutIn(row) };
    byKey.set(keyId, [...(byKey.get(keyId) ?? []), secret]);
  }
  return byKey;
}

async function putSecrets(trx: Trx, writes: readonly Of<'update_key'>[]): Promise<void> {
  const rows = writes.flatMap(({ key, changedSecrets }) =>
    changedSecrets.map((secret) => secretRow(key.id, secret)),
  );
  for (let start = 0; start < rows.length; start += MAX_ROWS) {
    await trx
      .insertInto('secrets')
      .values(rows.slice(start, start + MAX_ROWS))
      .onConflict((conflict) =>
        conflict.columns(['key_id', 'number']).doUpdateSet((eb) => ({
          state: eb.ref('excluded.state'),
          expires_at: eb.ref('excluded.expires_at'),
          deadline_at: eb.ref('excluded.deadline_at'),
          brownout: eb.ref('excluded.brownout'),
        })),
      )
      .execute();
  }
}

export async function deleteKey(
  trx: Trx,
  { keyId, keyspaceId, expectedVersion }: Of<'delete_key'>,
): Promise<Conflict | undefined> {
  const locked = await trx
    .updateTable('keys')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', keyId)
    .where('keyspace_id', '=', keyspaceId)
    .where('version', '=', expectedVersion)
    .returning('indexed_text')
    .executeTakeFirst();
  if (locked === undefined) return 'version';
  await removeTerms(trx, keyId, wordsOfText(locked.indexed_text ?? ''));
  await leaveMarks(trx, keyId, keyspaceId);
  await trx.deleteFrom('secrets').where('key_id', '=', keyId).execute();
  await trx.deleteFrom('rotations').where('key_id', '=', keyId).execute();
  await trx
    .deleteFrom('keys')
    .where('id', '=', keyId)
    .where('keyspace_id', '=', keyspaceId)
    .execute();
  return undefined;
}
