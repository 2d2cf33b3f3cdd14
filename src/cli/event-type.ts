import { nearest } from '../nearest.js';
import type { Event } from '../views.js';
import { UsageFault } from './fault.js';

/** An object, so that a type that is added does not compile until it stands here. */
const EVENT_TYPES: Readonly<Record<Event['type'], true>> = {
  'keyspace.created': true,
  'keyspace.updated': true,
  'keyspace.store_loss_used': true,
  'key.created': true,
  'key.updated': true,
  'key.disabled': true,
  'key.enabled': true,
  'key.revoked': true,
  'key.deleted': true,
  'key.due': true,
  'key.due_soon': true,
  'key.expiring': true,
  'key.past_policy': true,
  'key.unused': true,
  'secret.issued': true,
  'secret.activated': true,
  'secret.retiring': true,
  'secret.disabled': true,
  'secret.revoked': true,
  'secret.browned_out': true,
  'secret.used_after_end': true,
  'secret.leaked': true,
  'rotation.started': true,
  'rotation.not_started': true,
  'rotation.advanced': true,
  'rotation.claim_opened': true,
  'rotation.claim_disowned': true,
  'rotation.claim_reminded': true,
  'rotation.changed': true,
  'rotation.needs_operator': true,
  'rotation.completed': true,
  'rotation.rolled_back': true,
  'rotation.aborted': true,
  'rotation.superseded': true,
  'policy.applied': true,
  'policy.deleted': true,
  'destination.created': true,
  'destination.updated': true,
  'destination.deleted': true,
  'channel.created': true,
  'channel.updated': true,
  'channel.deleted': true,
  'notice.retried': true,
  'owner.created': true,
  'owner.updated': true,
  'owner.erased': true,
  'person.created': true,
  'person.updated': true,
  'person.invited': true,
  'person.removed': true,
  'session.started': true,
  'session.confirmed': true,
  'session.ended': true,
  'session.refused': true,
  'setup.link_created': true,
  'setup.link_used': true,
  'database.frozen': true,
  'database.thawed': true,
  'database.moved': true,
  'database.quarantined': true,
  'database.released': true,
};

/** @throws {UsageFault} there are no events of this type, which an empty list would not tell. */
export function requireEventType(type: string | undefined): void {
  const known = Object.keys(EVENT_TYPES);
  if (type === undefined || known.includes(type)) return;
  const meant = nearest(type, known);
  const hint = meant === undefined ? `Known are: ${known.join(', ')}.` : `Did you mean ${meant}?`;
  throw new UsageFault(`--type: there are no events of this type. ${hint}`);
}
