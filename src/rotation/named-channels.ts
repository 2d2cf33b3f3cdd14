import { type FieldFault, StateConflictError, UnprocessableError } from '../errors.js';
import type { KeyspaceId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Act } from '../lifecycle/context.js';
import { nearest } from '../nearest.js';
import type { ChannelRecord } from '../store/notices.js';
import type { PolicyRecord } from '../store/rotation.js';
import { OWNER_MAIL } from './notice-records.js';
import { termsIn } from './policy-record.js';
import type { Terms } from './terms.js';

const PAGE_SIZE = 200;
const MAX_NAMED = 5; // Policies that a refusal names.

/**
 * The channels that a policy names are there. Those that it named before are its own affair.
 * @throws {UnprocessableError} each that is not, with the nearest name.
 */
export async function requireChannels(
  act: Act,
  keyspace: KeyspaceRecord,
  { terms, before }: { readonly terms: Terms; readonly before: PolicyRecord | undefined },
): Promise<void> {
  const named = channelsOf(terms);
  const known = new Set([OWNER_MAIL, ...(before === undefined ? [] : channelsOf(termsIn(before)))]);
  if (named.every((name) => known.has(name))) return;
  const names = await channelNames(act, keyspace.id);
  const faults = named.flatMap((name, index): readonly FieldFault[] => {
    if (known.has(name) || names.includes(name)) return [];
    const message = `names "${name}", and the keyspace "${keyspace.name}" has no such channel.`;
    return [{ pointer: `/notify/channels/${index}`, message, fix: fixFor(name, names) }];
  });
  if (faults.length > 0) throw new UnprocessableError(faults);
}

function fixFor(name: string, names: readonly string[]): string {
  const meant = nearest(name, [OWNER_MAIL, ...names]);
  const make = `ake it first: keyturn channel create ${name} --kind mail --address ADDRESS`;
  return meant === undefined ? `M${make}` : `Did you mean "${meant}"? Else m${make}`;
}

/**
 * No policy names the channel: else whoever relies on it would be told no more.
 * @throws {StateConflictError} naming those that do.
 */
export async function requireUnnamed(
  act: Act,
  { keyspaceId, name }: Pick<ChannelRecord, 'keyspaceId' | 'name'>,
): Promise<void> {
  const policies = await policiesNaming(act, keyspaceId, name);
  if (policies.length === 0) return;
  const shown = policies.slice(0, MAX_NAMED).map((policy) => `"${policy}"`);
  const rest = policies.length > MAX_NAMED ? ` and ${policies.length - MAX_NAMED} more` : '';
  throw new StateConflictError(
    `Policies tell people by the channel "${name}": ${shown.join(', ')}${rest}. ` +
      'Take it out of their notify.channels first.',
  );
}

async function policiesNaming(
  { lifecycle }: Act,
  keyspaceId: KeyspaceId,
  channel: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const page = await lifecycle.store.listPolicies(keyspaceId, { after, limit: PAGE_SIZE });
    const naming = page.filter((policy) => channelsOf(termsIn(policy)).includes(channel));
    found.push(...naming.map(({ name }) => name));
    after = page.length < PAGE_SIZE ? null : (page.at(-1)?.name ?? null);
  } while (after !== null);
  return found;
}

async function channelNames({ lifecycle }: Act, keyspaceId: KeyspaceId): Promise<string[]> {
  const names: string[] = [];
  let after: ChannelRecord['id'] | null = null;
  do {
    const cut = { within: [keyspaceId], after, limit: PAGE_SIZE };
    const page: readonly ChannelRecord[] = await lifecycle.store.notices.listChannels(cut);
    names.push(...page.map(({ name }) => name));
    after = page.length < PAGE_SIZE ? null : (page.at(-1)?.id ?? null);
  } while (after !== null);
  return names;
}

function channelsOf({ notify }: Pick<Terms, 'notify'>): readonly string[] {
  return notify?.channels ?? [];
}
