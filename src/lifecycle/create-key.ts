import { UnprocessableError } from '../errors.js';
import { digestOf } from '../keys/digest.js';
import { type Environment, mint } from '../keys/format.js';
import { hintOf } from '../keys/hint.js';
import { type KeyspaceId, newKeyId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Plaintext } from '../keys/plaintext.js';
import type { WriteOptions } from '../public.js';
import type { Write } from '../store/change.js';
import type { Key, KeyInput } from '../views.js';
import { type Planned, perform } from './change.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { type Recorded, recordKey } from './key-events.js';
import { NOTHING_YET, readKeyFields } from './key-input.js';
import { viewKey } from './key-view.js';
import { faultInPolicy, policyHeld } from './named-policy.js';
import { requireCovers, requireScope } from './rights.js';

/** A key that was made now, or one that an earlier call with the same idempotency key made. */
export type Creation =
  | { readonly kind: 'done'; readonly key: Key; readonly plaintext: Plaintext }
  | { readonly kind: 'replayed'; readonly key: Key };

/**
 * Issues a key with its first secret.
 * @throws {KeyturnError} `unprocessable`, `forbidden`, `not_found` (the keyspace), a store fault.
 */
export async function createKey(
  act: Act,
  input: KeyInput,
  options: WriteOptions,
): Promise<Creation> {
  requireScope(act.rights, 'keys:write');
  const keyspace = await keyspaceOf(act, input.keyspace);
  const call = { operation: `key.create ${keyspace.id}`, input, ...options };
  const plaintext = mintFor(act, keyspace, input.environment ?? 'live');
  const performed = await perform(act, call, () => planKey(act, { input, keyspace, plaintext }));
  const { key } = performed.answer;
  return performed.kind === 'done' ? { kind: 'done', key, plaintext } : { kind: 'replayed', key };
}

/**
 * The secret of a new key.
 * @public
 */
export function mintFor(act: Act, keyspace: KeyspaceRecord, environment: Environment): Plaintext {
  return mint({ prefix: keyspace.prefix, environment }, act.lifecycle.ports.random);
}

/** What a new key is made of. */
export interface Birth {
  readonly input: KeyInput;
  readonly keyspace: KeyspaceRecord;
  readonly plaintext: Plaintext;
}

/** The write, the event and the answer of a new key. */
async function planKey(act: Act, birth: Birth): Promise<Planned<{ readonly key: Key }>> {
  const { write, recorded, key } = await draftKey(act, birth);
  const writes = [write, ...policyHeld(birth.keyspace, key.policy)];
  const change = { writes, events: [recorded.event], personal: recorded.personal };
  return { change, answer: { key } };
}

/** A new key's parts, for changes that write more than a key. */
export async function draftKey(
  act: Act,
  { input, keyspace, plaintext }: Birth,
): Promise<{ readonly write: Write; readonly recorded: Recorded; readonly key: Key }> {
  const nowMs = act.lifecycle.nowMs();
  const policyFault = await faultInPolicy(act, keyspace, input.policy);
  const place = { keyspace, nowMs, policyFault };
  const fields = readKeyFields(NOTHING_YET, await withKeyspaceIds(act, input), place);
  if (keyspace.isManagement) requireCovers(act.rights, fields);
  const record: KeyRecord = {
    ...fields,
    id: newKeyId({ nowMs, random: act.lifecycle.ports.random }),
    keyspaceId: keyspace.id,
    environment: input.environment ?? 'live',
    state: 'active',
    stateReason: null,
    stateChangedAt: nowMs,
    stateChangedBy: act.rights.actor.id,
    createdAt: nowMs,
    updatedAt: nowMs,
    makerId: act.rights.key?.keyId ?? act.rights.personId,
    version: 1,
    secrets: [firstSecret(plaintext, nowMs)],
  };
  const recorded = recordKey(act, 'key.created', { before: null, after: record });
  const key = viewKey(record, { keyspaceName: keyspace.name, nowMs });
  return { write: { kind: 'insert_key', key: record }, recorded, key };
}

/**
 * A management key's keyspaces by id, however they were named.
 * @throws {UnprocessableError} one does not exist, or the caller may not see it.
 */
export async function withKeyspaceIds<T extends Pick<KeyInput, 'restrictions'>>(
  act: Act,
  input: T,
): Promise<T> {
  const named = input.restrictions?.keyspaces;
  if (named === undefined) return input;
  const visible = await visibleKeyspaces(act);
  const ids: KeyspaceId[] = [];
  for (const [index, nameOrId] of named.entries()) {
    const found = visible.find(({ id, name }) => id === nameOrId || name === nameOrId);
    if (found === undefined) {
      const pointer = `/restrictions/keyspaces/${index}`;
      const message = 'names no keyspace.';
      const fix = 'Use a name or id from the list of keyspaces.';
      throw new UnprocessableError([{ pointer, message, fix }]);
    }
    ids.push(found.id);
  }
  return { ...input, restrictions: { ...input.restrictions, keyspaces: ids } };
}

function firstSecret(plaintext: Plaintext, nowMs: number): KeyRecord['secrets'][number] {
  const text = plaintext.reveal();
  return {
    number: 1,
    scheme: 'sha256',
    digest: digestOf(text),
    hint: hintOf(text),
    state: 'current',
    createdAt: nowMs,
    expiresAt: null,
    deadline: null,
    brownout: null,
  };
}
