const SHOWN_BODY_LENGTH = 4;

/**
 * What may be shown of a key after it was issued: prefix, environment and the first four
 * characters of its body, as in `acme_live_a1B2`.
 * @public
 */
export function hintOf(plaintext: string): string {
  const bodyAt = plaintext.lastIndexOf('_') + 1;
  return plaintext.slice(0, bodyAt + SHOWN_BODY_LENGTH);
}
