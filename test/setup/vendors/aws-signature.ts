import { createHash, createHmac } from 'node:crypto';
import type { Heard } from './vendor.js';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
const MUST_SIGN = ['host', 'x-amz-date', 'x-amz-target'];

/** What is wrong with a request's signature; undefined: nothing. */
export function signatureFault(heard: Heard, keys: { id: string; secret: string }) {
  const { method, path, headers, text } = heard;
  const match = HEADER.exec(headers.authorization ?? '');
  if (match === null) return 'MissingAuthenticationTokenException';
  const [, id, day = '', region = '', service = '', names = '', signature] = match;
  if (id !== keys.id) return 'UnrecognizedClientException';
  const signed = names.split(';');
  if (MUST_SIGN.some((name) => !signed.includes(name))) return 'IncompleteSignatureException';
  const time = String(headers['x-amz-date']);
  if (region !== 'eu-central-1' || service !== 'secretsmanager' || !time.startsWith(day)) {
    return 'IncompleteSignatureException';
  }
  const lines = signed.map((name) => `${name}:${String(headers[name]).trim()}\n`).join('');
  const canonical = [method, path, '', lines, names, sha256(text)].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (of, part) => createHmac('sha256', of).update(part).digest(),
    `AWS4${keys.secret}`,
  );
  const expected = createHmac('sha256', key).update(toSign).digest('hex');
  return expected === signature ? undefined : 'InvalidSignatureException';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
