import type { CredentialForms } from '../keys/keyspace.js';

/** A line that asks what the new key is, as its keyspace lets a key be sent. */
export function claimTest({
  base,
  credentials,
  plaintext,
}: {
  readonly base: string;
  readonly credentials: CredentialForms;
  readonly plaintext: string;
}): string {
  const { schemes, headers } = credentials;
  const [scheme] = schemes;
  const [header = 'x-api-key'] = headers;
  const field = scheme === undefined ? `${header}: ` : `Authorization: ${titled(scheme)} `;
  return `curl -H '${field}${plaintext}' '${base.replaceAll("'", '%27')}/v1/self'`;
}

/** `Api-Key` for `api-key`, as people know it. */
function titled(scheme: string): string {
  return scheme.replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
