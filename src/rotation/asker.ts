import type { Actor } from '../audit/event.js';
import { keyIdFrom, personIdFrom } from '../keys/id.js';
import type { Lifecycle } from '../lifecycle/context.js';

/**
 * Whether who asked for something, or agreed to it, is a management key that is revoked since, or a
 * person who was removed.
 */
export async function isRevoked({ store }: Lifecycle, { kind, id }: Actor): Promise<boolean> {
  const personId = kind === 'admin' ? personIdFrom(id) : undefined;
  if (personId !== undefined) return (await store.people.getPerson(personId)) === undefined;
  const keyId = kind === 'management_key' ? keyIdFrom(id) : undefined;
  if (keyId === undefined) return false;
  const key = await store.getKey(keyId, 'all');
  return key === undefined || key.state === 'revoked'; // Only what is revoked can be deleted.
}
