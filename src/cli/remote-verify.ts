import { likelyMistake } from '../likely-mistake.js';
import type { Check } from './check-answer.js';
import type { CheckInput } from './connect.js';
import type { ServerClient } from './server-client.js';

const DEFAULT_KEYSPACE = 'default';
const DEFAULT_PREFIX = 'key';

/** A server's verdict. It tells nobody what is wrong with a text; here it is at hand. */
export async function verifyRemotely(client: ServerClient, body: CheckInput): Promise<Check> {
  const path = '/v1/keys/verify';
  const answer = await client.ask<Check['answer']>({ method: 'POST', path, body });
  if (answer.valid || answer.code !== 'malformed') return { answer, detail: null };
  const prefix = await prefixOf(client, body);
  return { answer, detail: likelyMistake(body.plaintext, prefix) };
}

/** How keys of the keyspace begin; a management key that may only verify is not told. */
async function prefixOf(
  client: ServerClient,
  { keyspace = DEFAULT_KEYSPACE, plaintext }: CheckInput,
): Promise<string> {
  try {
    const path = `/v1/keyspaces/${encodeURIComponent(keyspace)}`;
    return (await client.ask<{ prefix: string }>({ method: 'GET', path })).prefix;
  } catch {
    if (keyspace === DEFAULT_KEYSPACE) return DEFAULT_PREFIX;
    return plaintext.slice(0, Math.max(0, plaintext.indexOf('_')));
  }
}
