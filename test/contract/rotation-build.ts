import { type KeyspaceId, newRotationId } from '../../src/keys/id.js';
import type { KeyRecord } from '../../src/keys/key.js';
import { systemPorts } from '../../src/ports.js';
import type { Consumer, ConsumerCount } from '../../src/store/consumers.js';
import type { PolicyRecord, RotationRecord } from '../../src/store/rotation.js';
import { DAY_AT, nowMs, uniqueText } from './build.js';

const { random } = systemPorts();
let lastMs = 0;

/** What comes of a change that another was before. */
export const LATE = { ok: false, conflict: 'version' };

/** Ids sort in the order in which they are made. */
export function rotationOf(key: KeyRecord, fields: Partial<RotationRecord>): RotationRecord {
  lastMs = Math.max(lastMs + 1, nowMs());
  return {
    id: newRotationId({ nowMs: lastMs, random }),
    keyId: key.id,
    keyspaceId: key.keyspaceId,
    state: 'running',
    step: 'issue',
    isOpen: true,
    nextAt: null,
    claimDigest: null,
    details: '{"a":1}',
    evidence: null,
    createdAt: DAY_AT,
    updatedAt: DAY_AT,
    closedAt: null,
    lateAt: null,
    dueAt: null,
    version: 1,
    ...fields,
  };
}

/** One that nobody else is. */
export function aConsumer(fields: Partial<Consumer> = {}): Consumer {
  const id = uniqueText();
  return { id, network: 'network', clientId: null, label: `label ${id}`, ...fields };
}

/** One check of the key's first secret. */
export function seenBy(key: KeyRecord, fields: Partial<ConsumerCount> = {}): ConsumerCount {
  return {
    keyspaceId: key.keyspaceId,
    keyId: key.id,
    secretNumber: 1,
    outcome: 'valid',
    consumer: aConsumer(),
    count: 1,
    firstAt: 1,
    lastAt: 2,
    ...fields,
  };
}

/** A new policy. */
export function policyOf(keyspaceId: KeyspaceId, fields: Partial<PolicyRecord> = {}): PolicyRecord {
  const times = { createdAt: DAY_AT, updatedAt: DAY_AT };
  return { keyspaceId, name: 'quarterly', body: '{"a":1}', ...times, version: 1, ...fields };
}
