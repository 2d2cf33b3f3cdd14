import { type FieldFault, InvalidRequestError } from '../errors.js';
import {
  environment,
  type Form,
  type Forms,
  objectOf,
  oneOf,
  required,
  requireForms,
  scopes,
  text,
} from '../form.js';
import type { VerifiedKey } from '../verdict.js';
import { type Shadow, shadowForm } from './shadow-options.js';

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
  /**
   * How a refusal is said: by a problem document (RFC 9457), or for clients of an API that had
   * djangorestframework-api-key as that package did. Default: as the keyspace has it.
   */
  readonly refusal?: 'problem' | 'drf' | undefined;
  /**
   * An older check that decides in Keyturn's place, while `keys.importReport` tells where the two
   * differ. There is no key on the request then.
   */
  readonly shadow?: Shadow<R> | undefined;
}

/** What a route asks where the host's requests do not tell where they came from. */
export interface AddressedGuardOptions<R> extends GuardOptions<R>, AddressOption<R> {}

/** How to find out where a request came from. */
export interface AddressOption<R> {
  /**
   * The address of the connection's other end, as the runtime knows it; never a header that anyone
   * can send. Absent, or undefined: keys that are bound to addresses are refused.
   */
  readonly address?: ((request: R) => string | undefined) | undefined;
}

/** Whether the application admits a valid key; `refuse` is a sentence for the consumer. */
export type LastWord = boolean | { readonly refuse: string };

const FIX = 'Await it: const keyturn = await createKeyturn({ … }).';
const NO_LIST: FieldFault = {
  pointer: '/scopes',
  message: 'is not a list of scopes for this request.',
  fix: 'Let the function answer a list, at once.',
};
/** A function of the application's. */
export const hook: Form = { wanted: 'a function', fits: isFunction };
const fields: Forms<GuardOptions<never>> = {
  scopes: {
    ...scopes,
    wanted: 'a list of scopes, or a function that answers one',
    fits: (value) => Array.isArray(value) || isFunction(value),
  },
  keyspace: text,
  environment,
  unless: hook,
  allow: hook,
  refusal: oneOf('problem', 'drf'),
  shadow: shadowForm,
};
const OPTION = { fieldIs: 'an option of requireKey' };
const KEYTURN: Form = { wanted: 'a Keyturn', fits: isKeyturn, fix: FIX };

/**
 * What is misspelt or missing here must not admit everyone, nor wait for the first request. `own`
 * are options that only this guard has.
 * @throws {InvalidRequestError} an option is unknown or wrong.
 */
export function requireOptions(options: unknown, own: Readonly<Record<string, Form>> = {}): void {
  requireForms([objectOf({ ...fields, ...own }, OPTION), options]);
}

/** @throws {InvalidRequestError} an option of a mount is unknown or wrong. */
export function requireAddressOption(options: unknown): void {
  requireForms([objectOf({ address: hook }, { fieldIs: 'an option of mountKeyturn' }), options]);
}

/** @throws {InvalidRequestError} it is none; most likely a promise that was not awaited. */
export function requireKeyturn<T>(keyturn: T): T {
  requireForms([objectOf({ keyturn: required(KEYTURN) }), { keyturn }]);
  return keyturn;
}

/**
 * The scopes a request needs; undefined: none.
 * @throws {InvalidRequestError} a function answered no list for the request.
 */
export function scopesFrom<R>(wanted: GuardOptions<R>['scopes']) {
  if (typeof wanted !== 'function') return () => wanted;
  return (request: R): readonly string[] => {
    const list = wanted(request);
    if (Array.isArray(list)) return list; // Of scopes: that the check itself sees to.
    throw new InvalidRequestError([NO_LIST]);
  };
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isKeyturn(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'settings' in value && 'verify' in value && isFunction(value.verify);
}
