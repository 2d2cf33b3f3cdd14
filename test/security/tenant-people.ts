import type { Keyturn } from '../../src/public.js';
import { invited, PASSWORD } from '../http/people.js';
import type { Names, Sent } from './tenant-session.js';

/** People of a tenant, each of whom something is asked, and what is open of one. */
export interface PeopleNames {
  readonly personId: string;
  /** Of a person who is to be removed. */
  readonly firedId: string;
  readonly sessionId: string;
}

/** Everything that a tenant may ask about its people. */
export function peopleIn({ keyspace, personId, firedId, sessionId }: Names): readonly Sent[] {
  const place = `/v1/people/${personId}`;
  const person = { name: 'Made', email: `made@${keyspace}.example`, role: 'viewer' };
  return [
    { method: 'POST', path: '/v1/people', body: bodyOf({ ...person, keyspaces: [keyspace] }) },
    { method: 'GET', path: place },
    { method: 'PATCH', path: place, body: bodyOf({ name: 'Changed' }) },
    { method: 'GET', path: `${place}/sessions` },
    { method: 'POST', path: `${place}/invite`, body: '{}' },
    { method: 'DELETE', path: `/v1/sessions/${sessionId}` },
    { method: 'DELETE', path: `/v1/people/${firedId}` },
  ];
}

/** People who are bound to a tenant's keyspace. */
export async function newPeople(keyturn: Keyturn, keyspace: string): Promise<PeopleNames> {
  const { id: personId, token } = await invited(keyturn, 'viewer', [keyspace]);
  const from = { address: '203.0.113.7', agent: 'a test' };
  const input = { token, name: 'Ada', password: PASSWORD };
  const { session } = await keyturn.signIn.acceptInvitation(input, from);
  const { id: firedId } = await invited(keyturn, 'operator', [keyspace]);
  return { personId, firedId, sessionId: session.id ?? '' };
}

function bodyOf(body: object): string {
  return JSON.stringify(body);
}
