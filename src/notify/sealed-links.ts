import type { KeyId, NoticeId } from '../keys/id.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { OutboxRecord } from '../store/notices.js';
import type { KeyNotice } from './notice.js';

/** The links of a mail, by key; or why they cannot be had. */
export type Links =
  | { readonly kind: 'opened'; readonly links: ReadonlyMap<KeyId, Plaintext> }
  | { readonly kind: 'lost'; readonly message: string };

const LOST =
  'The link is sealed with another key than "destinations.sealKey" of this server. Set that one and send it again, or make a new link: keyturn rotation retry ID --out FILE';

/** What was sealed for a notice; undefined: with another key, or for another. */
export type OpenSealed = (noticeId: NoticeId, sealed: string) => Plaintext | undefined;

/** Opened for the moment in which they are sent. */
export function openLinks(open: OpenSealed, rows: readonly OutboxRecord[]): Links {
  const links = new Map<KeyId, Plaintext>();
  for (const { id, kind, sealed, notice } of rows) {
    if (kind !== 'claim_link') continue;
    const { items }: KeyNotice = JSON.parse(notice);
    const [item] = items;
    const link = sealed === null ? undefined : open(id, sealed);
    if (link === undefined || item === undefined) return { kind: 'lost', message: LOST };
    links.set(item.id, link);
  }
  return { kind: 'opened', links };
}
