import type { Got, World } from './world.js';

type Scenario = (world: World) => Promise<Got>;

/** What shows many things at a glance, or does something to many, has to be asked for each status. */
export const glanceStatuses: Readonly<Record<string, Readonly<Record<number, Scenario>>>> = {
  'POST /v1/keys/bulk': {
    200: async ({ ask, newKey }) => {
      const ids = [(await newKey()).id, 'key_nobody'];
      return ask('POST', '/v1/keys/bulk', { body: { ids, act: 'disable' } });
    },
    422: async ({ ask, newKey }) => {
      const ids = [(await newKey()).id];
      const headers = { 'idempotency-key': 'many' };
      await ask('POST', '/v1/keys/bulk', { body: { ids, act: 'disable' }, headers });
      return ask('POST', '/v1/keys/bulk', { body: { ids, act: 'enable' }, headers });
    },
  },
  'GET /v1/overview': {
    200: ({ ask }) => ask('GET', '/v1/overview'),
    404: ({ ask }) => ask('GET', '/v1/overview?keyspace=nowhere'),
  },
  'GET /v1/live': {
    200: ({ ask }) => ask('GET', '/v1/live'),
    404: ({ ask }) => ask('GET', '/v1/live?keyspace=nowhere'),
    409: async ({ url, ask, manager }) => {
      const { plaintext: key } = await manager(['keyspaces:read']);
      const ending = new AbortController();
      const asked = { headers: { 'x-api-key': key }, signal: ending.signal };
      for (let count = 0; count < 4; count += 1) await fetch(`${url}/v1/live`, asked);
      const got = await ask('GET', '/v1/live', { key });
      ending.abort();
      return got;
    },
  },
};
