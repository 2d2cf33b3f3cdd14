import type { Insertable, Selectable } from 'kysely';
import type { PolicyRecord, RotationRecord } from '../rotation.js';
import type { PoliciesTable, RotationsTable } from '../schema.js';

type Held = 'lease_owner' | 'lease_until' | 'fence';

export function rotationRow(rotation: RotationRecord): Omit<Insertable<RotationsTable>, Held> {
  return {
    id: rotation.id,
    key_id: rotation.keyId,
    keyspace_id: rotation.keyspaceId,
    state: rotation.state,
    step: rotation.step,
    is_open: rotation.isOpen ? 1 : 0,
    next_at: rotation.nextAt,
    claim_digest: rotation.claimDigest,
    details: rotation.details,
    evidence: rotation.evidence,
    created_at: rotation.createdAt,
    updated_at: rotation.updatedAt,
    closed_at: rotation.closedAt,
    late_at: rotation.lateAt,
    due_at: rotation.dueAt,
    version: rotation.version,
  };
}

export function rotationRecord(row: Selectable<RotationsTable>): RotationRecord {
  return {
    id: row.id,
    keyId: row.key_id,
    keyspaceId: row.keyspace_id,
    state: row.state,
    step: row.step,
    isOpen: row.is_open === 1,
    nextAt: row.next_at,
    claimDigest: row.claim_digest,
    details: row.details,
    evidence: row.evidence,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    closedAt: row.closed_at,
    lateAt: row.late_at,
    dueAt: row.due_at,
    version: row.version,
  };
}

export function policyRow(policy: PolicyRecord): Insertable<PoliciesTable> {
  return {
    keyspace_id: policy.keyspaceId,
    name: policy.name,
    body: policy.body,
    created_at: policy.createdAt,
    updated_at: policy.updatedAt,
    version: policy.version,
  };
}

export function policyRecord(row: Selectable<PoliciesTable>): PolicyRecord {
  return {
    keyspaceId: row.keyspace_id,
    name: row.name,
    body: row.body,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}
