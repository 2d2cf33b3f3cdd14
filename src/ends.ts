import { type KeyId, keyIdFrom } from './keys/id.js';
import type { KeyRecord } from './keys/key.js';
import type { SecretRecord } from './keys/secret.js';
import type { Operator } from './operator.js';
import type { StoredEnds } from './store/sqlite/ends.js';
import type { Store } from './store/store.js';

/** A key that ended, wholly or in part, in newer data than what is there now. */
export interface EndedKey {
  readonly id: string;
  /** Null: only some of its secrets had ended. */
  readonly state: 'revoked' | 'disabled' | null;
  /** The numbers of the secrets that were revoked. */
  readonly secrets: readonly number[];
  /** Of those that were disabled, as in the grace of a rotation. Absent: none. */
  readonly disabledSecrets?: readonly number[];
}

/** What of these keys ended, as the newer data says. */
export async function endsOf(newer: Store, ids: Iterable<KeyId>): Promise<readonly EndedKey[]> {
  const ends: EndedKey[] = [];
  for (const id of ids) {
    const end = endOf(id, await newer.getKey(id, 'all'));
    if (hasEnded(end)) ends.push(end);
  }
  return ends;
}

function endOf(id: KeyId, then: KeyRecord | undefined): EndedKey {
  // Only what was revoked could be deleted.
  if (then === undefined || then.state === 'revoked') return { id, state: 'revoked', secrets: [] };
  const state = then.state === 'disabled' ? 'disabled' : null;
  const numbersOf = (wanted: SecretRecord['state']) =>
    then.secrets.filter((secret) => secret.state === wanted).map(({ number }) => number);
  // What is disabled was refused, too: put back, it would be accepted.
  return { id, state, secrets: numbersOf('revoked'), disabledSecrets: numbersOf('disabled') };
}

function hasEnded({ state, secrets, disabledSecrets = [] }: EndedKey): boolean {
  return state !== null || secrets.length + disabledSecrets.length > 0;
}

/** The same of a file that no store can be opened on. */
export function endsIn(stored: StoredEnds): readonly EndedKey[] {
  const none: readonly EndedKey[] = [];
  return merged(none, [
    ...stored.disabled.map((id) => ({ id, state: 'disabled', secrets: [] }) as const),
    ...stored.secrets.map(({ keyId, number, state }) => ({
      id: keyId,
      state: null,
      secrets: state === 'revoked' ? [number] : [],
      disabledSecrets: state === 'disabled' ? [number] : [],
    })),
    ...stored.revoked.map((id) => ({ id, state: 'revoked', secrets: [] }) as const),
  ]);
}

/** What either says: an end is never taken back. */
export function merged(one: readonly EndedKey[], other: readonly EndedKey[]): readonly EndedKey[] {
  const byId = new Map<string, EndedKey>();
  for (const { id, state, secrets, disabledSecrets = [] } of [...one, ...other]) {
    const before = byId.get(id);
    const states = [before?.state, state];
    const strongest = states.includes('revoked') ? 'revoked' : (before?.state ?? state);
    byId.set(id, {
      id,
      state: strongest,
      secrets: united(before?.secrets, secrets),
      disabledSecrets: united(before?.disabledSecrets, disabledSecrets),
    });
  }
  return [...byId.values()];
}

function united(before: readonly number[] = [], more: readonly number[]): readonly number[] {
  return [...new Set([...before, ...more])];
}

/** Those that have not ended here, or not as far; what is not here cannot. */
export async function pendingIn(
  store: Store,
  ends: readonly EndedKey[],
): Promise<readonly EndedKey[]> {
  const pending: EndedKey[] = [];
  for (const end of ends) {
    const now = await hereNow(store, end);
    if (now === undefined || now.state === 'revoked') continue;
    const secrets = liveOf(now, end);
    const isAsWanted = end.state === null || now.state === end.state;
    const { id, state } = end;
    if (!isAsWanted || secrets.length > 0) pending.push({ id, state, secrets });
  }
  return pending;
}

/** Ends here what has ended there. Safe to repeat. @returns the keys that were changed. */
export async function endAgain(
  { store, management: { keys } }: Operator,
  ends: readonly EndedKey[],
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const { id, state, secrets } of await pendingIn(store, ends)) {
    if (state === 'revoked') await keys.revoke(id, { reason: REASON });
    else {
      for (const secret of secrets) await keys.revoke(id, { reason: REASON, secret });
      if (state === 'disabled') await keys.disable(id, { reason: REASON });
    }
    changed.push(id);
  }
  return changed;
}

const REASON = 'It was so before an older backup was put back.';

async function hereNow(store: Store, { id }: EndedKey): Promise<KeyRecord | undefined> {
  const keyId = keyIdFrom(id);
  return keyId === undefined ? undefined : store.getKey(keyId, 'all');
}

/** What was disabled there and is so here stays as it is: it can be brought back by who undoes that. */
function liveOf(now: KeyRecord, { secrets, disabledSecrets = [] }: EndedKey): readonly number[] {
  const live = now.secrets.filter(
    ({ number, state }) =>
      (state !== 'revoked' && secrets.includes(number)) ||
      (state !== 'revoked' && state !== 'disabled' && disabledSecrets.includes(number)),
  );
  return live.map(({ number }) => number);
}
