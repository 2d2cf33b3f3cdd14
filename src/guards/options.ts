import type { VerifiedKey } from '../verdict.js';

/** What a route asks of a request; `R` is the host's kind of request. */
export interface GuardOptions<R> {
  /** All must be granted. Absent: every valid key of the keyspace passes. */
  readonly scopes?: readonly string[] | ((request: R) => readonly string[]) | undefined;
  /** Whose keys count, by name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
  readonly environment?: VerifiedKey['environment'] | undefined;
  /** Lets a request through without a key, e.g. a signed-in user's. Only `true` does. */
  readonly unless?: ((request: R) => boolean | Promise<boolean>) | undefined;
  /** The application's last word, e.g. whether the owner is active. Only `true` admits. */
  readonly allow?: ((key: VerifiedKey, request: R) => LastWord | Promise<LastWord>) | undefined;
}

/** Whether the application admits a valid key; `refuse` is a sentence for the consumer. */
export type LastWord = boolean | { readonly refuse: string };

const NAMES: readonly string[] = ['scopes', 'keyspace', 'environment', 'unless', 'allow'];

/**
 * A misspelt option must not admit everyone.
 * @throws {TypeError} an option is unknown.
 */
export function refuseUnknownOptions(options: object): void {
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(`requireKey has no option "${unknown}". It has: ${NAMES.join(', ')}.`);
}

/**
 * The scopes a request needs; undefined: none.
 * @throws {TypeError} they are no list, at once or for the request that they were asked for.
 */
export function scopesFrom<R>(scopes: GuardOptions<R>['scopes']) {
  if (typeof scopes === 'function') return (request: R) => listIn(scopes(request));
  const fixed = scopes === undefined ? undefined : listIn(scopes);
  return () => fixed;
}

function listIn(scopes: unknown): readonly string[] {
  if (Array.isArray(scopes) && scopes.every((scope) => typeof scope === 'string')) return scopes;
  throw new TypeError('"scopes" must be a list of scopes, or a function that answers such a list.');
}
