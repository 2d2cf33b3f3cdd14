import { type FieldFault, InvalidRequestError } from '../errors.js';
import {
  environment,
  type Form,
  type Forms,
  faultsIn,
  isObject,
  objectOf,
  scopes,
  text,
  wholeNumber,
} from '../form.js';
import { isScope } from '../keys/scopes.js';
import type { CheckOptions } from '../verdict.js';

/** What a check may be told, before its types are known to be right. */
interface Told extends Readonly<Partial<Record<keyof CheckOptions | 'headers' | 'url', unknown>>> {
  readonly plaintext?: unknown;
}

const KNOWN_LIMIT = 256; // Distinct scopes an API's routes have; beyond it: read anew.

/**
 * Reads what checks are told. A misspelt field must not admit everyone, and this is part of every
 * check: it allocates nothing.
 */
export class Requests {
  // An API's routes ask for the same few scopes again and again.
  readonly #wellFormed = new Set<unknown>();
  #lastScope: unknown = '*'; // Or any other that is one.

  /** Whether a check was told what it can be told, and nothing else. */
  isUnderstood(told: Told): boolean {
    if (typeof told !== 'object' || told === null) return false;
    for (const name in told) {
      // What nearly every check is told, and nothing more, before the long list.
      if (name === 'plaintext' || (name === 'scopes' && this.#areScopes(told.scopes))) continue;
      if (!this.#isRight(told, name)) return false;
    }
    return 'plaintext' in told ? told.headers === undefined : told.headers !== undefined;
  }

  #isRight(told: Told, name: string): boolean {
    switch (name) {
      case 'plaintext':
        return true; // A key that is none is refused as one.
      case 'headers':
        return told.headers === undefined || isHeaderSource(told.headers);
      case 'scopes':
        return told.scopes === undefined || this.#areScopes(told.scopes);
      case 'environment':
        return told.environment === undefined || environment.fits(told.environment);
      case 'cost':
        return told.cost === undefined || cost.fits(told.cost);
      case 'keyspace':
        return isAbsentOrText(told.keyspace);
      case 'address':
        return isAbsentOrText(told.address);
      case 'method':
        return isAbsentOrText(told.method);
      case 'path':
        return isAbsentOrText(told.path);
      case 'origin':
        return isAbsentOrText(told.origin);
      case 'url':
        return isAbsentOrText(told.url);
      case 'userAgent':
        return isAbsentOrText(told.userAgent);
      case 'clientId':
        return isAbsentOrText(told.clientId);
      case 'isAboutKey':
        return told.isAboutKey === undefined || isAboutKey.fits(told.isAboutKey);
      default:
        return false;
    }
  }

  #areScopes(list: unknown): boolean {
    if (!Array.isArray(list)) return false;
    for (let index = 0; index < list.length; index += 1) {
      const scope: unknown = list[index];
      if (scope !== this.#lastScope && !this.#isWellFormed(scope)) return false;
    }
    return true;
  }

  #isWellFormed(scope: unknown): boolean {
    if (!this.#wellFormed.has(scope)) {
      if (typeof scope !== 'string' || !isScope(scope)) return false;
      if (this.#wellFormed.size < KNOWN_LIMIT) this.#wellFormed.add(scope);
    }
    this.#lastScope = scope;
    return true;
  }
}

const cost = wholeNumber('a whole number', 0, Number.MAX_SAFE_INTEGER);
const isAboutKey: Form = {
  wanted: 'true or false',
  fits: (value) => typeof value === 'boolean',
};
const headers: Form = {
  wanted: "a Headers, or a list like Node's rawHeaders",
  fits: isHeaderSource,
  fix: "Pass a Headers, or Node's request.rawHeaders: its headers do not show what was sent twice.",
};
const fields: Forms<Required<Told>> = {
  plaintext: { wanted: 'a key', fits: () => true },
  headers,
  url: text,
  keyspace: text,
  environment,
  scopes,
  address: text,
  method: text,
  path: text,
  origin: text,
  cost,
  isAboutKey,
  userAgent: text,
  clientId: text,
};
const CHECK = objectOf(fields, {
  wanted: 'an object with "plaintext", or with "headers" and "url"',
  fieldIs: 'a field of a check',
});

const BOTH: FieldFault = {
  pointer: '/headers',
  message: 'cannot stand beside "plaintext": two credentials could be read differently.',
  fix: 'Leave one of them out.',
};

/** The fault of a call that was not understood: all that is wrong with it, by field. */
export function misunderstood(told: unknown): InvalidRequestError {
  const faults = faultsIn([CHECK, told ?? null]);
  const isBare =
    isObject(told) && !('plaintext' in told) && Reflect.get(told, 'headers') === undefined;
  const fix = 'Add the key, or "headers" of the request that carries it.';
  const bare = isBare ? [{ pointer: '/plaintext', message: 'is missing.', fix }] : [];
  const isBoth =
    isObject(told) && 'plaintext' in told && Reflect.get(told, 'headers') !== undefined;
  return new InvalidRequestError([...faults, ...bare, ...(isBoth ? [BOTH] : [])]);
}

/** A `Map` has a `get` too, and knows names as they were spelt. */
function isHeaderSource(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0 || typeof value[0] === 'string';
  if (typeof value !== 'object' || value === null || value instanceof Map) return false;
  return 'get' in value && typeof value.get === 'function';
}

function isAbsentOrText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
