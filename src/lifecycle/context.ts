import { NotFoundError } from '../errors.js';
import { DEFAULT_KEYSPACE, type KeyspaceRecord } from '../keys/keyspace.js';
import type { PasswordCost } from '../keys/password-cost.js';
import type { SecretScheme } from '../keys/scheme.js';
import type { Ports } from '../ports.js';
import type { Change } from '../store/change.js';
import type { FoundSecret } from '../store/found-secret.js';
import type { Store } from '../store/store.js';
import type { Changes } from './changes.js';
import type { Rights } from './rights.js';

/**
 * What every act needs, once the store is open.
 * @public
 */
export interface Lifecycle {
  readonly store: Store;
  readonly ports: Ports;
  /** The database's time: it judges expiry. */
  readonly nowMs: () => number;
  /** Requests with an idempotency key that are being answered here. */
  readonly inFlight: Set<string>;
  /** This instance's own caches drop what the change touched, before the caller hears of it. */
  readonly committed: (change: Change, lastSequence: number) => Promise<void>;
  /** Wakes who follows what is changed. */
  readonly changes: Changes;
  /** A key was read with this version: from now on its own caches answer nothing older. */
  readonly seen: (keyId: string, version: number) => void;
  /** What passwords cost to check; absent: as much as they should. */
  readonly passwordCost?: PasswordCost | undefined;
  /** What checks know of keys that were made elsewhere. Absent: there are no checks here. */
  readonly foreign?: ForeignKeys;
}

/** Finds keys that were made elsewhere, which a digest alone may not find. */
interface ForeignKeys {
  /** @throws {StoreUnavailableError} so many slow hashes are being made that it has to wait. */
  find(plaintext: string): Promise<FoundSecret | undefined>;
  /** Whether a hash of this scheme can be checked here. */
  canCheck(scheme: SecretScheme): boolean;
}

/**
 * An act, on somebody's behalf.
 * @public
 */
export interface Act {
  readonly lifecycle: Lifecycle;
  readonly rights: Rights;
}

/**
 * The keyspace by name or id; `default` if absent.
 * @throws {NotFoundError} there is none that the caller may see.
 * @public
 */
export async function keyspaceOf(act: Act, nameOrId?: string): Promise<KeyspaceRecord> {
  const wanted = nameOrId ?? DEFAULT_KEYSPACE.name;
  const visible = await visibleKeyspaces(act);
  const found = visible.find(({ id, name }) => id === wanted || name === wanted);
  if (found === undefined) throw keyspaceNotFound();
  return found;
}

/**
 * The same words for one that never was and one that the caller may not see.
 * @public
 */
export function keyspaceNotFound(): NotFoundError {
  return new NotFoundError('No keyspace has this name or id. Look in the list of keyspaces.');
}

/**
 * Every keyspace the caller may see, by name.
 * @public
 */
export async function visibleKeyspaces(act: Act): Promise<readonly KeyspaceRecord[]> {
  const all = await act.lifecycle.store.listKeyspaces();
  const { within } = act.rights;
  const visible = within === 'all' ? all : all.filter(({ id }) => within.includes(id));
  return visible.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
