/** Of what has a hash of itself in its name. */
export const KEPT_FOR_EVER = 'public, max-age=31536000, immutable';

/** Whether If-None-Match has this entity tag, by weak comparison (RFC 9110 §13.1.2). */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
