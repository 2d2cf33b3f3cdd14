import type { Kysely, UpdateResult } from 'kysely';
import { isSameDigest } from '../../keys/digest.js';
import type { KeyId } from '../../keys/id.js';
import { mayFollow, type SecretRecord } from '../../keys/secret.js';
import { requireFewLive } from '../few-live.js';
import type { Database } from '../schema.js';
import type { Conflict, Write } from '../store.js';
import { keyRow, keyspaceRow, ownerRow, secretRow } from './rows.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;

/** Makes one write, or says why it cannot be made. A row that is there already throws. */
export async function applyWrite(trx: Trx, write: Write): Promise<Conflict | undefined> {
  switch (write.kind) {
    case 'insert_key':
      return insertKey(trx, write);
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
    case 'erase_personal':
      return erasePersonal(trx, write);
    case 'insert_setup_link':
      return insertSetupLink(trx, write);
    case 'use_setup_link':
      return useSetupLink(trx, write);
  }
}

async function insertKey(trx: Trx, { key }: Of<'insert_key'>): Promise<undefined> {
  requireFewLive(key);
  await trx.insertInto('keys').values(keyRow(key)).execute();
  if (key.secrets.length === 0) return;
  const rows = key.secrets.map((secret) => secretRow(key.id, secret));
  await trx.insertInto('secrets').values(rows).execute();
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
  return trx
    .selectFrom('secrets')
    .select(['number', 'scheme', 'digest', 'hint', 'state'])
    .select(['created_at as createdAt', 'expires_at as expiresAt'])
    .where('key_id', '=', keyId)
    .execute();
}

async function putSecret(trx: Trx, keyId: KeyId, secret: SecretRecord): Promise<void> {
  const { state, expiresAt } = secret;
  await trx
    .insertInto('secrets')
    .values(secretRow(keyId, secret))
    .onConflict((conflict) =>
      conflict.columns(['key_id', 'number']).doUpdateSet({ state, expires_at: expiresAt }),
    )
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
  await trx.deleteFrom('secret_uses').where('key_id', '=', keyId).execute();
  await trx.deleteFrom('usage_counts').where('key_id', '=', keyId).execute();
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
  { keyspaceId, ownerId }: Of<'erase_personal'>,
): Promise<undefined> {
  await trx
    .deleteFrom('personal_values')
    .where('keyspace_id', '=', keyspaceId)
    .where('owner_id', '=', ownerId)
    .execute();
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
    .limit(1)
    .executeTakeFirst();
  return manager !== undefined;
}

function hasChanged({ numUpdatedRows }: UpdateResult): boolean {
  return numUpdatedRows > 0n;
}
