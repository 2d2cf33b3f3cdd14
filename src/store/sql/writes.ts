import { type Kysely, type SqlBool, sql } from 'kysely';
import { isSameDigest } from '../../keys/digest.js';
import type { KeyId } from '../../keys/id.js';
import type { Conflict, Write } from '../change.js';
import type { Database } from '../schema.js';
import { deleteDestination, putDestination } from './automation.js';
import type { SqlEngine } from './engine.js';
import { hasChanged } from './has-changed.js';
import { deleteKey, insertKeys, MAX_ROWS, updateKeys } from './key-writes.js';
import { markLate } from './late-uses.js';
import { putLogo } from './logos.js';
import {
  deleteChannel,
  insertNotices,
  putChannel,
  retryNotice,
  withdrawLinks,
} from './notice-writes.js';
import { countAdmins } from './people.js';
import { applyPeopleWrite } from './people-writes.js';
import { deletePolicy, holdPolicy, putPolicy } from './policies.js';
import { insertRotations, updateRotation, wakeRotation } from './rotations.js';
import { keyspaceRow, ownerRow } from './rows.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;
type Trx = Kysely<Database>;
/** Kinds of which many are few statements. */
const MANY: readonly Write['kind'][] = [
  'insert_key',
  'update_key',
  'insert_rotation',
  'insert_notices',
];

/**
 * Makes the writes in their order, or says why one cannot be made. A row that is there already
 * throws. Those of one kind that follow each other are made together: an import has a thousand, and
 * a wave of rotations two hundred.
 */
export async function applyWrites(
  engine: SqlEngine,
  trx: Trx,
  writes: readonly Write[],
): Promise<Conflict | undefined> {
  for (const run of runsOf(writes)) {
    const conflict = await applyRun(engine, trx, run);
    if (conflict !== undefined) return conflict;
  }
  return undefined;
}

/** Writes that are made together. */
interface Run {
  readonly first: Write;
  /** With the first. */
  readonly all: Write[];
}

/** Of kinds that follow each other, as many as a statement takes, and of one key one. */
function runsOf(writes: readonly Write[]): readonly Run[] {
  const runs: Run[] = [];
  let changed = new Set<KeyId>();
  for (const write of writes) {
    const last = runs.at(-1);
    const isAgain = write.kind === 'update_key' && changed.has(write.key.id);
    const isAlike = last?.first.kind === write.kind && MANY.includes(write.kind);
    if (isAlike && last.all.length < MAX_ROWS && !isAgain) {
      last.all.push(write);
    } else {
      runs.push({ first: write, all: [write] });
      changed = new Set();
    }
    if (write.kind === 'update_key') changed.add(write.key.id);
  }
  return runs;
}

async function applyRun(
  engine: SqlEngine,
  trx: Trx,
  { first: write, all }: Run,
): Promise<Conflict | undefined> {
  switch (write.kind) {
    case 'insert_key':
      return insertKeys(trx, ofKind(all, 'insert_key'));
    case 'update_key':
      return updateKeys(engine, trx, ofKind(all, 'update_key'));
    case 'insert_rotation':
      return insertRotations(trx, ofKind(all, 'insert_rotation'));
    case 'delete_key':
      return deleteKey(trx, write);
    case 'insert_keyspace':
      return insertKeyspace(trx, write);
    case 'update_keyspace':
      return updateKeyspace(trx, write);
    case 'put_owner':
      return putOwner(trx, write);
    case 'update_rotation':
      return updateRotation(engine, trx, write);
    case 'wake_rotation':
      return wakeRotation(trx, write);
    case 'put_policy':
      return putPolicy(trx, write);
    case 'delete_policy':
      return deletePolicy(engine, trx, write);
    case 'hold_policy':
      return holdPolicy(engine, trx, write);
    case 'put_destination':
      return putDestination(trx, write);
    case 'delete_destination':
      return deleteDestination(trx, write);
    case 'put_channel':
      return putChannel(trx, write);
    case 'delete_channel':
      return deleteChannel(trx, write);
    case 'insert_notices':
      return insertNotices(trx, ofKind(all, 'insert_notices'));
    case 'withdraw_links':
      return withdrawLinks(trx, write);
    case 'retry_notice':
      return retryNotice(trx, write);
    case 'mark_late':
      return markLate(trx, write);
    case 'erase_personal':
      return erasePersonal(trx, write);
    case 'insert_setup_link':
      return insertSetupLink(trx, write);
    case 'use_setup_link':
      return useSetupLink(trx, write);
    case 'put_person':
    case 'delete_person':
    case 'insert_identity':
    case 'insert_session':
    case 'confirm_session':
    case 'end_sessions':
    case 'insert_invitation':
    case 'use_invitation':
      return applyPeopleWrite(trx, write);
    case 'set_standing':
      return undefined; // With the sequence, at the end of the change.
  }
}

function ofKind<Kind extends Write['kind']>(
  writes: readonly Write[],
  kind: Kind,
): readonly Of<Kind>[] {
  return writes.filter((write): write is Of<Kind> => write.kind === kind);
}

async function insertKeyspace(
  trx: Trx,
  { keyspace, logo }: Of<'insert_keyspace'>,
): Promise<undefined> {
  await trx.insertInto('keyspaces').values(keyspaceRow(keyspace)).execute();
  await putLogo(trx, keyspace.id, logo);
}

async function updateKeyspace(
  trx: Trx,
  { keyspace, expectedVersion, logo }: Of<'update_keyspace'>,
): Promise<Conflict | undefined> {
  const { id, created_at, ...changes } = keyspaceRow(keyspace);
  const result = await trx
    .updateTable('keyspaces')
    .set(changes)
    .where('id', '=', id)
    .where('version', '=', expectedVersion)
    .executeTakeFirst();
  if (!hasChanged(result)) return 'version';
  await putLogo(trx, id, logo);
  return undefined;
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
  // Whom nobody can write to any more: what waits for them goes, and what was sent.
  await trx
    .deleteFrom('outbox')
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

/** Whether a management key or an admin's account works. */
async function hasManager(trx: Trx, nowMs: number): Promise<boolean> {
  if ((await countAdmins(trx)) > 0) return true;
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
