import type { Usage, UsageFilter } from './usage-views.js';
import type { ChainReport, Event, EventQuery, List } from './views.js';

// What happened, and how much.

export interface Events {
  list(query?: EventQuery): List<Event>;
  /**
   * Verifies each keyspace's chain from its first event. `known` are heads kept outside the
   * database: a chain that does not pass through them was rewritten.
   */
  verify(query?: {
    readonly keyspace?: string | undefined;
    readonly known?:
      | readonly { keyspace: string; head: { number: number; hash: string } }[]
      | undefined;
  }): Promise<readonly ChainReport[]>;
}

export interface UsageReports {
  list(query?: UsageFilter): List<Usage>;
}
