import { StoreUnavailableError } from '../../src/errors.js';

/** What a store that is away throws. */
export function cutOff(): StoreUnavailableError {
  return new StoreUnavailableError('The test has cut the store off. Put it back.');
}
