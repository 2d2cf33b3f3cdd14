import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { Plaintext } from '../keys/plaintext.js';
import type { Ports } from '../ports.js';

const [IV_BYTES, TAG_BYTES, KEY_BYTES] = [12, 16, 32];
const ALGORITHM = 'aes-256-gcm';
const INFO = 'keyturn self-rotation';

/** What is sealed, for whom: bound to the rotation, opened by the secret that it replaces. */
interface Seal {
  readonly rotationId: string;
  readonly old: Plaintext;
}

/**
 * Seals a new secret to the old one. The store holds the old one's digest alone, so that it cannot
 * open what it keeps. AES-256-GCM; the key by HKDF (RFC 5869) over SHA-256.
 */
export function sealTo(seal: Seal, plaintext: Plaintext, random: Ports['random']): string {
  const iv = random.bytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, keyOf(seal), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(seal.rotationId));
  const text = Buffer.concat([cipher.update(plaintext.reveal(), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

/** @returns undefined: it was sealed to another secret, or was changed. */
export function openSealed(seal: Seal, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  const iv = bytes.subarray(0, IV_BYTES);
  const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  try {
    const opener = createDecipheriv(ALGORITHM, keyOf(seal), iv, { authTagLength: TAG_BYTES });
    opener.setAAD(Buffer.from(seal.rotationId));
    opener.setAuthTag(tag);
    const text = bytes.subarray(IV_BYTES + TAG_BYTES);
    return Buffer.concat([opener.update(text), opener.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function keyOf({ rotationId, old }: Seal): Buffer {
  return Buffer.from(hkdfSync('sha256', old.reveal(), rotationId, INFO, KEY_BYTES));
}
