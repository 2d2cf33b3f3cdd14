import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Act } from '../lifecycle/context.js';
import type { Notifying } from './engine.js';
import { unheardWarnings } from './expiry/unheard.js';
import { OWNER_MAIL } from './notice-records.js';
import type { Terms } from './terms.js';

/** Whether this process has what mails are sent by. */
export type MailMeans = Pick<Notifying, 'hasMail'>;

const NO_SERVER =
  'No mail server is configured: set "notices.smtp" in the configuration. No mail is sent until then.';

/** What is said of a channel that nothing reaches yet. */
export function channelWarnings(kind: 'mail' | 'slack' | 'webhook', { hasMail }: MailMeans) {
  return kind === 'mail' && !hasMail ? [NO_SERVER] : [];
}

/**
 * What is said of a policy that cannot keep what it says: it is kept all the same, as a server may be
 * configured after it.
 */
export async function policyWarnings(
  act: Act,
  { keyspace, terms }: { readonly keyspace: Pick<KeyspaceRecord, 'id'>; readonly terms: Terms },
  means: MailMeans,
): Promise<readonly string[]> {
  const unheard = unheardWarnings(terms);
  const isMailed = !means.hasMail && (await isToMail(act, keyspace, terms));
  return isMailed ? [...unheard, NO_SERVER] : unheard;
}

async function isToMail(
  { lifecycle }: Act,
  { id }: Pick<KeyspaceRecord, 'id'>,
  { notify }: Pick<Terms, 'notify'>,
): Promise<boolean> {
  const channels = notify?.channels ?? [];
  if (channels.includes(OWNER_MAIL)) return true;
  for (const name of channels) {
    const channel = await lifecycle.store.notices.channelNamed(id, name);
    if (channel?.kind === 'mail') return true;
  }
  return false;
}
