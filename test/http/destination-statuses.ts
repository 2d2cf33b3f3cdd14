import type { DestinationKind, DestinationOptions, DestinationOutside } from '../../src/index.js';
import type { Scenario, Scenarios } from './rotation-statuses.js';
import type { Got, World } from './world.js';

/** What a world's destinations may reach. `once` may be made, and not reached any more. */
export function someDestinations(): DestinationOptions {
  let openCount = 0;
  const once: DestinationKind<object, DestinationOutside> = {
    kind: 'once',
    settings: { wanted: 'an object', fits: () => true },
    open() {
      openCount += 1;
      if (openCount > 1) throw new Error('It was taken out of the configuration.');
      const missing = { kind: 'failed', class: 'target_missing', message: 'It is gone.' } as const;
      const refuse = async () => missing;
      const acts = { preflight: refuse, read: refuse, write: refuse, readBack: refuse };
      return { place: 'nowhere', ...acts, reload: refuse };
    },
  };
  return { commands: { vending: { write: ['/bin/cat'] } }, kinds: [once] };
}

/** Whose command needs no file. */
const place = { kind: 'command', settings: { command: 'vending' } };

/** The least body of a route about destinations. */
export const leastDestinationBody = {
  'POST /v1/destinations': { name: 'app', key: 'nobody', ...place },
};

/** What destinations have to be asked for each of their statuses. */
export const destinationStatuses: Scenarios = {
  'POST /v1/destinations': {
    201: onKey((key, { ask }) => ask('POST', '/v1/destinations', { body: body(key) })),
    409: onKey(async (key, { ask }) => {
      await ask('POST', '/v1/destinations', { body: body(key) });
      return ask('POST', '/v1/destinations', { body: body(key) });
    }),
    422: onKey((key, { ask }) =>
      ask('POST', '/v1/destinations', { body: { ...body(key), kind: 'pigeon' } }),
    ),
  },
  'GET /v1/destinations': {
    200: onDestination((_id, { ask }) => ask('GET', '/v1/destinations')),
    404: ({ ask }) => ask('GET', '/v1/destinations?keyspace=nowhere'),
    422: ({ ask }) => ask('GET', '/v1/destinations?key=nobody'),
  },
  'GET /v1/destinations/{id}': {
    200: onDestination((id, { ask }) => ask('GET', `/v1/destinations/${id}`)),
  },
  'PATCH /v1/destinations/{id}': {
    200: onDestination((id, { ask }) =>
      ask('PATCH', `/v1/destinations/${id}`, { body: { position: 7 } }),
    ),
    409: onDestination(async (id, { ask }, key) => {
      await ask('POST', '/v1/destinations', { body: { ...body(key), name: 'other' } });
      return ask('PATCH', `/v1/destinations/${id}`, { body: { name: 'other' } });
    }),
    412: onDestination((id, { ask }) =>
      ask('PATCH', `/v1/destinations/${id}`, { body: {}, headers: { 'if-match': '9' } }),
    ),
    422: onDestination((id, { ask }) =>
      ask('PATCH', `/v1/destinations/${id}`, { body: { settings: { command: 'other' } } }),
    ),
  },
  'DELETE /v1/destinations/{id}': {
    204: onDestination((id, { ask }) => ask('DELETE', `/v1/destinations/${id}`)),
    412: onDestination((id, { ask }) =>
      ask('DELETE', `/v1/destinations/${id}`, { headers: { 'if-match': '9' } }),
    ),
  },
  'POST /v1/destinations/{id}/test': {
    200: onDestination((id, { ask }) => ask('POST', `/v1/destinations/${id}/test`)),
    422: onKey(async (key, { ask }) => {
      const gone = { name: 'gone', key, kind: 'once', settings: {} };
      const { json } = await ask('POST', '/v1/destinations', { body: gone });
      return ask('POST', `/v1/destinations/${json.id}/test`);
    }),
  },
};

function body(key: string) {
  return { name: 'app', key, ...place };
}

function onKey(then: (key: string, world: World) => Promise<Got>): Scenario {
  return async (world) => then((await world.newKey()).id, world);
}

function onDestination(then: (id: string, world: World, key: string) => Promise<Got>): Scenario {
  return onKey(async (key, world) => {
    const { json } = await world.ask('POST', '/v1/destinations', { body: body(key) });
    return then(json.id, world, key);
  });
}
