import { InternalError } from '../errors.js';
import type { KeyRecord } from '../keys/key.js';
import { mayStandTogether } from '../keys/secret.js';

/** @throws {InternalError} a new key has more live secrets than any key may have. */
export function requireFewLive({ secrets }: Pick<KeyRecord, 'secrets'>): void {
  if (mayStandTogether(secrets)) return;
  throw new InternalError('A key would have had more live secrets than it may.');
}
