import type { Lifecycle } from '../../lifecycle/context.js';
import { Hours } from './hours.js';
import { countKeys, type KeyCensus } from './key-census.js';
import { Recount } from './recount.js';
import { countRotations, type RotationCensus } from './rotation-census.js';

/** What one process has counted of all keyspaces, to be asked by whoever may see some of them. */
export class Census {
  readonly rotations: Recount<RotationCensus>;
  readonly keys: Recount<KeyCensus>;
  readonly hours = new Hours();

  constructor(lifecycle: Lifecycle) {
    const { nowMs, ports } = lifecycle;
    const time = { nowMs, clock: ports.clock, timers: ports.timers };
    this.rotations = new Recount(() => countRotations(lifecycle), time);
    this.keys = new Recount(() => countKeys(lifecycle), time);
  }
}
