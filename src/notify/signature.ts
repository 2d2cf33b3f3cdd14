import { createHmac } from 'node:crypto';
import type { Plaintext } from '../keys/plaintext.js';

const SECRET_SHAPE = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
const MIN_SECRET_BYTES = 24; // Standard Webhooks 1.0, "Signature scheme": 24 to 64.
const MAX_SECRET_BYTES = 64;

/** What is signed: the very bytes that are sent. */
export interface Signed {
  readonly id: string;
  readonly nowMs: number;
  readonly body: string;
}

/**
 * The headers of Standard Webhooks 1.0, symmetric (`v1`). While a secret is replaced there are two:
 * the receiver takes either.
 */
export function signatureHeaders(
  { id, nowMs, body }: Signed,
  secrets: readonly Plaintext[],
): Readonly<Record<string, string>> {
  const seconds = Math.floor(nowMs / 1_000);
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', secretBytes(secret) ?? Buffer.alloc(0));
    return `v1,${hmac.update(`${id}.${seconds}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  };
}

/** Whether it can sign: `whsec_` and 24 to 64 bytes in base64. */
export function isSigningSecret(secret: Plaintext): boolean {
  return secretBytes(secret) !== undefined;
}

function secretBytes(secret: Plaintext): Buffer | undefined {
  const [, base64 = ''] = SECRET_SHAPE.exec(secret.reveal()) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  const isLongEnough = bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES;
  return isLongEnough ? bytes : undefined;
}
