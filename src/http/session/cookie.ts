import { serialize } from 'hono/utils/cookie';
import { headerOf } from '../../sender.js';
import type { Arrival } from '../arrival.js';

/** What a cookie of ours is for. */
interface CookieKind {
  readonly name: string;
  readonly maxAgeSeconds: number;
  readonly sameSite: 'Strict' | 'Lax';
}

const SESSION: CookieKind = {
  name: 'keyturn_session',
  maxAgeSeconds: 7 * 24 * 3_600, // As long as a session lasts at most.
  sameSite: 'Strict',
};
/** Of a browser that is at an identity provider: it has to be there when the provider sends it back. */
const ATTEMPT: CookieKind = { name: 'keyturn_sign_in', maxAgeSeconds: 600, sameSite: 'Lax' };

/** Where a cookie of ours stands, and how well a browser guards it. */
export interface CookiePlace {
  /** Where the handler is mounted; `/` at the root. */
  readonly path: string;
  readonly isSecure: boolean;
}

/** The cookie of a new session. */
export function setCookie(token: string, place: CookiePlace): string {
  return written(SESSION, token, place);
}

/** Takes the cookie away. */
export function dropCookie(place: CookiePlace): string {
  return written({ ...SESSION, maxAgeSeconds: 0 }, '', place);
}

/** The cookie of a sign-in by a provider that has begun. */
export function setAttempt(text: string, place: CookiePlace): string {
  return written(ATTEMPT, text, place);
}

/** The tokens a request carries: none, one, or more than anybody means. */
export function cookiesIn(browsed: Pick<Arrival, 'headers'>, place: CookiePlace) {
  return valuesIn(browsed, nameOf(SESSION, place));
}

/** Likewise of sign-ins by a provider that have begun. */
export function attemptsIn(browsed: Pick<Arrival, 'headers'>, place: CookiePlace) {
  return valuesIn(browsed, nameOf(ATTEMPT, place));
}

function valuesIn({ headers }: Pick<Arrival, 'headers'>, name: string): readonly string[] {
  const pairs = headerOf(headers, 'cookie')?.split(/[;,]/) ?? [];
  return pairs
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

function written(kind: CookieKind, value: string, place: CookiePlace): string {
  const { path, isSecure: secure } = place;
  const { maxAgeSeconds: maxAge, sameSite } = kind;
  return serialize(nameOf(kind, place), value, { path, secure, maxAge, httpOnly: true, sameSite });
}

/** The prefixes make a browser refuse one that another host, or plain http, has set (RFC 6265bis §4.1.3). */
function nameOf({ name }: CookieKind, { path, isSecure }: CookiePlace): string {
  if (!isSecure) return name;
  return path === '/' ? `__Host-${name}` : `__Secure-${name}`;
}
