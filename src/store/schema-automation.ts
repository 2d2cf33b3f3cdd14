import type { DestinationId, KeyId, KeyspaceId } from '../keys/id.js';

export interface DestinationsTable {
  id: DestinationId;
  key_id: KeyId;
  keyspace_id: KeyspaceId;
  name: string;
  kind: string;
  settings: string;
  position: number;
  created_at: number;
  updated_at: number;
  version: number;
}

/** When keys are due; one row a key. */
export interface SlotsTable {
  key_id: KeyId;
  keyspace_id: KeyspaceId;
  due_at: number;
  start_at: number;
}

/** Two rows: how far that is, and how far the review is; of it `sequence` is when it began. */
export interface PlanningTable {
  id: number;
  sequence: number;
  jobs: string;
}
