import { api, said } from '../../api/client.js';
import type { Body } from '../../api/types.js';
import { createText as text } from '../../messages/en/create.js';
import { faultWords } from '../../ui/fault-words.js';
import { tellFault } from '../../ui/toasts.js';
import type { Given } from '../once/once.js';

/** What is asked for beside what the key is. */
export interface Wish {
  readonly environment: 'live' | 'test';
  /** Empty: the first. */
  readonly keyspace: string;
  readonly by: 'answer' | 'claim';
}

type Fields = Body<'/v1/keys/{id}', 'patch'>;

/**
 * Makes a key. By a claim, its first secret is let go unseen, and replaced at once by one that is
 * issued when the link is opened.
 */
export async function createKey(
  fields: Fields,
  name: string,
  { environment, keyspace, by }: Wish,
): Promise<{ readonly id: string; readonly given: Given }> {
  const space = keyspace === '' ? {} : { keyspace };
  const body = { ...fields, ...space, name, environment };
  const { key, plaintext } = await said(api.POST('/v1/keys', { body }));
  if (by === 'answer') return { id: key.id, given: { plaintext } };
  return { id: key.id, given: { claim: await linkTo(key.id, name) } };
}

/** The key is there: what fails from here on is told, and the key's page is where it goes on. */
async function linkTo(id: string, name: string): Promise<Given['claim']> {
  const params = { path: { id } };
  const body = { deliver: 'claim' as const };
  try {
    const rotated = await said(api.POST('/v1/keys/{id}/rotate', { params, body }));
    return 'claim' in rotated ? rotated.claim : undefined;
  } catch (error) {
    tellFault(text.linkFailed(name), faultWords(error).detail);
    return undefined;
  }
}
