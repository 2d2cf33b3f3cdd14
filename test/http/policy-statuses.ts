import type { Scenario, Scenarios } from './rotation-statuses.js';
import type { Got, World } from './world.js';

/** What policies have to be asked for each of their statuses. */
export const policyStatuses: Scenarios = {
  'POST /v1/policies': {
    201: ({ ask }) => ask('POST', '/v1/policies', { body: { name: 'quarterly' } }),
    404: ({ ask }) => ask('POST', '/v1/policies', { body: { name: 'x', keyspace: 'nowhere' } }),
    409: async ({ ask }) => {
      await ask('POST', '/v1/policies', { body: { name: 'twice' } });
      return ask('POST', '/v1/policies', { body: { name: 'twice' } });
    },
    422: ({ ask }) => ask('POST', '/v1/policies', { body: { name: 'A b' } }),
  },
  'POST /v1/policies/test': fileStatuses('/v1/policies/test'),
  'POST /v1/policies/apply': fileStatuses('/v1/policies/apply'),
  'GET /v1/policies': {
    200: ({ ask }) => ask('GET', '/v1/policies'),
    404: ({ ask }) => ask('GET', '/v1/policies?keyspace=nowhere'),
  },
  'GET /v1/policies/{name}': {
    200: onPolicy('read', (path, { ask }) => ask('GET', path)),
  },
  'GET /v1/policies/{name}/calendar': {
    200: onPolicy('foreseen', (path, { ask }) => ask('GET', `${path}/calendar`)),
    422: onPolicy('too-far', (path, { ask }) => ask('GET', `${path}/calendar?to=400d`)),
  },
  'PATCH /v1/policies/{name}': {
    200: onPolicy('changed', (path, { ask }) =>
      ask('PATCH', path, { body: { overlap: { hard: '14d' } } }),
    ),
    412: onPolicy('versioned', (path, { ask }) =>
      ask('PATCH', path, { body: {}, headers: { 'if-match': '9' } }),
    ),
    422: onPolicy('wrong', (path, { ask }) =>
      ask('PATCH', path, { body: { overlap: { min: '9d', soft: '1d', hard: '1d' } } }),
    ),
  },
  'DELETE /v1/policies/{name}': {
    204: onPolicy('deleted', (path, { ask }) => ask('DELETE', path)),
    409: onPolicy('named', async (path, { ask, newKey }) => {
      await newKey({ policy: 'named' });
      return ask('DELETE', path);
    }),
    412: onPolicy('kept', (path, { ask }) => ask('DELETE', path, { headers: { 'if-match': '9' } })),
  },
};

/** What both routes that take a policy file answer. */
function fileStatuses(path: string): Readonly<Record<number, Scenario>> {
  const sent = (file: string): Scenario => {
    return ({ ask }) => ask('POST', path, { body: { file } });
  };
  return {
    200: sent('policy: filed'),
    404: sent('{ policy: filed, keyspace: nowhere }'),
    422: sent('{ policy: filed, overlap: { min: 9d, soft: 1d, hard: 1d } }'),
  };
}

function onPolicy(name: string, then: (path: string, world: World) => Promise<Got>): Scenario {
  return async (world) => {
    await world.ask('POST', '/v1/policies', { body: { name } });
    return then(`/v1/policies/${name}`, world);
  };
}
