const MAX_PATH_LENGTH = 1_024; // Far beyond our longest route with the longest owner id in it.
// RFC 3986 §3.3 without `;`, which some servers cut a path at.
const SEGMENTS = /^(?:\/(?:[A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})+)+$/;
const DOT_SEGMENT = /\/\.\.?(?:\/|$)/;
// An escape of an unreserved character (RFC 3986 §2.3), of a control, `/`, `;`, `\`, `%` or DEL.
const SMUGGLED =
  /%(?:[01]|2[5defDEF]|3[0-9bB]|4[1-9a-fA-F]|5[0-9acfACF]|6[1-9a-fA-F]|7[0-9aefAEF])/;

/** The part of a request's target below the base path, in the one form that is routed. */
export interface Target {
  readonly path: string;
  /** With its `?`; empty if there is none. */
  readonly search: string;
}

/**
 * Splits a request's URL or origin-form target (RFC 9112 §3.2). Undefined unless the path is
 * canonical: a host that guards `/keyturn/admin` must not be passed by `//keyturn/%61dmin`.
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

/** A segment's text; undefined where its escapes are no UTF-8. */
function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function isCanonical(path: string): boolean {
  if (path.length > MAX_PATH_LENGTH || !SEGMENTS.test(path) || DOT_SEGMENT.test(path)) return false;
  return !path.includes('%') || (!SMUGGLED.test(path) && decodeSegment(path) !== undefined);
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
