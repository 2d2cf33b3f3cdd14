import type { Channels, Notices } from '../channel-views.js';
import { listOf } from './remote-list.js';
import type { ServerClient } from './server-client.js';

/** Channels and notices, from a running server. */
export function channelsOf(client: ServerClient): {
  readonly channels: Channels;
  readonly notices: Notices;
} {
  const at = (id: string, act = '') => `/v1/channels/${encodeURIComponent(id)}${act}`;
  return {
    channels: {
      create: (body, options = {}) =>
        client.ask({ method: 'POST', path: '/v1/channels', body, ...options }),
      get: (id) => client.ask({ method: 'GET', path: at(id) }),
      list: (query = {}) => listOf(client, '/v1/channels', query),
      update: (id, body, options = {}) =>
        client.ask({ method: 'PATCH', path: at(id), body, ...options }),
      delete: async (id, options = {}) => {
        await client.send({ method: 'DELETE', path: at(id), ...options });
      },
      test: (id) => client.ask({ method: 'POST', path: at(id, '/test'), body: {} }),
    },
    notices: {
      list: (query = {}) => listOf(client, '/v1/notices', query),
      retry: (id, options = {}) => {
        const path = `/v1/notices/${encodeURIComponent(id)}/retry`;
        return client.ask({ method: 'POST', path, body: {}, ...options });
      },
    },
  };
}
