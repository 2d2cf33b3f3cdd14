import { InternalError, SetupRefusedError } from '../errors.js';
import { requireForms } from '../form.js';
import { digestOf } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
import type { KeyRecord } from '../keys/key.js';
import { MANAGEMENT_KEYSPACE } from '../keys/keyspace.js';
import { Plaintext } from '../keys/plaintext.js';
import { isLive } from '../keys/secret.js';
import type { Change } from '../store/change.js';
import type { Key } from '../views.js';
import { perform } from './change.js';
import { type Act, keyspaceOf } from './context.js';
import { draftKey, mintFor } from './create-key.js';
import { TOKEN } from './input-forms.js';
import { recordFact } from './key-events.js';

const LINK_LIFE_MS = 30 * 60_000;
const TOKEN_BYTES = 32;
const PAGE = 200;
const NOTHING: Beside = { writes: [], events: [], personal: [] };

/**
 * Whether there is neither a management key that works nor an admin who has signed in.
 * @public
 */
export async function isSetupNeeded(act: Act): Promise<boolean> {
  const { store, nowMs } = act.lifecycle;
  if ((await store.people.countAdmins()) > 0) return false;
  const keyspace = await keyspaceOf(act, MANAGEMENT_KEYSPACE.name);
  const filter = { within: [keyspace.id], state: 'active', limit: PAGE, nowMs: nowMs() } as const;
  for (let after: string | null = null; ; ) {
    const page: readonly KeyRecord[] = await store.listKeys({ ...filter, after });
    if (page.some(({ secrets }) => secrets.some(({ state }) => isLive(state)))) return false;
    if (page.length < PAGE) return true;
    after = page.at(-1)?.id ?? null;
  }
}

/**
 * A single-use token for the set-up page. Only its digest is stored.
 * @public
 */
export async function createSetupToken(
  act: Act,
): Promise<{ readonly token: Plaintext; readonly expiresAt: string }> {
  const keyspace = await keyspaceOf(act, MANAGEMENT_KEYSPACE.name);
  const random = act.lifecycle.ports.random.bytes(TOKEN_BYTES);
  const token = new Plaintext(Buffer.from(random).toString('base64url'));
  const performed = await perform(act, { operation: 'setup.link', input: null }, async () => {
    const expiresAt = act.lifecycle.nowMs() + LINK_LIFE_MS;
    const digest = digestOf(token.reveal());
    const { event } = recordFact(act, {
      type: 'setup.link_created',
      keyspaceId: keyspace.id,
      subject: { kind: 'setup', id: 'link' },
      before: {},
      after: { expiresAt: formatTime(expiresAt) },
    });
    const write = { kind: 'insert_setup_link', digest, expiresAt } as const;
    return {
      change: { writes: [write], events: [event], personal: [] },
      answer: formatTime(expiresAt),
    };
  });
  return { token, expiresAt: performed.answer };
}

/** What else the set-up link makes. */
type Beside = Pick<Change, 'writes' | 'events' | 'personal'>;

/**
 * Makes the first root key.
 * @throws {SetupRefusedError} the token is unknown, used or late, or a management key or an admin
 *   is there.
 * @public
 */
export async function redeemSetupToken(
  act: Act,
  token: string,
): Promise<{ readonly key: Key; readonly plaintext: Plaintext }> {
  const { made } = await beginSetup(act, token, { hasKey: true, beside: async () => NOTHING });
  if (made === null) throw new InternalError('No root key was made.');
  return made;
}

/**
 * Uses the set-up link: for a root key, or for what else the caller plans, or both.
 * @throws {SetupRefusedError} like `redeemSetupToken`.
 * @public
 */
export async function beginSetup(
  act: Act,
  token: string,
  { hasKey, beside }: { readonly hasKey: boolean; readonly beside: () => Promise<Beside> },
): Promise<{ readonly made: { readonly key: Key; readonly plaintext: Plaintext } | null }> {
  requireForms([TOKEN, { token }]);
  const digest = digestOf(token);
  const keyspace = await keyspaceOf(act, MANAGEMENT_KEYSPACE.name);
  const plaintext = mintFor(act, keyspace, 'live');
  const performed = await perform(act, { operation: 'setup.redeem', input: null }, async () => {
    await requireSetupNeeded(act);
    const input = { name: 'root', scopes: ['*'] };
    const draft = hasKey ? await draftKey(act, { input, keyspace, plaintext }) : null;
    const more = await beside();
    const { event } = recordFact(act, {
      type: 'setup.link_used',
      keyspaceId: keyspace.id,
      subject: { kind: 'setup', id: 'link' },
      before: {},
      after: { key: draft?.key.id ?? null },
    });
    const use = { kind: 'use_setup_link', digest, nowMs: act.lifecycle.nowMs() } as const;
    const own = draft === null ? { writes: [], events: [] } : ownOf(draft);
    const writes = [use, ...own.writes, ...more.writes];
    const events = [...own.events, ...more.events, event];
    return { change: { writes, events, personal: more.personal }, answer: draft?.key ?? null };
  });
  return { made: performed.answer === null ? null : { key: performed.answer, plaintext } };
}

/**
 * The commit looks, too, and under a lock: this spares it what strangers send to an open page.
 * @throws {SetupRefusedError} somebody may act already.
 * @public
 */
export async function requireSetupNeeded(act: Act): Promise<void> {
  if (await isSetupNeeded(act)) return;
  throw new SetupRefusedError('This set-up link is unknown, used or late.');
}

function ownOf({ write, recorded }: Awaited<ReturnType<typeof draftKey>>) {
  return { writes: [write], events: [recorded.event] };
}
