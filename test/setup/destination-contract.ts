import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  DESTINATION_PROMISES,
  type DestinationTarget,
  type OpenTarget,
} from '../../src/testing.js';

const promises = Object.entries(DESTINATION_PROMISES).map(
  ([promise, keep]) =>
    [promise === 'never tells a value' ? `security 17: ${promise}` : promise, keep] as const,
);

/** A destination, and what stands behind it. */
export type Target = DestinationTarget;

/** A secret that stands nowhere else. */
export function someSecret(): string {
  return `key_live_${randomBytes(24).toString('hex')}`;
}

/** What every kind of destination does, whatever it writes to: one test a promise. */
export function destinationContract(name: string, open: OpenTarget): void {
  describe(`a destination of the kind ${name}`, () => {
    test.each(promises)('%s', async (_promise, keep) => {
      expect(await keep(open)).toBeUndefined();
    });
  });
}
