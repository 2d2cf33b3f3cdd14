import { invited, PASSWORD } from '../http/people.js';
import type { Fleet } from '../setup/fleet.js';

const FROM = { address: '192.0.2.7', agent: 'a test' };

/** A good request to each route that changes people: whom it is about, and its body. */
export async function peopleAttempts(
  fleet: Fleet,
): Promise<Readonly<Record<string, readonly [string, object]>>> {
  const { keyturn } = fleet.at(0);
  await invited(keyturn, 'admin');
  const { id } = await invited(keyturn, 'viewer');
  const leaving = await invited(keyturn, 'viewer');
  const { token } = await invited(keyturn, 'viewer');
  const input = { token, name: 'Ada', password: PASSWORD };
  const { session } = await keyturn.signIn.acceptInvitation(input, FROM);
  return {
    'POST /v1/people': ['', { name: 'Thief', email: 'thief@evil.example', role: 'admin' }],
    'PATCH /v1/people/{id}': [id, { email: 'thief@other.example' }],
    'DELETE /v1/people/{id}': [leaving.id, {}],
    'POST /v1/people/{id}/invite': [id, {}],
    'DELETE /v1/sessions/{id}': [session.id ?? '', {}],
  };
}
