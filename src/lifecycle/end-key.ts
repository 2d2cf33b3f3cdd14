import { ForbiddenError, StateConflictError, UnprocessableError } from '../errors.js';
import type { KeyRecord } from '../keys/key.js';
import { coversAll } from '../keys/scopes.js';
import { mayBecome, type SecretRecord } from '../keys/secret.js';
import type { KeyAnswer, UpdateOptions, WriteOptions } from '../public.js';
import type { Key } from '../views.js';
import { type Decided, perform } from './change.js';
import {
  answerOf,
  decideOn,
  type Located,
  locateKey,
  planEdit,
  requireReason,
  requireVersion,
  viewLocated,
  withState,
} from './change-key.js';
import type { Act } from './context.js';
import { recordKey } from './key-events.js';
import { type Rights, requireCovers, requireScope } from './rights.js';

/**
 * Ends a key, or one secret of it, for ever. Repeating it changes nothing.
 * @throws {UnprocessableError} the key has no secret of that number.
 * @public
 */
export async function revokeKey(
  act: Act,
  id: string,
  how: {
    readonly reason: string | null;
    readonly secret?: number | undefined;
    readonly options: WriteOptions;
  },
): Promise<KeyAnswer> {
  const { reason, secret, options } = how;
  requireMayEnd(act.rights, id, secret);
  requireReason(reason);
  const call = { operation: `key.revoke ${id}`, input: { reason, secret }, ...options };
  const performed = await perform(act, call, async () =>
    decideOn(act, await locateKey(ownScope(act, id), id), (located) =>
      decideEnd(act, located, { reason, number: secret }),
    ),
  );
  return answerOf(act, performed);
}

/**
 * A consumer may always end its own key, and of its secrets the one that it holds. By any other a
 * thief would lock out who has replaced the secret that leaked.
 */
function requireMayEnd(rights: Rights, id: string, number: number | undefined): void {
  const { key, secret } = rights;
  if (key?.keyId !== id || secret === null) {
    const isOwnWhole = key?.keyId === id && number === undefined;
    if (!isOwnWhole) requireScope(rights, 'keys:revoke');
    return;
  }
  const isAllowed = number === undefined ? secret.state === 'current' : number === secret.number;
  if (isAllowed || coversAll(rights.scopes, ['keys:revoke'])) return;
  throw new ForbiddenError(
    `The secret that was sent is number ${secret.number}, and is ${secret.state}: it ends itself ` +
      `alone. Send {"secret": ${secret.number}}.`,
  );
}

/** Of a whole key, or of one secret of it. */
export function decideEnd(
  act: Act,
  located: Located,
  { reason, number }: { readonly reason: string | null; readonly number: number | undefined },
): Decided<{ readonly key: Key }> {
  const { key } = located;
  if (number === undefined ? key.state === 'revoked' : isRevoked(key, number)) {
    return { answer: { key: viewLocated(act, located) } };
  }
  if (number !== undefined) {
    const changedSecrets = [revokedSecret(key, number)];
    const edited = withSecrets(key, changedSecrets);
    return planEnd(act, located, { type: 'secret.revoked', edited, reason, changedSecrets });
  }
  const changedSecrets = key.secrets
    .filter(({ state }) => mayBecome(state, 'revoked'))
    .map((one): SecretRecord => ({ ...one, state: 'revoked' }));
  const ended = withState(act, key, { state: 'revoked', reason });
  const edited = withSecrets(ended, changedSecrets);
  return planEnd(act, located, { type: 'key.revoked', edited, reason, changedSecrets });
}

/** The key's open rotation hears of it at once: it may have nothing to wait for any more. */
function planEnd(
  act: Act,
  located: Located,
  edit: Parameters<typeof planEdit>[2],
): ReturnType<typeof planEdit> {
  const decided = planEdit(act, located, edit);
  if (!('change' in decided)) return decided;
  const { change } = decided;
  const { id: keyId } = located.key;
  const wake = { kind: 'wake_rotation', keyId, nowMs: act.lifecycle.nowMs() } as const;
  return { ...decided, change: { ...change, writes: [...change.writes, wake] } };
}

/**
 * Removes a revoked key's row. Its events stay.
 * @throws {StateConflictError} the key is not revoked.
 */
export async function deleteKey(act: Act, id: string, options: UpdateOptions): Promise<void> {
  requireScope(act.rights, 'keys:write');
  const call = { operation: `key.delete ${id}`, input: null, ...options };
  await perform(act, call, async () =>
    decideOn(act, await locateKey(act, id), ({ key, keyspace }) => {
      requireVersion(key, options.ifMatch);
      if (key.state !== 'revoked') {
        throw new StateConflictError('Only a revoked key can be deleted. Revoke it first.');
      }
      if (keyspace.isManagement) requireCovers(act.rights, key);
      const recorded = recordKey(act, 'key.deleted', { before: key, after: key });
      const { id: keyId, keyspaceId, version } = key;
      const write = { kind: 'delete_key', keyId, keyspaceId, expectedVersion: version } as const;
      const change = { writes: [write], events: [recorded.event], personal: [] };
      return { change, answer: null };
    }),
  );
}

/** A consumer sees its own key, whatever keyspace it is in. */
export function ownScope(act: Act, id: string): Act {
  if (act.rights.key?.keyId !== id) return act;
  return { ...act, rights: { ...act.rights, within: 'all' } };
}

function isRevoked(key: KeyRecord, number: number): boolean {
  return key.secrets.find((secret) => secret.number === number)?.state === 'revoked';
}

function revokedSecret(key: KeyRecord, number: number): SecretRecord {
  const found = key.secrets.find((secret) => secret.number === number);
  if (found !== undefined) return { ...found, state: 'revoked' };
  const fix = `It has ${key.secrets.map((secret) => secret.number).join(', ')}.`;
  throw new UnprocessableError([{ pointer: '/secret', message: 'is no secret of this key.', fix }]);
}

function withSecrets(key: KeyRecord, changed: readonly SecretRecord[]): KeyRecord {
  const secrets = key.secrets.map(
    (secret) => changed.find(({ number }) => number === secret.number) ?? secret,
  );
  return { ...key, secrets };
}
