import type { EventType } from '../audit/event.js';
import {
  NotFoundError,
  StateConflictError,
  UnprocessableError,
  VersionConflictError,
} from '../errors.js';
import { keyIdFrom } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { SecretRecord } from '../keys/secret.js';
import { faultInText } from '../keys/text.js';
import type { KeyAnswer, UpdateOptions, WriteOptions } from '../public.js';
import type { Key, KeyPatch } from '../views.js';
import { type Decided, perform } from './change.js';
import { type Act, visibleKeyspaces } from './context.js';
import { withKeyspaceIds } from './create-key.js';
import { recordKey } from './key-events.js';
import { readKeyFields } from './key-input.js';
import { viewKey } from './key-view.js';
import { followed } from './max-age.js';
import { faultInPolicy, policyHeld } from './named-policy.js';
import { requireCovers, requireReceiver, requireScope } from './rights.js';

/**
 * A key as it is now, with its keyspace.
 * @public
 */
export interface Located {
  readonly key: KeyRecord;
  readonly keyspace: KeyspaceRecord;
  /** When each of its secrets was last used, by number. */
  readonly uses: ReadonlyMap<number, number> | undefined;
  /** How old its secrets may become by its policy; null or absent: any age. */
  readonly maxAgeMs?: number | null;
  /** When its next rotation begins, as planned last, in milliseconds UTC; null or absent: none is. */
  readonly nextStartAt?: number | null;
}

/**
 * Finds a key the caller may see.
 * @throws {NotFoundError} there is none: the same words for one that never was.
 * @public
 */
export async function locateKey(act: Act, id: string): Promise<Located> {
  const keyId = keyIdFrom(id);
  const { store } = act.lifecycle;
  const key = keyId === undefined ? undefined : await store.getKey(keyId, act.rights.within);
  const keyspaces = await visibleKeyspaces(act);
  const keyspace = keyspaces.find((candidate) => candidate.id === key?.keyspaceId);
  if (key === undefined || keyspace === undefined) {
    throw new NotFoundError('No key has this id. Look in the list of keys.');
  }
  act.lifecycle.seen(key.id, key.version);
  const { maxAgeMs, isRotating } = await followed(store)(key);
  const [slot] = await store.automation.slotsOf([key.id]);
  const uses = (await store.lastUses([key.id])).get(key.id);
  return {
    key,
    keyspace,
    uses,
    maxAgeMs,
    nextStartAt: isRotating ? (slot?.startAt ?? null) : null,
  };
}

/**
 * Changes what the patch names, and nothing else.
 * @throws {StateConflictError} the key is revoked.
 * @throws {VersionConflictError} `ifMatch` was given, and the key has another version.
 * @public
 */
export async function updateKey(
  act: Act,
  id: string,
  edit: { readonly patch: KeyPatch; readonly options: UpdateOptions },
): Promise<Key> {
  requireScope(act.rights, 'keys:write');
  const { patch, options } = edit;
  const call = { operation: `key.update ${id}`, input: patch, ...options };
  const performed = await perform(act, call, async () => {
    const found = await locateKey(act, id);
    const named = await withKeyspaceIds(act, patch);
    const policyFault = await faultInPolicy(act, found.keyspace, patch.policy);
    return decideOn(act, found, (located) => {
      const { key, keyspace } = located;
      requireVersion(key, options.ifMatch);
      refuseRevoked(key);
      const place = { keyspace, nowMs: act.lifecycle.nowMs(), policyFault };
      const edited = { ...key, ...readKeyFields(key, named, place) };
      // The links of its claims go to its owner.
      if (edited.owner !== key.owner) requireReceiver(act.rights, keyspace);
      // By another policy it is not planned yet.
      const isSame = edited.policy === key.policy;
      const planned = isSame ? located : { ...located, nextStartAt: null };
      return planEdit(act, planned, { type: 'key.updated', edited });
    });
  });
  return performed.answer.key;
}

/**
 * Refuses the key's checks until it is enabled.
 * @public
 */
export async function disableKey(
  act: Act,
  id: string,
  how: { readonly reason: string | null; readonly options: WriteOptions },
): Promise<KeyAnswer> {
  requireScope(act.rights, 'keys:write');
  return changeState(act, id, { ...how, type: 'key.disabled', state: 'disabled' });
}

/**
 * Also of one that is not disabled: whoever was warned that nobody uses it says so that it stays.
 * @throws {StateConflictError} the key is revoked: that is for ever.
 * @public
 */
export async function enableKey(
  act: Act,
  id: string,
  how: { readonly reason: string | null; readonly options: WriteOptions },
): Promise<KeyAnswer> {
  requireScope(act.rights, 'keys:write');
  return changeState(act, id, { ...how, type: 'key.enabled', state: 'active' });
}

interface StateChange {
  readonly type: EventType;
  readonly state: 'active' | 'disabled';
  readonly reason: string | null;
  readonly options: WriteOptions;
}

async function changeState(act: Act, id: string, how: StateChange): Promise<KeyAnswer> {
  const { type, state, options } = how;
  requireReason(how.reason);
  const call = { operation: `${type} ${id}`, input: { reason: how.reason }, ...options };
  const performed = await perform(act, call, async () => {
    const found = await locateKey(act, id);
    const isKept = state === 'active' && (await isWarnedOf(act, found.key));
    return decideOn(act, found, (located) => {
      refuseRevoked(located.key);
      if (located.key.state === state && !isKept) {
        return { answer: { key: viewLocated(act, located) } };
      }
      const edited = withState(act, located.key, { state, reason: how.reason });
      return planEdit(act, located, { type, edited, reason: how.reason, isRenewed: isKept });
    });
  });
  return answerOf(act, performed);
}

/** Whether people were told since it is active that nobody uses it, and that it is disabled for that. */
async function isWarnedOf(
  { lifecycle }: Act,
  { id, keyspaceId, state, stateChangedAt }: KeyRecord,
) {
  if (state !== 'active') return false;
  const filter = { within: [keyspaceId], subjectId: id, type: 'key.unused', limit: 1 };
  const [warning] = await lifecycle.store.listEvents({ ...filter, order: 'newest' });
  return warning !== undefined && warning.at >= stateChangedAt;
}

/**
 * A key's new state, with who, when and why.
 * @public
 */
export function withState(
  act: Act,
  key: KeyRecord,
  to: { readonly state: KeyRecord['state']; readonly reason: string | null },
): KeyRecord {
  return {
    ...key,
    state: to.state,
    stateReason: to.reason,
    stateChangedAt: act.lifecycle.nowMs(),
    stateChangedBy: act.rights.actor.id,
  };
}

/**
 * Decides from a key as it was found and, if it was changed meanwhile, from its row as it is then:
 * no load of other changes can starve one.
 * @public
 */
export function decideOn<T>(
  act: Act,
  located: Located,
  decide: (located: Located) => Decided<T>,
): Decided<T> {
  const decided = decide(located);
  if (!('change' in decided)) return decided;
  const plan = (key: KeyRecord) => {
    act.lifecycle.seen(key.id, key.version);
    return decide({ ...located, key });
  };
  return { ...decided, again: { keyId: located.key.id, plan } };
}

/**
 * The guarded update of a key, its event and the answer.
 * @public
 */
export function planEdit(
  act: Act,
  located: Located,
  edit: {
    readonly type: EventType;
    readonly edited: KeyRecord;
    readonly reason?: string | null;
    readonly changedSecrets?: readonly SecretRecord[];
    /** Nothing but when and by whom its state was set is another. */
    readonly isRenewed?: boolean;
  },
): Decided<{ readonly key: Key }> {
  const before = located.key;
  if (located.keyspace.isManagement) {
    // Over a key that can do more than the caller, the caller can do nothing.
    requireCovers(act.rights, before);
    requireCovers(act.rights, edit.edited);
  }
  const reason = edit.reason ?? null;
  const compared = recordKey(act, edit.type, { before, after: edit.edited, reason });
  if (compared.event.changes.length === 0 && edit.isRenewed !== true) {
    return { answer: { key: viewLocated(act, located) } };
  }
  const updatedAt = act.lifecycle.nowMs();
  const key: KeyRecord = { ...edit.edited, updatedAt, version: before.version + 1 };
  const expectedVersion = before.version;
  const changedSecrets = edit.changedSecrets ?? [];
  const write = { kind: 'update_key', key, expectedVersion, changedSecrets } as const;
  const isNewlyNamed = key.policy !== before.policy;
  const held = isNewlyNamed ? policyHeld(located.keyspace, key.policy) : [];
  const writes = [write, ...held];
  const change = { writes, events: [compared.event], personal: compared.personal };
  return { change, answer: { key: viewLocated(act, { ...located, key }) } };
}

/**
 * A located key as the faces show it.
 * @public
 */
export function viewLocated(act: Act, { key, keyspace, ...known }: Located): Key {
  const nowMs = act.lifecycle.nowMs();
  return viewKey(key, { keyspaceName: keyspace.name, ...known, nowMs });
}

/** Says `replayed` where an earlier call's answer is given again. */
export function answerOf(
  { lifecycle }: Act,
  performed: { readonly kind: 'done' | 'replayed'; readonly answer: { readonly key: Key } },
): KeyAnswer {
  const { key } = performed.answer;
  if (performed.kind === 'done') return { key };
  lifecycle.seen(key.id, key.version); // Another instance may have answered the first call.
  return { key, replayed: true };
}

/**
 * @throws {UnprocessableError} the reason is empty or has unprintable characters.
 * @public
 */
export function requireReason(reason: string | null): void {
  const message = reason === null ? undefined : faultInText(reason);
  if (message === undefined) return;
  const fix = 'Use 1 to 200 printable characters, or leave it out.';
  throw new UnprocessableError([{ pointer: '/reason', message, fix }]);
}

/**
 * Refuses a change of what was changed since.
 * @throws {VersionConflictError} the row has another version than the caller read.
 * @public
 */
export function requireVersion(
  row: { readonly version: number },
  ifMatch: number | undefined,
): void {
  if (ifMatch === undefined || row.version === ifMatch) return;
  throw new VersionConflictError(
    `It has version ${row.version}, not ${ifMatch}. Read it again, then repeat the change.`,
  );
}

function refuseRevoked(key: KeyRecord): void {
  if (key.state !== 'revoked') return;
  throw new StateConflictError('This key is revoked, and that is for ever. Create another key.');
}
