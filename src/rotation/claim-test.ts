import type { CredentialForms } from '../keys/keyspace.js';

/**
 * A line that asks what the new key is, as its keyspace lets a key be sent. It reads the secret from
 * its standard input, unseen: on a command line every user of the machine and its history would have it.
 */
export function claimTest({
  base,
  credentials,
}: {
  readonly base: string;
  readonly credentials: CredentialForms;
}): string {
  const { schemes, headers } = credentials;
  const [scheme] = schemes;
  const [header = 'x-api-key'] = headers;
  const field = scheme === undefined ? `${header}: ` : `Authorization: ${titled(scheme)} `;
  const address = `${base}/v1/self`.replaceAll("'", '%27');
  const print = `printf '%s%s\\n' ${quoted(field)} "$KEY"`; // Of the shell itself: no process has it.
  return `(read -rs KEY && ${print} | curl -H @- '${address}')`;
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `Api-Key` for `api-key`, as people know it. */
function titled(scheme: string): string {
  return scheme.replaceAll(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
