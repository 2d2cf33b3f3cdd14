import type { Sender } from '../sender.js';

/** A request as its host knows it. */
export interface Arrival extends Sender {
  readonly method: string;
  /** Path and query, as they came in. */
  readonly target: string;
}
