import type { KeyRecord } from '../../keys/key.js';
import type { Store } from '../../store/store.js';
import { OWNER_MAIL } from '../notice-records.js';
import type { Terms } from '../terms.js';

/** Who hears that a key is unused. */
export interface Hearing {
  /** Why nobody would; null: somebody would. */
  readonly unheard: string | null;
  /** Its owner has a mail address. Asked only where the policy tells owners. */
  readonly isOwnerReached: boolean;
}

type Owned = Pick<KeyRecord, 'keyspaceId' | 'owner'>;

const NO_CHANNEL = 'its policy names nobody in notify.channels';
const ONLY_OWNER = 'its policy names no channel but owner-mail';

/**
 * Whom a policy tells. No policy ends a key whose people were not warned, so that one which tells
 * nobody ends none. Owners are asked about once each, and only where they are told.
 */
export function hearingOf(
  store: Pick<Store, 'getOwner'>,
  { notify }: Pick<Terms, 'notify'>,
): (key: Owned) => Promise<Hearing> {
  const channels = notify?.channels ?? [];
  const reachable = new Map<string, Promise<boolean>>();
  return async ({ keyspaceId, owner }) => {
    if (channels.length === 0) return { unheard: NO_CHANNEL, isOwnerReached: false };
    const isOnlyOwner = channels.every((name) => name === OWNER_MAIL);
    if (owner === null || !channels.includes(OWNER_MAIL)) {
      const unheard = isOnlyOwner ? `${ONLY_OWNER}, and nobody owns it` : null;
      return { unheard, isOwnerReached: false };
    }
    const known = reachable.get(owner) ?? hasAddress(store, { keyspaceId, owner });
    reachable.set(owner, known);
    const isOwnerReached = await known;
    const isUnheard = isOnlyOwner && !isOwnerReached;
    const unheard = isUnheard ? `${ONLY_OWNER}, and its owner has no mail address` : null;
    return { unheard, isOwnerReached };
  };
}

async function hasAddress(
  store: Pick<Store, 'getOwner'>,
  { keyspaceId, owner }: Pick<KeyRecord, 'keyspaceId'> & { readonly owner: string },
): Promise<boolean> {
  const record = await store.getOwner(keyspaceId, owner);
  return record !== undefined && record.erasedAt === null && record.emails.length > 0;
}

/**
 * What is said of a policy that disables keys and warns nobody, or not everybody.
 * @public
 */
export function unheardWarnings({ expiry = null, notify }: Terms): readonly string[] {
  if (expiry === null || expiry.unusedMs === null || expiry.disable === 'never') return [];
  const channels = notify?.channels ?? [];
  if (channels.some((name) => name !== OWNER_MAIL)) return [];
  const add = 'Name a channel of operators in notify.channels, or say expiry.disable: never.';
  return channels.length === 0
    ? [
        `expiry.unused disables no key, for the policy tells nobody, who would have been warned. ${add}`,
      ]
    : [
        'expiry.unused disables no key that has no owner with a mail address, for nobody would have ' +
          `been warned: notify.channels names owner-mail alone. ${add}`,
      ];
}
