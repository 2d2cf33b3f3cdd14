import type { Insertable, Selectable } from 'kysely';
import { StoreCorruptError } from '../../errors.js';
import type { DestinationRecord, Planning, PlanningJob, SlotRow } from '../automation.js';
import type { DestinationsTable, SlotsTable } from '../schema-automation.js';

/** Nothing has been planned: every change that there was is to be looked at. */
export const NOT_PLANNED: Planning = { sequence: 0, jobs: [] };

export function destinationRow(destination: DestinationRecord): Insertable<DestinationsTable> {
  return {
    id: destination.id,
    key_id: destination.keyId,
    keyspace_id: destination.keyspaceId,
    name: destination.name,
    kind: destination.kind,
    settings: destination.settings,
    position: destination.position,
    created_at: destination.createdAt,
    updated_at: destination.updatedAt,
    version: destination.version,
  };
}

export function destinationRecord(row: Selectable<DestinationsTable>): DestinationRecord {
  return {
    id: row.id,
    keyId: row.key_id,
    keyspaceId: row.keyspace_id,
    name: row.name,
    kind: row.kind,
    settings: row.settings,
    position: row.position,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function slotRow({ keyId, keyspaceId, dueAt, startAt }: SlotRow): Insertable<SlotsTable> {
  return { key_id: keyId, keyspace_id: keyspaceId, due_at: dueAt, start_at: startAt };
}

export function slotRecord(row: Selectable<SlotsTable>): SlotRow {
  return {
    keyId: row.key_id,
    keyspaceId: row.keyspace_id,
    dueAt: row.due_at,
    startAt: row.start_at,
  };
}

/** @throws {StoreCorruptError} the text is damaged. */
export function jobsIn(text: string): readonly PlanningJob[] {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = 'The planning of slots holds damaged JSON. Restore the database from a backup.';
    throw new StoreCorruptError(message, { cause });
  }
}
