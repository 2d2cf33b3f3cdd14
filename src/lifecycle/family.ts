import { ForbiddenError } from '../errors.js';
import { type KeyId, type KeyspaceId, keyIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { Act } from './context.js';
import { MAX_LIMIT } from './list.js';
import { requireCovers } from './rights.js';

/**
 * Whom a management key made, and whom those made, as far as they are not revoked: each maker
 * before what it made. Seeing them takes no right but to end each of them.
 * @throws {ForbiddenError} the caller may not end one of them.
 */
export async function livingFamily(act: Act, id: KeyId): Promise<readonly KeyId[]> {
  const keyspaces = await act.lifecycle.store.listKeyspaces();
  const management = keyspaces.find(({ isManagement }) => isManagement)?.id;
  const known = await managersByMaker(act, management);
  const makers = new Set([id]); // It grows while it is gone through.
  const living: KeyId[] = [];
  for (const maker of makers) {
    for (const deletedToo of known.get(maker) ?? []) makers.add(deletedToo);
    for await (const child of childrenOf(act, maker)) {
      const isManager = child.keyspaceId === management;
      if (isManager) makers.add(child.id);
      if (child.state === 'revoked') continue;
      requireMayEnd(act, child, isManager);
      living.push(child.id);
    }
  }
  return living;
}

/**
 * By the trail, which knows those that were deleted, too: else a thief could make a key by one
 * that it then ends and deletes, and nothing would lead to it.
 */
async function managersByMaker(
  { lifecycle }: Act,
  management: KeyspaceId | undefined,
): Promise<ReadonlyMap<string, readonly KeyId[]>> {
  const managers = new Map<string, KeyId[]>();
  const within = management === undefined ? [] : [management];
  const filter = { within, type: 'key.created', limit: MAX_LIMIT, order: 'oldest' } as const;
  for (let afterSequence = 0; ; ) {
    const events = await lifecycle.store.listEvents({ ...filter, afterSequence });
    for (const { actor, subject } of events) {
      const made = keyIdFrom(subject.id);
      if (made !== undefined) managers.set(actor.id, [...(managers.get(actor.id) ?? []), made]);
    }
    const last = events.at(-1);
    if (last === undefined || events.length < MAX_LIMIT) return managers;
    afterSequence = last.sequence;
  }
}

async function* childrenOf({ lifecycle }: Act, makerId: KeyId): AsyncGenerator<KeyRecord> {
  const { store, nowMs } = lifecycle;
  for (let after: KeyId | null = null; ; ) {
    const filter = { within: 'all', makerId, nowMs: nowMs(), limit: MAX_LIMIT, after } as const;
    const page: readonly KeyRecord[] = await store.listKeys(filter);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < MAX_LIMIT) return;
    after = last.id;
  }
}

/** @throws {ForbiddenError} it is in a keyspace that the caller's key is not bound to, or can more. */
function requireMayEnd({ rights }: Act, key: KeyRecord, isManager: boolean): void {
  const { within } = rights;
  if (within !== 'all' && !within.includes(key.keyspaceId)) {
    throw new ForbiddenError(
      'It made keys in keyspaces that your management key is not bound to. Nothing was ended. ' +
        'Use a key that is bound to none, or leave "descendants" out.',
    );
  }
  if (isManager) requireCovers(rights, key);
}
