import type { EventType } from '../audit/event.js';
import { InternalError } from '../errors.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { JsonValue } from '../keys/metadata.js';
import type { Act, Lifecycle } from '../lifecycle/context.js';
import { type Recorded, recordFact } from '../lifecycle/key-events.js';
import type { PersonRecord, SessionRecord } from '../store/people.js';

const PERSONAL = ['name', 'email'] as const;

/** The keyspace of management keys: who may sign in stands in its audit trail. */
export async function managementOf({ store }: Lifecycle): Promise<KeyspaceRecord> {
  const keyspace = (await store.listKeyspaces()).find(({ isManagement }) => isManagement);
  if (keyspace === undefined) throw new InternalError('The management keyspace is not there.');
  return keyspace;
}

/** The event of a person who was made, changed, invited or removed. */
export function recordPerson(
  act: Act,
  type: EventType,
  {
    keyspace,
    before,
    after,
  }: {
    readonly keyspace: KeyspaceRecord;
    readonly before: PersonRecord | null;
    readonly after: PersonRecord | null;
  },
): Recorded {
  const id = after?.id ?? before?.id ?? '';
  return recordFact(act, {
    type,
    keyspaceId: keyspace.id,
    subject: { kind: 'person', id },
    before: before === null ? {} : factsOf(before),
    after: after === null ? {} : factsOf(after),
    personal: { fields: PERSONAL, fromOwnerId: id, toOwnerId: id },
  });
}

/** The event of a session that began, was confirmed, or ended. */
export function recordSession(
  act: Act,
  type: EventType,
  { keyspace, session }: { readonly keyspace: KeyspaceRecord; readonly session: SessionRecord },
): Recorded {
  const { id, personId: person, method, provider } = session;
  return recordFact(act, {
    type,
    keyspaceId: keyspace.id,
    subject: { kind: 'session', id },
    before: {},
    after: { person, method, provider },
  });
}

/** That a password changed is told, and nothing of what it was or is. */
function factsOf({
  name,
  email,
  role,
  keyspaces,
  password,
}: PersonRecord): Record<string, JsonValue> {
  return { name, email, role, keyspaces, hasPassword: password !== null };
}
