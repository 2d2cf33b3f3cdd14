import { createHmac, timingSafeEqual } from 'node:crypto';

const SALT_BYTES = 16; // Enough that a short name cannot be guessed back from its commitment.

/**
 * Stands for a personal value in the chain: HMAC-SHA-256 (RFC 2104) under a salt of its own. With
 * salt and value gone it tells nothing, and the chain still verifies.
 * @public
 */
export function commit(
  json: string,
  random: { bytes(count: number): Uint8Array },
): { readonly commitment: string; readonly salt: string } {
  const salt = Buffer.from(random.bytes(SALT_BYTES)).toString('base64url');
  return { commitment: commitmentOf(json, salt), salt };
}

/**
 * Whether the value is what the commitment was made of.
 * @public
 */
export function opens(commitment: string, salt: string, json: string): boolean {
  const expected = Buffer.from(commitmentOf(json, salt));
  const given = Buffer.from(commitment);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

function commitmentOf(json: string, salt: string): string {
  const digest = createHmac('sha256', Buffer.from(salt, 'base64url'))
    .update(json)
    .digest('base64url');
  return `commitment:${digest}`;
}
