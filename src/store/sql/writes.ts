import { type Kysely, type SqlBool, sql, type UpdateResult } from 'kysely';
import { isSameDigest } from '../../keys/digest.js';
import type { KeyId } from '../../keys/id.js';
import { mayFollow, type SecretRecord } from '../../keys/secret.js';
import type { Conflict, Write } from '../change.js';
import { requireFewLive } from '../few-live.js';
import type { Database } from '../schema.js';
import type { SqlEngine } from './engine.js';
import { insertOrigins } from './imported.js';
import { markLate } from './late-uses.js';
import { deletePolicy, putPolicy } from './policies.js';
import { insertRotation, updateRotation } from './rotations.js';
import { brownoutIn, keyRow, keyspaceRow, ownerRow, secretRow } from './rows.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

/** Rows a statement: PostgreSQL takes 65 535 values, and a key has twenty. */
const MAX_ROWS = 200;

/**
 * Makes the writes in their order, or says why one cannot be made. A row that is there already
 * throws. New keys that follow each other are inserted together: an import has a thousand.
 */
export async function applyWrites(
  engine: SqlEngine,
  trx: Trx,
  writes: readonly Write[],
): Promise<Conflict | undefined> {
  let inserts: Of<'insert_key'>[] = [];
  for (const write of writes) {
    if (write.kind === 'insert_key' && inserts.length < MAX_ROWS) {
      inserts.push(write);
      continue;
    }
    await insertKeys(trx, inserts);
    inserts = [];
    const conflict = await applyWrite(engine, trx, write);
    if (conflict !== undefined) return conflict;
  }
  await insertKeys(trx, inserts);
  return undefined;
}

async function applyWrite(
  engine: SqlEngine,
  trx: Trx,
  write: Write,
): Promise<Conflict | undefined> {
  switch (write.kind) {
    case 'insert_key':
      return insertKeys(trx, [write]);
    case 'update_key':
      return updateKey(trx, write);
    case 'delete_key':
      return deleteKey(trx, write);
    case 'insert_keyspace':
      return insertKeyspace(trx, write);
    case 'update_keyspace':
      return updateKeyspace(trx, write);
    case 'put_owner':
      return putOwner(trx, write);
    case 'insert_rotation':
      return insertRotation(trx, write);
    case 'update_rotation':
      return updateRotation(engine, trx, write);
    case 'put_policy':
      return putPolicy(trx, write);
    case 'delete_policy':
      return deletePolicy(trx, write);
    case 'mark_late':
      return markLate(trx, write);
    case 'erase_personal':
      return erasePersonal(trx, write);
    case 'insert_setup_link':
      return insertSetupLink(trx, write);
    case 'use_setup_link':
      return useSetupLink(trx, write);
    case 'set_standing':
      return undefined; // With the sequence, at the end of the change.
  }
}

async function insertKeys(trx: Trx, writes: readonly Of<'insert_key'>[]): Promise<undefined> {
  if (writes.length === 0) return;
  const keys = writes.map(({ key }) => key);
  for (const key of keys) requireFewLive(key);
  await trx.insertInto('keys').values(keys.map(keyRow)).execute();
  const secrets = keys.flatMap(({ id, secrets: own }) => own.map((one) => secretRow(id, one)));
  if (secrets.length > 0) await trx.insertInto('secrets').values(secrets).execute();
  await insertOrigins(trx, writes);
}

async function updateKey(
  trx: Trx,
  { key, expectedVersion, changedSecrets }: Of<'update_key'>,
): Promise<Conflict | undefined> {
  const { id, keyspace_id, created_at, ...changes } = keyRow(key);
  const result = await trx
    .updateTable('keys')
    .set(changes)
    .where('id', '=', id)
    .where('keyspace_id', '=', keyspace_id)
    .where('version', '=', expectedVersion)
    // Whatever is replayed or raced: what was revoked stays revoked.
    .$if(key.state !== 'revoked', (query) => query.where('state', '<>', 'revoked'))
    .executeTakeFirst();
  if (!hasChanged(result)) return 'version';
  if (changedSecrets.length === 0) return undefined;
  // The key's row is held, so nobody else changes its secrets.
  if (!mayFollow(await secretsOf(trx, id), changedSecrets)) return 'version';
  for (const secret of changedSecrets) await putSecret(trx, id, secret);
  return undefined;
}

async function secretsOf(trx: Trx, keyId: KeyId): Promise<readonly SecretRecord[]> {
  const rows = await trx
    .selectFrom('secrets')
    .select(['number', 'scheme', 'digest', 'hint', 'state'])
    .select(['created_at as createdAt', 'expires_at as expiresAt'])
    .select(['deadline_at as deadline', 'brownout'])
    .where('key_id', '=', keyId)
    .execute();
  return rows.map((row) => ({ ...row, brownout: brownoutIn(row) }));
}

async function putSecret(trx: Trx, keyId: KeyId, secret: SecretRecord): Promise<void> {
  const row = secretRow(keyId, secret);
  const { state, expires_at, deadline_at, brownout } = row;
  const changes = { state, expires_at, deadline_at, brownout };
  await trx
    .insertInto('secrets')
    .values(row)
    .onConflict((conflict) => conflict.columns(['key_id', 'number']).doUpdateSet(changes))
    .execute();
}

async function deleteKey(
  trx: Trx,
  { keyId, keyspaceId, expectedVersion }: Of<'delete_key'>,
): Promise<Conflict | undefined> {
  const locked = await trx
    .updateTable('keys')
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', keyId)
    .where('keyspace_id', '=', keyspaceId)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  if (!hasChanged(locked)) return 'version';
  await trx.deleteFrom('secrets').where('key_id', '=', keyId).execute();
  await trx.deleteFrom('rotations').where('key_id', '=', keyId).execute();
  await trx
    .deleteFrom('keys')
    .where('id', '=', keyId)
    .where('keyspace_id', '=', keyspaceId)
    .execute();
  return undefined;
}

async function insertKeyspace(trx: Trx, { keyspace }: Of<'insert_keyspace'>): Promise<undefined> {
  await trx.insertInto('keyspaces').values(keyspaceRow(keyspace)).execute();
}

async function updateKeyspace(
  trx: Trx,
  { keyspace, expectedVersion }: Of<'update_keyspace'>,
): Promise<Conflict | undefined> {
  const { id, created_at, ...changes } = keyspaceRow(keyspace);
  const result = await trx
    .updateTable('keyspaces')
    .set(changes)
    .where('id', '=', id)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return hasChanged(result) ? undefined : 'version';
}

async function putOwner(
  trx: Trx,
  { owner, expectedVersion }: Of<'put_owner'>,
): Promise<Conflict | undefined> {
  const row = ownerRow(owner);
  if (expectedVersion === 0) {
    const inserted = await trx
      .insertInto('owners')
      .values(row)
      .onConflict((conflict) => conflict.columns(['keyspace_id', 'id']).doNothing())
      .returning('id')
      .executeTakeFirst();
    return inserted === undefined ? 'version' : undefined;
  }
  const { id, keyspace_id, created_at, ...changes } = row;
  const result = await trx
    .updateTable('owners')
    .set(changes)
    .where('keyspace_id', '=', keyspace_id)
    .where('id', '=', id)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  return hasChanged(result) ? undefined : 'version';
}

async function erasePersonal(
  trx: Trx,
  { keyspaceId, ownerId, answersWith = [] }: Of<'erase_personal'>,
): Promise<undefined> {
  await trx
    .deleteFrom('personal_values')
    .where('keyspace_id', '=', keyspaceId)
    .where('owner_id', '=', ownerId)
    .execute();
  for (const texts of answersWith) {
    await trx
      .deleteFrom('idempotency_records')
      .where((eb) => eb.and(texts.map(isInAnswer)))
      .execute();
  }
}

/** Letter by letter, in either database: `like` has wildcards, and in one of them no case. */
function isInAnswer(text: string) {
  return sql<SqlBool>`replace(answer, ${text}, '') <> answer`;
}

async function insertSetupLink(
  trx: Trx,
  { digest, expiresAt }: Of<'insert_setup_link'>,
): Promise<undefined> {
  await trx.insertInto('setup_links').values({ digest, expires_at: expiresAt }).execute();
}

/**
 * Of all links, however many come at once, one is used: each takes the management keyspace's row
 * first, so that it sees the key that another one made.
 */
async function useSetupLink(
  trx: Trx,
  { digest, nowMs }: Of<'use_setup_link'>,
): Promise<Conflict | undefined> {
  await trx
    .updateTable('keyspaces')
    .set((eb) => ({ version: eb.ref('version') }))
    .where('is_management', '=', 1)
    .execute();
  const links = await trx.deleteFrom('setup_links').returning(['digest', 'expires_at']).execute();
  const isKnown = links.some(
    (link) => isSameDigest(link.digest, digest) && link.expires_at > nowMs,
  );
  return isKnown && !(await hasManager(trx, nowMs)) ? undefined : 'setup_link';
}

/** Whether a management key works. */
async function hasManager(trx: Trx, nowMs: number): Promise<boolean> {
  const manager = await trx
    .selectFrom('keys')
    .innerJoin('keyspaces', 'keyspaces.id', 'keys.keyspace_id')
    .select('keys.id')
    .where('keyspaces.is_management', '=', 1)
    .where('keys.state', '=', 'active')
    .where((eb) => eb.or([eb('keys.expires_at', 'is', null), eb('keys.expires_at', '>', nowMs)]))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('secrets')
          .select('secrets.number')
          .whereRef('secrets.key_id', '=', 'keys.id')
          .where('secrets.state', 'in', ['current', 'retiring']),
      ),
    )
    .limit(1)
    .executeTakeFirst();
  return manager !== undefined;
}

function hasChanged({ numUpdatedRows }: UpdateResult): boolean {
  return numUpdatedRows > 0n;
}
