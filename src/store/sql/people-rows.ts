import type { Insertable, Selectable } from 'kysely';
import { emailKeyOf, type PersonRecord, type SessionRecord } from '../people.js';
import type { PeopleTable, SessionsTable } from '../schema-people.js';

export function personRow(person: PersonRecord): Insertable<PeopleTable> {
  return {
    id: person.id,
    name: person.name,
    email: person.email,
    email_key: emailKeyOf(person.email),
    role: person.role,
    keyspaces: keyspacesText(person.keyspaces),
    password: person.password,
    signed_in_at: person.signedInAt,
    created_at: person.createdAt,
    updated_at: person.updatedAt,
    version: person.version,
  };
}

/** Made in one way only: equal lists are equal texts. */
export function keyspacesText(keyspaces: PersonRecord['keyspaces']): string | null {
  return keyspaces === null ? null : JSON.stringify(keyspaces);
}

export function personRecord(row: Selectable<PeopleTable>): PersonRecord {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    keyspaces: row.keyspaces === null ? null : JSON.parse(row.keyspaces),
    password: row.password,
    signedInAt: row.signed_in_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
  };
}

export function sessionRow(session: SessionRecord): Insertable<SessionsTable> {
  return {
    id: session.id,
    digest: session.digest,
    person_id: session.personId,
    method: session.method,
    provider: session.provider,
    agent: session.agent,
    created_at: session.createdAt,
    seen_at: session.seenAt,
    confirmed_at: session.confirmedAt,
    expires_at: session.expiresAt,
  };
}

export function sessionRecord(row: Selectable<SessionsTable>): SessionRecord {
  return {
    id: row.id,
    digest: row.digest,
    personId: row.person_id,
    method: row.method,
    provider: row.provider,
    agent: row.agent,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    confirmedAt: row.confirmed_at,
    expiresAt: row.expires_at,
  };
}
