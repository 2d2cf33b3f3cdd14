import { readFile } from 'node:fs/promises';
import { ConfigInvalidError } from '../errors.js';
import type { Plaintext } from '../keys/plaintext.js';
import { environment } from '../ports.js';
import { Connections, type Credential } from './connection.js';
import { isSealKey } from './seal.js';

/**
 * The operator's key to seal secrets with that are on their way to several places.
 * @param named where it stands; absent: there is none.
 * @throws {ConfigInvalidError} it cannot be read, or is none.
 * @public
 */
export async function sealKeyOf(named: Credential | undefined): Promise<Plaintext | undefined> {
  if (named === undefined) return undefined;
  const read = (path: string) => readFile(path, 'utf8');
  const sources = new Connections({ connections: {}, env: environment(), readFile: read });
  const key = await sources.read(named, 'sealKey');
  if (!('kind' in key) && isSealKey(key)) return key;
  const place = 'env' in named ? `the environment variable ${named.env}` : named.file;
  throw new ConfigInvalidError(
    `"destinations.sealKey" names ${place}, which holds no key of 32 bytes in base64. ` +
      'Make one: openssl rand -base64 32',
  );
}
