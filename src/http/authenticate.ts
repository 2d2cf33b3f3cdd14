import { ForbiddenError } from '../errors.js';
import type { Keyturn } from '../public.js';
import { clientAddress, headerOf } from '../sender.js';
import type { CheckOptions, HeaderSource, Verdict } from '../verdict.js';
import { type Arrival, headerValues, onlyHeaderOf } from './arrival.js';
import type { Directory } from './directory.js';
import type { Access } from './route.js';

/** The keyspace whose keys call this API. */
export const MANAGEMENT_KEYSPACE = 'keyturn';
const DEFAULT_KEYSPACE = 'default';
// A key after an optional scheme, as far as a keyspace can be read off it.
const KEY_SHAPE = /^(?:\S{1,32}[ \t]+)?([a-z][a-z0-9]{1,15}_(?:live|test)_[0-9A-Za-z]{38})$/;
const OWN_CREDENTIAL = /(?:^|,)\s*(?:api-key\s|bearer\s+kt_)/i;
const MAX_KEYS = 4; // More credentials than that nobody means.

/** Who calls, or why not, and whose keys were asked for. */
export interface Authentication {
  readonly verdict: Verdict;
  readonly keyspace: string;
}

/**
 * Checks a request's own credential: for a management key with the route's scope, or, where a key
 * may ask about itself, for any key.
 * @throws {ForbiddenError} the route is for people alone.
 */
export async function authenticate(
  by: { readonly keyturn: Keyturn; readonly directory: Directory },
  arrival: Arrival,
  access: Exclude<Access, 'public'>,
): Promise<Authentication> {
  const { keyturn, directory } = by;
  if (access === 'session' || access === 'caller') {
    const verdict = await checkCaller(keyturn, arrival, []);
    if (verdict.valid && access === 'session') {
      throw new ForbiddenError('This is for people who are signed in, not for management keys.');
    }
    return { verdict, keyspace: MANAGEMENT_KEYSPACE };
  }
  if (access !== 'self') {
    const verdict = await checkCaller(keyturn, arrival, [access]);
    return { verdict, keyspace: MANAGEMENT_KEYSPACE };
  }
  const keyspace = await ownKeyspaceOf(directory, arrival.headers);
  // To a management key these routes are a part of the API that it is for.
  const isAboutKey = keyspace !== MANAGEMENT_KEYSPACE;
  return { verdict: await checkIn(keyturn, arrival, { keyspace, isAboutKey }), keyspace };
}

/** Whether a key of ours was sent, in a header that is for nothing else or by how it begins. */
export function carriesKey({ headers }: Arrival): boolean {
  if (headerOf(headers, 'x-api-key') !== undefined) return true;
  return OWN_CREDENTIAL.test(headerOf(headers, 'authorization') ?? '');
}

/** Checks for a management key with scopes. Without a promise where the cache answers. */
export function checkCaller(
  keyturn: Keyturn,
  arrival: Arrival,
  scopes: readonly string[],
): Verdict | Promise<Verdict> {
  return checkIn(keyturn, arrival, { keyspace: MANAGEMENT_KEYSPACE, scopes });
}

function checkIn(
  keyturn: Keyturn,
  arrival: Arrival,
  wanted: Pick<CheckOptions, 'scopes' | 'isAboutKey'> & { readonly keyspace: string },
): Verdict | Promise<Verdict> {
  // Written out: copying an object into another one costs ten times as much as the check.
  return keyturn.verify({
    headers: arrival.headers,
    url: arrival.search,
    keyspace: wanted.keyspace,
    scopes: wanted.scopes,
    address: clientAddress(arrival, keyturn.settings.trustedHops),
    method: arrival.method,
    path: arrival.path,
    isAboutKey: wanted.isAboutKey,
    origin: onlyHeaderOf(arrival.headers, 'origin'),
  });
}

/** The keyspace whose keys begin as a credential of the request does, in whatever header. */
async function ownKeyspaceOf(directory: Directory, headers: HeaderSource): Promise<string> {
  const keys = new Set<string>();
  for (const value of headerValues(headers)) {
    const key = KEY_SHAPE.exec(value)?.[1];
    if (key !== undefined && keys.size < MAX_KEYS) keys.add(key);
  }
  for (const key of keys) {
    const keyspace = await directory.ofPlaintext(key);
    if (keyspace !== undefined) return keyspace.name;
  }
  return DEFAULT_KEYSPACE;
}
