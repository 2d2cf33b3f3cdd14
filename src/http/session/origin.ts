import { CrossSiteError } from '../../errors.js';
import type { Keyturn } from '../../public.js';
import { headerOf, isFromTrustedHop } from '../../sender.js';
import { type Arrival, onlyHeaderOf } from '../arrival.js';
import type { CookiePlace } from './cookie.js';

const SAFE: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** A request as a browser sent it. */
export interface Browsed {
  readonly arrival: Arrival;
  readonly request: Request;
}

/** Where the pages are, as browsers name it: what is configured, or else what was asked. */
function ownOrigin({ settings }: Pick<Keyturn, 'settings'>, browsed: Browsed): string {
  if (settings.publicUrl !== null) return new URL(settings.publicUrl).origin;
  const { arrival, request } = browsed;
  const asked = new URL(request.url);
  // A host application's request may be made up of its path alone; no page can send another Host.
  const host = onlyHeaderOf(arrival.headers, 'host') ?? asked.host;
  const isForwarded = isFromTrustedHop(arrival, settings.trustedHops);
  const proto = isForwarded ? onlyHeaderOf(arrival.headers, 'x-forwarded-proto') : undefined;
  return `${proto === 'https' ? 'https:' : asked.protocol}//${host}`;
}

/** Where the cookie of a session stands. */
export function cookiePlaceOf(keyturn: Pick<Keyturn, 'settings'>, browsed: Browsed): CookiePlace {
  const { basePath } = keyturn.settings;
  const isSecure = ownOrigin(keyturn, browsed).startsWith('https:');
  return { path: basePath === '' ? '/' : basePath, isSecure };
}

/**
 * Makes sure that one of our own pages asks where a cookie says who does: browsers tell, and no page
 * can make them lie (Fetch §3.2, Fetch Metadata).
 * @throws {CrossSiteError} it may be a page of another origin.
 */
export function requireOwnOrigin(keyturn: Pick<Keyturn, 'settings'>, browsed: Browsed): void {
  const { method, headers } = browsed.arrival;
  const site = headerOf(headers, 'sec-fetch-site');
  if (SAFE.includes(method)) {
    if (site === 'cross-site') throw crossSite();
    return;
  }
  const origin = headerOf(headers, 'origin');
  if (origin !== ownOrigin(keyturn, browsed)) throw crossSite();
  if (site !== undefined && site !== 'same-origin') throw crossSite();
}

/**
 * The same of who signs in, and has no cookie yet: a program sends no origin, and may.
 * @throws {CrossSiteError} it is a page of another origin.
 * @public
 */
export function requireNoOther(keyturn: Pick<Keyturn, 'settings'>, browsed: Browsed): void {
  const { headers } = browsed.arrival;
  const isTold = ['origin', 'sec-fetch-site'].some((name) => headerOf(headers, name) !== undefined);
  if (isTold) requireOwnOrigin(keyturn, browsed);
}

function crossSite(): CrossSiteError {
  return new CrossSiteError('A page of another origin asked this.');
}
