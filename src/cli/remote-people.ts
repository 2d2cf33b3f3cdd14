import type { InvitedPerson, People, PersonInput, Sessions } from '../people-views.js';
import type { WriteOptions } from '../public.js';
import { listOf } from './remote-list.js';
import type { ServerClient } from './server-client.js';

/** People and their sessions, from a running server. */
export function peopleOf(client: ServerClient): {
  readonly people: People;
  readonly sessions: Sessions;
} {
  const at = (id: string, act = '') => `/v1/people/${encodeURIComponent(id)}${act}`;
  return {
    people: {
      create: (body: PersonInput, options: WriteOptions = {}) =>
        client.ask<InvitedPerson>({ method: 'POST', path: '/v1/people', body, ...options }),
      get: (id) => client.ask({ method: 'GET', path: at(id) }),
      list: (query = {}) => listOf(client, '/v1/people', query),
      update: (id, body, options = {}) =>
        client.ask({ method: 'PATCH', path: at(id), body, ...options }),
      remove: async (id, options = {}) => {
        await client.send({ method: 'DELETE', path: at(id), ...options });
      },
      invite: (id) => client.ask({ method: 'POST', path: at(id, '/invite'), body: {} }),
      sessions: (id) => client.ask({ method: 'GET', path: at(id, '/sessions') }),
    },
    sessions: {
      list: () => client.ask({ method: 'GET', path: '/v1/sessions' }),
      end: async (id) => {
        await client.send({ method: 'DELETE', path: `/v1/sessions/${encodeURIComponent(id)}` });
      },
    },
  };
}
