import type { KeyRecord } from '../keys/key.js';
import type { Act } from '../lifecycle/context.js';
import { policyOf } from './policies.js';
import type { Terms } from './terms.js';

/** Reads each policy once: most keys of a wave follow the same. */
export function policiesOnce(act: Act): (key: KeyRecord) => Promise<Terms> {
  const known = new Map<string, Promise<Terms>>();
  return (key) => {
    const place = `${key.keyspaceId} ${key.policy ?? ''}`;
    const reading = known.get(place) ?? policyOf(act, key);
    known.set(place, reading);
    return reading;
  };
}
