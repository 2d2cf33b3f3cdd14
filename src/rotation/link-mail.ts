import { type Digest, isSameDigest } from '../keys/digest.js';
import type { KeyId, RotationId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { Write } from '../store/change.js';
import type { OutboxRecord, Told } from '../store/notices.js';
import type { RotationRecord } from '../store/rotation.js';
import type { Store } from '../store/store.js';
import type { ClaimLink } from './claim-link.js';
import type { Details } from './details.js';
import type { Engine } from './engine.js';
import { linkNameOf, OWNER_MAIL } from './notice-records.js';
import type { Terms } from './terms.js';

/** Whether the link of a claim goes to the key's owner by mail. */
export type Mailing =
  | { readonly kind: 'mailed'; readonly sealKey: Plaintext }
  /** The policy does not tell owners, or nobody owns the key. */
  | { readonly kind: 'not_asked' }
  | { readonly kind: 'hindered'; readonly reason: string };

/** A link that was made, and how it reaches the owner. */
export interface LinkOut {
  readonly link: ClaimLink;
  readonly mailing: Mailing;
}

const BY_HAND = 'or hand a link over yourself: keyturn rotation retry ID --out FILE';
const NO_SEAL_KEY = `The link could not be mailed to the owner, for it must not be kept in clear: set "destinations.sealKey" and retry, ${BY_HAND}`;
const NO_ADDRESS = `The link could not be mailed: the owner has no mail address. Give one and retry, ${BY_HAND}`;

/** Until it is sent, a link is kept: sealed, or not at all. */
export async function mailingOf(
  { lifecycle, sealKey }: Pick<Engine, 'lifecycle' | 'sealKey'>,
  { key, terms }: { readonly key: KeyRecord; readonly terms: Pick<Terms, 'notify'> },
): Promise<Mailing> {
  if (key.owner === null || !isToOwner(terms)) return { kind: 'not_asked' };
  const owner = await lifecycle.store.getOwner(key.keyspaceId, key.owner);
  const isReachable = owner !== undefined && owner.erasedAt === null && owner.emails.length > 0;
  if (!isReachable) return { kind: 'hindered', reason: NO_ADDRESS };
  if (sealKey === undefined) return { kind: 'hindered', reason: NO_SEAL_KEY };
  return { kind: 'mailed', sealKey };
}

/** A rotation, as far as its link is concerned. */
interface Linked {
  readonly rotation: Pick<RotationRecord, 'id' | 'keyId' | 'claimDigest'>;
  readonly details: Pick<Details, 'terms' | 'claimClosesAt'>;
}

/**
 * What became of the mail with the link of a claim. Undefined: none was made, for the link was handed
 * to whoever made it; or it is forgotten, for it was sent long ago.
 */
export async function linkMailOf(
  { notices }: Pick<Store, 'notices'>,
  { id: rotationId, keyId, claimDigest: digest }: Linked['rotation'],
): Promise<Told | undefined> {
  if (digest === null) return undefined;
  const name = linkNameOf({ rotationId, keyId, digest });
  return (await notices.tellingsOf([name])).get(name);
}

/** The claims that a mail with links is of; of any other notice, none. */
export function claimsIn({
  kind,
  notice,
}: Pick<OutboxRecord, 'kind' | 'notice'>): readonly LinkedClaim[] {
  if (kind !== 'claim_link') return [];
  const { items }: { readonly items: readonly LinkedClaim[] } = JSON.parse(notice);
  return items;
}

interface LinkedClaim {
  /** Of its key. */
  readonly id: KeyId;
  readonly rotationId: RotationId;
}

/** A link that was not sent opens nothing any more: nobody is to get it, and it is erased. */
export function withdrawnLink(
  before: Linked,
  now: { readonly claimDigest: Digest | null; readonly timeMs: number },
): readonly Write[] {
  const { rotation, details } = before;
  const { id: rotationId, keyId, claimDigest: digest } = rotation;
  if (digest === null || !isToOwner(details.terms)) return [];
  const isClosed = details.claimClosesAt !== null && now.timeMs >= details.claimClosesAt;
  const isKept = now.claimDigest !== null && isSameDigest(digest, now.claimDigest);
  if (isKept && !isClosed) return [];
  return [{ kind: 'withdraw_links', idempotencyKeys: [linkNameOf({ rotationId, keyId, digest })] }];
}

function isToOwner({ notify }: Pick<Terms, 'notify'>): boolean {
  return (notify?.channels ?? []).includes(OWNER_MAIL);
}
