/**
 * The longest path pattern, in segments.
 * @internal
 */
export const MAX_PATH_SEGMENTS = 16;
const SEGMENT_SHAPE = /^(?:\*|[A-Za-z0-9._~!$&'()+,=:@-]+)$/;

/**
 * Whether the text is a path pattern: `/` and segments, of which `*` is exactly one and a last
 * `**` is any number. There is no other wildcard, so matching is linear in the path's length.
 * @public
 */
export function isPathPattern(text: string): boolean {
  if (!text.startsWith('/')) return false;
  const segments = text.slice(1).split('/');
  if (segments.length > MAX_PATH_SEGMENTS) return false;
  return segments.every((segment, index) => {
    const isLast = index === segments.length - 1;
    if (isLast && (segment === '' || segment === '**')) return true;
    return SEGMENT_SHAPE.test(segment) && segment !== '.' && segment !== '..';
  });
}

/**
 * A request's path as decoded segments: decoded once, without its query. Undefined where two
 * programs could read it differently (`//`, dots, an encoded slash, `;`, a control character).
 */
export function pathOf(target: string): readonly string[] | undefined {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  if (!path.startsWith('/') || path.includes('\\') || path.includes(';')) return undefined;
  const segments: string[] = [];
  const parts = path.slice(1).split('/');
  for (const [index, part] of parts.entries()) {
    const segment = decodedOnce(part);
    const isTrailing = part === '' && index === parts.length - 1;
    if (segment === undefined || (segment === '' && !isTrailing)) return undefined;
    segments.push(segment);
  }
  return segments;
}

/** Whether a path's segments match a pattern that `isPathPattern` accepts. */
export function matchesPath(pattern: string, segments: readonly string[]): boolean {
  const parts = pattern.slice(1).split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '**' && index === parts.length - 1) return true;
    const segment = segments[index];
    if (segment === undefined || (part === '*' ? segment === '' : part !== segment)) return false;
  }
  return parts.length === segments.length;
}

function decodedOnce(part: string): string | undefined {
  try {
    const segment = decodeURIComponent(part);
    const isAmbiguous = segment === '.' || segment === '..' || /[/\\;%\p{Cc}]/u.test(segment);
    return isAmbiguous ? undefined : segment;
  } catch {
    return undefined; // Not UTF-8 after decoding (RFC 3986 §2.5).
  }
}
