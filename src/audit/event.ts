import type { EventId, KeyspaceId } from '../keys/id.js';
import type { JsonValue } from '../keys/metadata.js';

/**
 * Every fact that is recorded.
 * @public
 */
export type EventType =
  | 'keyspace.created'
  | 'keyspace.updated'
  | 'keyspace.store_loss_used'
  | 'key.created'
  | 'key.updated'
  | 'key.disabled'
  | 'key.enabled'
  | 'key.revoked'
  | 'key.deleted'
  | 'key.due'
  | 'key.due_soon'
  | 'key.expiring'
  | 'key.past_policy'
  | 'key.unused'
  | 'secret.issued'
  | 'secret.activated'
  | 'secret.retiring'
  | 'secret.disabled'
  | 'secret.revoked'
  | 'secret.browned_out'
  | 'secret.used_after_end'
  | 'secret.leaked'
  | 'rotation.started'
  | 'rotation.not_started'
  | 'rotation.advanced'
  | 'rotation.claim_opened'
  | 'rotation.claim_disowned'
  | 'rotation.claim_reminded'
  | 'rotation.changed'
  | 'rotation.needs_operator'
  | 'rotation.completed'
  | 'rotation.rolled_back'
  | 'rotation.aborted'
  | 'rotation.superseded'
  | 'policy.applied'
  | 'policy.deleted'
  | 'destination.created'
  | 'destination.updated'
  | 'destination.deleted'
  | 'channel.created'
  | 'channel.updated'
  | 'channel.deleted'
  | 'notice.retried'
  | 'owner.created'
  | 'owner.updated'
  | 'owner.erased'
  | 'person.created'
  | 'person.updated'
  | 'person.invited'
  | 'person.removed'
  | 'session.started'
  | 'session.confirmed'
  | 'session.ended'
  | 'session.refused'
  | 'setup.link_created'
  | 'setup.link_used'
  | 'database.frozen'
  | 'database.thawed'
  | 'database.moved'
  | 'database.quarantined'
  | 'database.released';

/**
 * Who did it.
 * @public
 */
export interface Actor {
  readonly kind:
    | 'admin'
    | 'management_key'
    | 'consumer'
    | 'scheduler'
    | 'command_line'
    | 'application'
    | 'instance';
  /** A key id, an instance, an account, or the operating system's user: never a credential. */
  readonly id: string;
}

/**
 * What it happened to.
 * @public
 */
export interface Subject {
  readonly kind:
    | 'keyspace'
    | 'key'
    | 'owner'
    | 'setup'
    | 'instance'
    | 'database'
    | 'rotation'
    | 'policy'
    | 'destination'
    | 'channel'
    | 'notice'
    | 'person'
    | 'session';
  readonly id: string;
}

/**
 * One field before and after. A personal value stands as its commitment.
 * @public
 */
export interface FieldChange {
  readonly field: string;
  readonly from: JsonValue;
  readonly to: JsonValue;
}

/**
 * An event before it has its place in the chain.
 * @public
 */
export interface EventDraft {
  readonly id: EventId;
  readonly keyspaceId: KeyspaceId;
  readonly type: EventType;
  readonly at: number;
  readonly actor: Actor;
  readonly subject: Subject;
  readonly changes: readonly FieldChange[];
  readonly reason: string | null;
  readonly requestId: string | null;
}

/**
 * An event in its keyspace's chain.
 * @public
 */
export interface AuditEvent extends EventDraft {
  /** Its place in the keyspace's chain, from 1 and without gaps. */
  readonly number: number;
  readonly previousHash: string;
  readonly hash: string;
}

/**
 * What a commitment in the chain stands for, kept beside it so that it can be erased.
 * @public
 */
export interface PersonalValue {
  readonly commitment: string;
  readonly keyspaceId: KeyspaceId;
  readonly eventId: EventId;
  readonly ownerId: string;
  readonly salt: string;
  /** JSON text. */
  readonly value: string;
}
