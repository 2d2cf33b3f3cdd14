import type { Scenario, Scenarios } from './rotation-statuses.js';
import { type Got, openWorld, type World } from './world.js';

const MAIL = { kind: 'mail', addresses: ['ops@acme.example'] };

/** What channels and notices have to be asked for each of their statuses. */
export const channelStatuses: Scenarios = {
  'POST /v1/channels': {
    201: ({ ask }) => ask('POST', '/v1/channels', { body: { name: 'ops', ...MAIL } }),
    404: ({ ask }) =>
      ask('POST', '/v1/channels', { body: { name: 'x', keyspace: 'nowhere', ...MAIL } }),
    409: onChannel('twice', (_path, { ask }) =>
      ask('POST', '/v1/channels', { body: { name: 'twice', ...MAIL } }),
    ),
    422: ({ ask }) =>
      ask('POST', '/v1/channels', { body: { name: 'slack', kind: 'slack', connection: 'nope' } }),
  },
  'GET /v1/channels': {
    200: ({ ask }) => ask('GET', '/v1/channels?keyspace=default'),
    404: ({ ask }) => ask('GET', '/v1/channels?keyspace=nowhere'),
  },
  'GET /v1/channels/{id}': { 200: onChannel('read', (path, { ask }) => ask('GET', path)) },
  'PATCH /v1/channels/{id}': {
    200: onChannel('changed', (path, { ask }) => ask('PATCH', path, { body: { name: 'other' } })),
    409: onChannel('taken', async (path, { ask }) => {
      await ask('POST', '/v1/channels', { body: { name: 'takes', ...MAIL } });
      return ask('PATCH', path, { body: { name: 'takes' } });
    }),
    412: onChannel('versioned', (path, { ask }) =>
      ask('PATCH', path, { body: {}, headers: { 'if-match': '9' } }),
    ),
    422: onChannel('wrong', (path, { ask }) => ask('PATCH', path, { body: { addresses: [] } })),
  },
  'DELETE /v1/channels/{id}': {
    204: onChannel('deleted', (path, { ask }) => ask('DELETE', path)),
    409: onChannel('named', async (path, { ask }) => {
      const body = { name: 'naming', notify: { channels: ['named'] } };
      await ask('POST', '/v1/policies', { body });
      return ask('DELETE', path);
    }),
    412: onChannel('kept', (path, { ask }) =>
      ask('DELETE', path, { headers: { 'if-match': '9' } }),
    ),
  },
  'POST /v1/channels/{id}/test': {
    200: onChannel('tested', (_path, { ask }) => ask('POST', '/v1/channels/tested/test')),
  },
  'GET /v1/notices': { 200: ({ ask }) => ask('GET', '/v1/notices?state=dead') },
  'POST /v1/notices/{id}/retry': {
    200: () => onDead((path, { ask }) => ask('POST', path, { body: {} })),
    409: () =>
      onDead(async (path, { ask }) => {
        await ask('POST', path, { body: {} });
        return ask('POST', path, { body: {} });
      }),
  },
};

function onChannel(name: string, then: (path: string, world: World) => Promise<Got>): Scenario {
  return async (world) => {
    const made = await world.ask('POST', '/v1/channels', { body: { name, ...MAIL } });
    return then(`/v1/channels/${made.json.id}`, world);
  };
}

/** A notice by mail, for which no server is set: it is given up at once. */
async function onDead(then: (path: string, world: World) => Promise<Got>): Promise<Got> {
  const world = await openWorld({ notices: {} });
  try {
    const { keyturn, newKey } = world;
    await keyturn.channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@acme.example'] });
    await keyturn.policies.create({ name: 'told', notify: { channels: ['ops'] } });
    const { id } = await newKey({ policy: 'told' });
    await keyturn.keys.rotate(id);
    for (let look = 0; look < 200; look += 1) {
      keyturn.clock.advanceMs(1_000);
      await new Promise((resolve) => setTimeout(resolve, 5)); // The server runs beside the test.
      const { items } = await keyturn.notices.list({ state: 'dead' });
      const [dead] = items;
      if (dead !== undefined) return await then(`/v1/notices/${dead.id}/retry`, world);
    }
    throw new Error('The notice was not given up.');
  } finally {
    await world.close();
  }
}
