import { commit } from '../audit/commitment.js';
import type { EventDraft, EventType, FieldChange, PersonalValue, Subject } from '../audit/event.js';
import { formatTime } from '../keys/duration.js';
import { type KeyspaceId, newEventId } from '../keys/id.js';
import type { KeyRecord } from '../keys/key.js';
import type { JsonValue } from '../keys/metadata.js';
import { changesBetween } from './change.js';
import type { Act } from './context.js';

/**
 * An event and the personal values it commits to.
 * @public
 */
export interface Recorded {
  readonly event: EventDraft;
  readonly personal: readonly PersonalValue[];
}

/** What happened, before its fields are compared. */
export interface Fact {
  readonly type: EventType;
  readonly keyspaceId: KeyspaceId;
  readonly subject: Subject;
  readonly reason?: string | null;
  readonly before: Readonly<Record<string, JsonValue>>;
  readonly after: Readonly<Record<string, JsonValue>>;
  /** The fields that stand as commitments, and whose they were and are. */
  readonly personal?: {
    readonly fields: readonly string[];
    readonly fromOwnerId: string;
    readonly toOwnerId: string;
  };
}

/**
 * Makes the event of a fact: only what changed, and nothing personal in the open.
 * @public
 */
export function recordFact(act: Act, fact: Fact): Recorded {
  const { lifecycle, rights } = act;
  const nowMs = lifecycle.nowMs();
  const id = newEventId({ nowMs, random: lifecycle.ports.random });
  const personal: PersonalValue[] = [];
  const cover = (change: FieldChange): FieldChange => {
    if (!fact.personal?.fields.includes(change.field)) return change;
    const { fromOwnerId, toOwnerId } = fact.personal;
    const hidden = (value: JsonValue, ownerId: string): JsonValue => {
      if (value === null) return null;
      const json = JSON.stringify(value);
      const { commitment, salt } = commit(json, lifecycle.ports.random);
      const { keyspaceId } = fact;
      personal.push({ commitment, keyspaceId, eventId: id, ownerId, salt, value: json });
      return commitment;
    };
    return {
      field: change.field,
      from: hidden(change.from, fromOwnerId),
      to: hidden(change.to, toOwnerId),
    };
  };
  const event: EventDraft = {
    id,
    keyspaceId: fact.keyspaceId,
    type: fact.type,
    at: nowMs,
    actor: rights.actor,
    subject: fact.subject,
    changes: changesBetween(fact.before, fact.after).map(cover),
    reason: fact.reason ?? null,
    requestId: rights.requestId,
  };
  return { event, personal };
}

/**
 * The event of a key that was made or changed.
 * @public
 */
export function recordKey(
  act: Act,
  type: EventType,
  keys: {
    readonly before: KeyRecord | null;
    readonly after: KeyRecord;
    readonly reason?: string | null;
  },
): Recorded {
  const { before, after } = keys;
  return recordFact(act, {
    type,
    keyspaceId: after.keyspaceId,
    subject: { kind: 'key', id: after.id },
    reason: keys.reason ?? null,
    before: before === null ? {} : factsOf(before),
    after: factsOf(after),
    personal: {
      fields: ['metadata'],
      fromOwnerId: ownerIdOf(before ?? after),
      toOwnerId: ownerIdOf(after),
    },
  });
}

/** What belongs to nobody is kept under the key's own id, so that it can be erased by that. */
function ownerIdOf({ owner, id }: KeyRecord): string {
  return owner ?? id;
}

function factsOf(key: KeyRecord): Record<string, JsonValue> {
  const { addresses, origins, methods, paths, keyspaces } = key.restrictions;
  const restrictions = Object.entries({ addresses, origins, methods, paths, keyspaces });
  return {
    name: key.name,
    owner: key.owner,
    environment: key.environment,
    scopes: key.scopes,
    metadata: key.metadata === '{}' ? null : JSON.parse(key.metadata),
    tags: key.tags,
    state: key.state,
    expiresAt: key.expiresAt === null ? null : formatTime(key.expiresAt),
    notBefore: key.notBefore === null ? null : formatTime(key.notBefore),
    restrictions: Object.fromEntries(
      restrictions.flatMap(([kind, list]) => (list ? [[kind, list]] : [])),
    ),
    policy: key.policy,
    secrets: key.secrets.map(({ number, hint, state }) => ({ number, hint, state })),
  };
}
