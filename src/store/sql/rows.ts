import type { Insertable, Selectable } from 'kysely';
import { StoreCorruptError } from '../../errors.js';
import type { KeyRecord } from '../../keys/key.js';
import { type KeyspaceRecord, NO_BRANDING } from '../../keys/keyspace.js';
import type { OwnerRecord } from '../../keys/owner.js';
import type { SecretRecord } from '../../keys/secret.js';
import type { Database, EventsTable, KeysTable, SecretsTable } from '../schema.js';
import { searchTextOf } from '../search-text.js';
import type { StoredEvent } from '../store.js';

/** All of it but what is indexed. */
export function keyRow(key: KeyRecord): Omit<KeysTable, 'indexed_text'> {
  return {
    id: key.id,
    keyspace_id: key.keyspaceId,
    name: key.name,
    owner: key.owner,
    environment: key.environment,
    scopes: JSON.stringify(key.scopes),
    metadata: key.metadata,
    tags: JSON.stringify(key.tags),
    state: key.state,
    state_reason: key.stateReason,
    state_changed_at: key.stateChangedAt,
    state_changed_by: key.stateChangedBy,
    expires_at: key.expiresAt,
    not_before: key.notBefore,
    created_at: key.createdAt,
    updated_at: key.updatedAt,
    restrictions: JSON.stringify(key.restrictions),
    maker_id: key.makerId,
    policy: key.policy,
    version: key.version,
    search_text: searchTextOf(key),
  };
}

export function keyRecord(
  row: Selectable<Omit<KeysTable, 'search_text' | 'indexed_text'>>,
  secrets: readonly SecretRecord[],
): KeyRecord {
  return {
    id: row.id,
    keyspaceId: row.keyspace_id,
    name: row.name,
    owner: row.owner,
    environment: row.environment,
    scopes: parse(row.scopes),
    metadata: row.metadata,
    tags: parse(row.tags),
    state: row.state,
    stateReason: row.state_reason,
    stateChangedAt: row.state_changed_at,
    stateChangedBy: row.state_changed_by,
    expiresAt: row.expires_at,
    notBefore: row.not_before,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    restrictions: parse(row.restrictions),
    makerId: row.maker_id,
    policy: row.policy,
    version: row.version,
    secrets,
  };
}

export function secretRow(keyId: KeyRecord['id'], secret: SecretRecord): Insertable<SecretsTable> {
  return {
    key_id: keyId,
    number: secret.number,
    scheme: secret.scheme,
    digest: secret.digest,
    hint: secret.hint,
    state: secret.state,
    created_at: secret.createdAt,
    expires_at: secret.expiresAt,
    deadline_at: secret.deadline,
    brownout: secret.brownout === null ? null : JSON.stringify(secret.brownout),
  };
}

/** Of a secret's row, or of the empty side of a join. */
export function brownoutIn(row: { readonly brownout: string | null }): SecretRecord['brownout'] {
  return row.brownout === null ? null : parse(row.brownout);
}

export function keyspaceRow(keyspace: KeyspaceRecord): Insertable<Database['keyspaces']> {
  const { scopes } = keyspace;
  return {
    id: keyspace.id,
    name: keyspace.name,
    prefix: keyspace.prefix,
    is_management: keyspace.isManagement ? 1 : 0,
    credentials: JSON.stringify(keyspace.credentials),
    scopes: scopes === null ? null : JSON.stringify(scopes),
    staleness_ms: keyspace.stalenessMs,
    store_loss_ms: keyspace.storeLossMs,
    foreign_shapes: shapesText(keyspace),
    refusal: keyspace.refusal === 'problem' ? null : keyspace.refusal,
    branding: brandingText(keyspace),
    created_at: keyspace.createdAt,
    updated_at: keyspace.updatedAt,
    version: keyspace.version,
  };
}

function brandingText({ branding }: KeyspaceRecord): string | null {
  const isNone =
    branding.name === null && branding.logo === null && (branding.replyTo ?? null) === null;
  return isNone ? null : JSON.stringify(branding);
}

function shapesText({ foreignShapes }: KeyspaceRecord): string | null {
  return foreignShapes.length === 0 ? null : JSON.stringify(foreignShapes);
}

export function keyspaceRecord(row: Selectable<Database['keyspaces']>): KeyspaceRecord {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    isManagement: row.is_management === 1,
    credentials: parse(row.credentials),
    scopes: row.scopes === null ? null : parse(row.scopes),
    stalenessMs: row.staleness_ms,
    storeLossMs: row.store_loss_ms,
    foreignShapes: parse(row.foreign_shapes ?? '[]'),
    refusal: row.refusal ?? 'problem',
    branding: row.branding === null ? NO_BRANDING : parse(row.branding),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function ownerRow(owner: OwnerRecord): Insertable<Database['owners']> {
  return {
    keyspace_id: owner.keyspaceId,
    id: owner.id,
    name: owner.name,
    emails: JSON.stringify(owner.emails),
    locale: owner.locale,
    timezone: owner.timezone,
    created_at: owner.createdAt,
    updated_at: owner.updatedAt,
    erased_at: owner.erasedAt,
    version: owner.version,
  };
}

export function ownerRecord(row: Selectable<Database['owners']>): OwnerRecord {
  return {
    id: row.id,
    keyspaceId: row.keyspace_id,
    name: row.name,
    emails: parse(row.emails),
    locale: row.locale,
    timezone: row.timezone,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    erasedAt: row.erased_at,
    version: row.version,
  };
}

export function eventRow(event: StoredEvent): Insertable<EventsTable> {
  return {
    id: event.id,
    sequence: event.sequence,
    keyspace_id: event.keyspaceId,
    number: event.number,
    type: event.type,
    occurred_at: event.at,
    actor_kind: event.actor.kind,
    actor_id: event.actor.id,
    subject_kind: event.subject.kind,
    subject_id: event.subject.id,
    changes: JSON.stringify(event.changes),
    reason: event.reason,
    request_id: event.requestId,
    previous_hash: event.previousHash,
    hash: event.hash,
  };
}

export function storedEvent(row: Selectable<EventsTable>): StoredEvent {
  return {
    id: row.id,
    sequence: row.sequence,
    keyspaceId: row.keyspace_id,
    number: row.number,
    type: row.type,
    at: row.occurred_at,
    actor: { kind: row.actor_kind, id: row.actor_id },
    subject: { kind: row.subject_kind, id: row.subject_id },
    changes: parse(row.changes),
    reason: row.reason,
    requestId: row.request_id,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/** The stored JSON was written by `JSON.stringify` of the same type, in this file. */
function parse<T>(json: string): T {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new StoreCorruptError(
      'A stored row holds damaged JSON. Restore the database from a backup; see: keyturn doctor',
      { cause },
    );
  }
}
