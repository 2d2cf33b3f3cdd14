import type { Delivery } from '../../src/deliver/destination.js';
import { newKeyId } from '../../src/keys/id.js';

/** A key that a destination holds the secret of. */
export const A_KEY = newKeyId({ nowMs: 0, random: { bytes: (count) => new Uint8Array(count) } });
/** One delivery of it. */
export const A_DELIVERY: Delivery = { id: 'a-rotation a-destination', secretNumber: 2 };
