const MAX_PATH_LENGTH = 2_048; // The longest owner id, of 200 characters, is 1 800 when encoded.
// RFC 3986 §3.3 without `;`, which some servers cut a path at; escapes in capitals (§2.1).
const SEGMENTS = /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-F]{2})+)+$/;
const DOT_SEGMENT = /\/\.\.?(?:\/|$)/;
// An escape of what is never escaped, the unreserved characters (§2.3), or of a control or DEL.
const NEEDLESS = /%(?:[01]|2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AEF])/;

/** The part of a request's target below the base path, in the one form that is routed. */
export interface Target {
  readonly path: string;
  /** With its `?`; empty if there is none. */
  readonly search: string;
}

/**
 * Splits a request's URL or origin-form target (RFC 9112 §3.2). Undefined unless the path is
 * canonical: a host that guards `/keyturn/admin` must not be passed by `//keyturn/%61dmin`. What
 * `encodeURIComponent` makes of an id is canonical. Routes are matched as they are written, and
 * none is written with an escape: an escape can only stand in an id, which is decoded once.
 */
export function targetOf(url: string, basePath: string): Target | undefined {
  const target = url.startsWith('/') ? url : withoutAuthority(url);
  const pathEnd = target.search(/[?#]/);
  const whole = pathEnd === -1 ? target : target.slice(0, pathEnd);
  const path = belowBase(whole, basePath);
  if (path === undefined || !isCanonical(path)) return undefined;
  const hash = target.indexOf('#');
  const end = hash === -1 ? target.length : hash;
  return { path, search: pathEnd === -1 ? '' : target.slice(pathEnd, end) };
}

/**
 * Where a target with a slash behind it leads, as people type the address of a site: relative, and
 * never to another host. Undefined unless it is this path, or a canonical one below it.
 */
export function withoutSlash(url: string, basePath: string, root: string): string | undefined {
  const [whole = ''] = (url.startsWith('/') ? url : withoutAuthority(url)).split(/[?#]/, 1);
  const path = belowBase(whole, basePath);
  if (path === undefined || !path.endsWith('/')) return undefined;
  const bare = path.slice(0, -1);
  if (`${bare}/`.startsWith(`${root}/`) && isCanonical(bare)) {
    return `..${bare.slice(bare.lastIndexOf('/'))}`;
  }
  return undefined;
}

function isCanonical(path: string): boolean {
  if (path.length > MAX_PATH_LENGTH || !SEGMENTS.test(path) || DOT_SEGMENT.test(path)) return false;
  return !path.includes('%') || (!NEEDLESS.test(path) && isDecodable(path));
}

function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false; // Its escapes are no UTF-8.
  }
}

function belowBase(path: string, basePath: string): string | undefined {
  if (basePath === '' || basePath === '/') return path;
  const base = basePath.endsWith('/') ? basePath.slice(0, -1) : basePath;
  return path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
}

function withoutAuthority(url: string): string {
  const authority = /^https?:\/\/[^/?#]*/i.exec(url);
  const rest = authority === null ? '' : url.slice(authority[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}
