import { InternalError } from '../../errors.js';
import type { KeyId, KeyspaceId } from '../../keys/id.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import { isLive, mayFollow, type SecretRecord } from '../../keys/secret.js';
import type { Conflict, Write } from '../change.js';
import { requireFewLive } from '../few-live.js';
import { deleteDestination, forgetAutomation, putDestination } from './automation.js';
import { foundOf } from './found.js';
import { deleteOrigin, leaveMarks, putOrigin } from './imported.js';
import type { Journal } from './journal.js';
import { markLate } from './late-uses.js';
import { deleteChannel, insertNotices, putChannel, retryNotice, withdrawLinks } from './notices.js';
import { applyPeopleWrite, countAdmins } from './people.js';
import { deletePolicy, getPolicy, putPolicy } from './policies.js';
import { forgetRotations, insertRotation, updateRotation, wakeRotation } from './rotations.js';
import { frozen, ownerPlace, standingOf, type Tables } from './tables.js';

type Of<Kind extends Write['kind']> = Extract<Write, { readonly kind: Kind }>;

/** Makes one write, or says why it cannot be made. What is half made, the journal takes back. */
export function applyWrite(tables: Tables, journal: Journal, write: Write): Conflict | undefined {
  switch (write.kind) {
    case 'insert_key':
      return insertKey(tables, journal, write);
    case 'update_key':
      return updateKey(tables, journal, write);
    case 'delete_key':
      return deleteKey(tables, journal, write);
    case 'insert_keyspace':
      return insertKeyspace(tables, journal, write);
    case 'update_keyspace':
      return updateKeyspace(tables, journal, write);
    case 'put_owner':
      return putOwner(tables, journal, write);
    case 'insert_rotation':
      return insertRotation(tables, journal, write);
    case 'update_rotation':
      return updateRotation(tables, journal, write);
    case 'wake_rotation':
      return wakeRotation(tables, journal, write);
    case 'put_policy':
      return putPolicy(tables, journal, write);
    case 'delete_policy':
      return deletePolicy(tables, journal, write);
    case 'hold_policy':
      return getPolicy(tables, write.keyspaceId, write.name) === undefined ? 'version' : undefined;
    case 'put_destination':
      return putDestination(tables, journal, write);
    case 'delete_destination':
      return deleteDestination(tables, journal, write);
    case 'put_channel':
      return putChannel(tables, journal, write);
    case 'delete_channel':
      return deleteChannel(tables, journal, write);
    case 'insert_notices':
      return insertNotices(tables, journal, write);
    case 'withdraw_links':
      return withdrawLinks(tables, journal, write);
    case 'retry_notice':
      return retryNotice(tables, journal, write);
    case 'mark_late':
      return markLate(tables, journal, write);
    case 'erase_personal':
      return erasePersonal(tables, journal, write);
    case 'insert_setup_link':
      return insertSetupLink(tables, journal, write);
    case 'use_setup_link':
      return useSetupLink(tables, journal, write);
    case 'put_person':
    case 'delete_person':
    case 'insert_identity':
    case 'insert_session':
    case 'confirm_session':
    case 'end_sessions':
    case 'insert_invitation':
    case 'use_invitation':
      return applyPeopleWrite(tables, journal, write);
    case 'set_standing':
      return setStanding(tables, journal, write);
  }
}

function insertKey(
  tables: Tables,
  journal: Journal,
  { key, origin }: Of<'insert_key'>,
): Conflict | undefined {
  requireKeyspace(tables, key.keyspaceId);
  requireFewLive(key);
  if (tables.keys.has(key.id)) return 'exists';
  const conflict = putKey(tables, journal, frozen(key));
  if (conflict !== undefined || origin === undefined) return conflict;
  return putOrigin(tables, journal, { key, origin });
}

function updateKey(
  tables: Tables,
  journal: Journal,
  { key, expectedVersion, changedSecrets }: Of<'update_key'>,
): Conflict | undefined {
  const stored = tables.keys.get(key.id);
  if (stored?.keyspaceId !== key.keyspaceId || stored.version !== expectedVersion) return 'version';
  if (stored.state === 'revoked' && key.state !== 'revoked') return 'version';
  if (!mayFollow(stored.secrets, changedSecrets)) return 'version';
  const all = [...stored.secrets, ...changedSecrets]; // The later of one number counts.
  const secrets = new Map(all.map((secret) => [secret.number, secret]));
  const { createdAt } = stored;
  return putKey(tables, journal, frozen({ ...key, createdAt, secrets: inOrder(secrets) }));
}

function deleteKey(
  tables: Tables,
  journal: Journal,
  { keyId, keyspaceId, expectedVersion }: Of<'delete_key'>,
): Conflict | undefined {
  const stored = tables.keys.get(keyId);
  if (stored?.keyspaceId !== keyspaceId || stored.version !== expectedVersion) return 'version';
  journal.delete(tables.keys, keyId);
  journal.delete(tables.lastUses, keyId);
  for (const { digest } of stored.secrets) journal.delete(tables.found, digest);
  leaveMarks(tables, journal, stored);
  deleteOrigin(tables, journal, stored);
  forgetUsage(tables, journal, keyId);
  forgetRotations(tables, journal, keyId);
  forgetAutomation(tables, journal, keyId);
  return undefined;
}

function forgetUsage(tables: Tables, journal: Journal, keyId: KeyId): void {
  for (const [place, count] of tables.usage) {
    if (count.keyId === keyId) journal.delete(tables.usage, place);
  }
  for (const [place, row] of tables.disagreements) {
    if (row.keyId === keyId) journal.delete(tables.disagreements, place);
  }
}

function insertKeyspace(
  tables: Tables,
  journal: Journal,
  { keyspace, logo }: Of<'insert_keyspace'>,
): Conflict | undefined {
  if (tables.keyspaces.has(keyspace.id) || isTaken(tables, keyspace)) return 'exists';
  journal.set(tables.keyspaces, keyspace.id, frozen(keyspace));
  putLogo(tables, journal, { keyspace, logo });
  return undefined;
}

function updateKeyspace(
  tables: Tables,
  journal: Journal,
  { keyspace, expectedVersion, logo }: Of<'update_keyspace'>,
): Conflict | undefined {
  if (tables.keyspaces.get(keyspace.id)?.version !== expectedVersion) return 'version';
  if (isTaken(tables, keyspace)) return 'exists';
  journal.set(tables.keyspaces, keyspace.id, frozen(keyspace));
  putLogo(tables, journal, { keyspace, logo });
  return undefined;
}

function putLogo(
  tables: Tables,
  journal: Journal,
  { keyspace: { id }, logo }: Pick<Of<'update_keyspace'>, 'keyspace' | 'logo'>,
): void {
  if (logo === null) journal.delete(tables.logos, id);
  else if (logo !== undefined) journal.set(tables.logos, id, logo);
}

function isTaken(tables: Tables, { id, name, prefix }: KeyspaceRecord): boolean {
  const others = [...tables.keyspaces.values()].filter((other) => other.id !== id);
  return others.some((other) => other.name === name || other.prefix === prefix);
}

function putOwner(
  tables: Tables,
  journal: Journal,
  { owner, expectedVersion }: Of<'put_owner'>,
): Conflict | undefined {
  const place = ownerPlace(owner.keyspaceId, owner.id);
  requireKeyspace(tables, owner.keyspaceId);
  const storedVersion = tables.owners.get(place)?.version ?? 0;
  if (storedVersion !== expectedVersion) return 'version';
  journal.set(tables.owners, place, frozen(owner));
  return undefined;
}

function erasePersonal(
  tables: Tables,
  journal: Journal,
  { keyspaceId, ownerId, answersWith = [] }: Of<'erase_personal'>,
): undefined {
  for (const value of tables.personal.values()) {
    if (value.keyspaceId !== keyspaceId || value.ownerId !== ownerId) continue;
    journal.delete(tables.personal, value.commitment);
  }
  for (const notice of tables.outbox.values()) {
    if (notice.keyspaceId !== keyspaceId || notice.ownerId !== ownerId) continue;
    journal.delete(tables.outbox, notice.id);
  }
  for (const { id, answer } of tables.idempotency.values()) {
    const isMeant = answersWith.some((texts) => texts.every((text) => answer.includes(text)));
    if (isMeant) journal.delete(tables.idempotency, id);
  }
}

function insertSetupLink(
  tables: Tables,
  journal: Journal,
  { digest, expiresAt }: Of<'insert_setup_link'>,
): Conflict | undefined {
  if (tables.setupLinks.has(digest)) return 'exists';
  journal.set(tables.setupLinks, digest, expiresAt);
  return undefined;
}

function useSetupLink(
  tables: Tables,
  journal: Journal,
  { digest, nowMs }: Of<'use_setup_link'>,
): Conflict | undefined {
  const expiresAt = tables.setupLinks.get(digest);
  if (expiresAt === undefined || expiresAt <= nowMs || hasManager(tables, nowMs)) {
    return 'setup_link';
  }
  for (const link of tables.setupLinks.keys()) journal.delete(tables.setupLinks, link);
  return undefined;
}

function setStanding(
  tables: Tables,
  journal: Journal,
  { standing, expectedMode }: Of<'set_standing'>,
): Conflict | undefined {
  if (standingOf(tables).mode !== expectedMode) return 'version';
  journal.set(tables.standing, 'now', frozen(standing));
  return undefined;
}

/** Whether a management key or an admin's account works. */
function hasManager(tables: Tables, nowMs: number): boolean {
  const { keys, keyspaces } = tables;
  if (countAdmins(tables) > 0) return true;
  return [...keys.values()].some(
    (key) =>
      keyspaces.get(key.keyspaceId)?.isManagement &&
      stateAt(key, nowMs) === 'active' &&
      key.secrets.some(({ state }) => isLive(state)),
  );
}

/** The databases' foreign keys. */
function requireKeyspace(tables: Tables, id: KeyspaceId): void {
  if (tables.keyspaces.has(id)) return;
  throw new InternalError(`There is no keyspace "${id}" to write into. Insert it first.`);
}

/** Writes a key and its place in the hot index. */
function putKey(tables: Tables, journal: Journal, key: KeyRecord): Conflict | undefined {
  journal.set(tables.keys, key.id, key);
  for (const secret of key.secrets) {
    const taken = tables.found.get(secret.digest);
    const isOwn = taken?.keyId === key.id && taken.secretNumber === secret.number;
    if (taken !== undefined && !isOwn) return 'exists';
    journal.set(tables.found, secret.digest, foundOf(key, secret));
  }
  return undefined;
}

function inOrder(secrets: ReadonlyMap<number, SecretRecord>): readonly SecretRecord[] {
  return [...secrets.values()].sort((left, right) => left.number - right.number);
}
