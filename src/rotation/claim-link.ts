import { UnprocessableError } from '../errors.js';
import { type Digest, digestOf } from '../keys/digest.js';
import { Plaintext } from '../keys/plaintext.js';
import type { Engine } from './engine.js';

const TOKEN_BYTES = 32;
const TOKEN_SHAPE = /^[A-Za-z0-9_-]{43}$/;

/** A link that opens a claim. Only the digest of its token is stored. */
export interface ClaimLink {
  readonly url: Plaintext;
  readonly digest: Digest;
}

/**
 * A new link. Its base is the one that the operator has set, never what a request says.
 * @returns null: none is set.
 */
export function mintLink({ lifecycle, publicBase }: Engine): ClaimLink | null {
  const base = publicBase();
  if (base === undefined) return null;
  const token = Buffer.from(lifecycle.ports.random.bytes(TOKEN_BYTES)).toString('base64url');
  // In the fragment, which no server, log or Referer ever sees.
  return { url: new Plaintext(`${base}/claim#${token}`), digest: digestOf(token) };
}

/** @throws {UnprocessableError} there is none, because no public address is set. */
export function requireLink(link: ClaimLink | null, pointer: string): ClaimLink {
  if (link !== null) return link;
  const message = 'needs a link, and "publicUrl" is not set: links are built from nothing else.';
  const fix = 'Set publicUrl (KEYTURN_PUBLIC_URL) to the address that people reach, then repeat.';
  throw new UnprocessableError([{ pointer, message, fix }]);
}

/** A link in an answer, and until when it opens. */
export function showLink(
  { url }: ClaimLink,
  expiresAt: string,
): { readonly url: string; readonly expiresAt: string } {
  return { url: url.reveal(), expiresAt };
}

/** The digest of a token; undefined: none of ours looks like this. */
export function tokenDigest(token: string): Digest | undefined {
  return TOKEN_SHAPE.test(token) ? digestOf(token) : undefined;
}
