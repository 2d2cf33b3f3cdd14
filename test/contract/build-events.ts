import type { EventType, Subject } from '../../src/audit/event.js';
import type { Write } from '../../src/store/change.js';

/** What each kind of write is told as, in a change that a test makes up. */
export const EVENT_TYPE: Readonly<Record<Write['kind'], EventType>> = {
  insert_key: 'key.created',
  update_key: 'key.updated',
  delete_key: 'key.deleted',
  insert_keyspace: 'keyspace.created',
  update_keyspace: 'keyspace.updated',
  put_owner: 'owner.updated',
  erase_personal: 'owner.erased',
  insert_setup_link: 'setup.link_created',
  use_setup_link: 'setup.link_used',
  set_standing: 'database.frozen',
  insert_rotation: 'rotation.started',
  update_rotation: 'rotation.advanced',
  wake_rotation: 'key.revoked',
  put_policy: 'policy.applied',
  delete_policy: 'policy.deleted',
  hold_policy: 'key.updated',
  put_destination: 'destination.created',
  delete_destination: 'destination.deleted',
  put_channel: 'channel.created',
  delete_channel: 'channel.deleted',
  insert_notices: 'rotation.started',
  withdraw_links: 'rotation.changed',
  retry_notice: 'notice.retried',
  mark_late: 'secret.used_after_end',
  put_person: 'person.created',
  delete_person: 'person.removed',
  insert_identity: 'person.updated',
  insert_session: 'session.started',
  confirm_session: 'session.confirmed',
  end_sessions: 'session.ended',
  insert_invitation: 'person.invited',
  use_invitation: 'person.updated',
};

/** What a write is about. */
export function subjectOf(write: Write): Subject {
  switch (write.kind) {
    case 'insert_key':
    case 'update_key':
      return { kind: 'key', id: write.key.id };
    case 'delete_key':
    case 'wake_rotation':
      return { kind: 'key', id: write.keyId };
    case 'insert_keyspace':
    case 'update_keyspace':
      return { kind: 'keyspace', id: write.keyspace.id };
    case 'put_owner':
      return { kind: 'owner', id: write.owner.id };
    case 'erase_personal':
      return { kind: 'owner', id: write.ownerId };
    case 'insert_setup_link':
    case 'use_setup_link':
      return { kind: 'setup', id: 'link' };
    case 'insert_rotation':
    case 'update_rotation':
      return { kind: 'rotation', id: write.rotation.id };
    case 'hold_policy':
      return { kind: 'policy', id: write.name };
    case 'put_policy':
    case 'delete_policy':
      return { kind: 'policy', id: write.policy.name };
    case 'put_person':
      return { kind: 'person', id: write.person.id };
    case 'insert_identity':
      return { kind: 'person', id: write.identity.personId };
    case 'insert_invitation':
      return { kind: 'person', id: write.invitation.personId };
    case 'delete_person':
    case 'end_sessions':
    case 'use_invitation':
      return { kind: 'person', id: write.personId };
    case 'insert_session':
      return { kind: 'session', id: write.session.id };
    case 'confirm_session':
      return { kind: 'session', id: write.sessionId };
    case 'put_destination':
    case 'delete_destination':
      return { kind: 'destination', id: write.destination.id };
    case 'put_channel':
    case 'delete_channel':
      return { kind: 'channel', id: write.channel.id };
    case 'insert_notices':
    case 'withdraw_links':
      return { kind: 'rotation', id: 'rotation' };
    case 'retry_notice':
      return { kind: 'notice', id: write.notice.id };
    case 'mark_late':
      return { kind: 'key', id: write.use.keyId };
    case 'set_standing':
      return { kind: 'database', id: 'test' };
  }
}
