import { serialize } from 'hono/utils/cookie';
import { headerOf } from '../../sender.js';
import type { Arrival } from '../arrival.js';

const NAME = 'keyturn_session';
const MAX_AGE_SECONDS = 7 * 24 * 3_600; // As long as a session lasts at most.

/** Where a cookie of ours stands, and how well a browser guards it. */
export interface CookiePlace {
  /** Where the handler is mounted; `/` at the root. */
  readonly path: string;
  readonly isSecure: boolean;
}

/** The cookie of a new session. */
export function setCookie(token: string, place: CookiePlace): string {
  return written(token, place, MAX_AGE_SECONDS);
}

/** Takes the cookie away. */
export function dropCookie(place: CookiePlace): string {
  return written('', place, 0);
}

/** The tokens a request carries under this name: none, one, or more than anybody means. */
export function cookiesIn({ headers }: Pick<Arrival, 'headers'>, place: CookiePlace) {
  const name = nameOf(place);
  const pairs = headerOf(headers, 'cookie')?.split(/[;,]/) ?? [];
  return pairs
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

function written(token: string, place: CookiePlace, maxAge: number): string {
  const { path, isSecure: secure } = place;
  return serialize(nameOf(place), token, {
    ...{ path, secure, maxAge, httpOnly: true },
    sameSite: 'Strict',
  });
}

/** The prefixes make a browser refuse one that another host, or plain http, has set (RFC 6265bis §4.1.3). */
function nameOf({ path, isSecure }: CookiePlace): string {
  if (!isSecure) return NAME;
  return path === '/' ? `__Host-${NAME}` : `__Secure-${NAME}`;
}
