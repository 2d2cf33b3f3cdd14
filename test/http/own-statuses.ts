import { adminStatuses } from './admin-statuses.js';
import { channelStatuses } from './channel-statuses.js';
import { destinationStatuses, leastDestinationBody } from './destination-statuses.js';
import { glanceStatuses } from './glance-statuses.js';
import { policyStatuses } from './policy-statuses.js';
import { providerStatuses } from './provider-statuses.js';
import { leastRotationBody, rotationStatuses } from './rotation-statuses.js';
import { leastSessionBody, sessionStatuses } from './session-statuses.js';
import { askerOf, makeSiteFolder } from './site-folder.js';
import type { Got, World } from './world.js';

type Scenario = (world: World) => Promise<Got>;

/** The least body a route takes, where that is not `{}`. */
export const leastBody: Readonly<Record<string, object>> = {
  'POST /v1/keys': { name: 'new' },
  'POST /v1/keys/import': { rows: [{}] },
  'POST /v1/keys/bulk': { ids: ['x'], act: 'disable' },
  'POST /v1/leaks': { reports: [{ plaintext: 'x' }] },
  'POST /v1/channels': { name: 'x', kind: 'mail' },
  'POST /setup': { token: 'x' },
  'POST /claim': { token: 'x' },
  'POST /claim/look': { token: 'x' },
  'POST /claim/disown': { token: 'x' },
  ...leastRotationBody,
  ...leastDestinationBody,
  ...leastSessionBody,
};

/** What a route has to be asked for each status that does not follow from its row alone. */
export const own: Readonly<Record<string, Readonly<Record<number, Scenario>>>> = {
  ...rotationStatuses,
  ...policyStatuses,
  ...destinationStatuses,
  ...channelStatuses,
  ...sessionStatuses,
  ...providerStatuses,
  ...glanceStatuses,
  'POST /v1/keys': {
    201: ({ ask }) => ask('POST', '/v1/keys', { body: { name: 'new' } }),
    404: ({ ask }) => ask('POST', '/v1/keys', { body: { name: 'new', keyspace: 'nowhere' } }),
    422: ({ ask }) => ask('POST', '/v1/keys', { body: { name: '\u202e' } }),
  },
  'GET /v1/keys': {
    200: ({ ask }) => ask('GET', '/v1/keys'),
    404: ({ ask }) => ask('GET', '/v1/keys?keyspace=nowhere'),
  },
  'POST /v1/keys/find': {
    200: async ({ ask, newKey }) => {
      const { plaintext } = await newKey();
      return ask('POST', '/v1/keys/find', { body: { plaintext } });
    },
    404: ({ ask }) => ask('POST', '/v1/keys/find', { body: { plaintext: 'key_live_x' } }),
  },
  'POST /v1/leaks': {
    200: async ({ ask, newKey }) => {
      const { plaintext } = await newKey();
      return ask('POST', '/v1/leaks', { body: { reports: [{ plaintext }] } });
    },
    422: ({ ask }) => {
      const reports = [{ plaintext: 'key_live_x', foundAt: 'yesterday' }];
      return ask('POST', '/v1/leaks', { body: { reports } });
    },
  },
  'POST /v1/keys/import': {
    200: ({ ask }) => ask('POST', '/v1/keys/import', { body: { rows: [importRow('a'), {}] } }),
    404: ({ ask }) =>
      ask('POST', '/v1/keys/import', { body: { rows: [importRow('b')], keyspace: 'nowhere' } }),
    409: async ({ ask, keyturn }) => {
      const lengths = { minLength: 8, maxLength: 8, alphabet: 'hex' } as const;
      const foreignShapes = [...'!#$%&*+-./'].map((separator) => ({ ...lengths, separator }));
      await keyturn.keyspaces.create({ name: 'full', prefix: 'full', foreignShapes });
      const rows = [importRow('c')];
      return ask('POST', '/v1/keys/import', { body: { rows, keyspace: 'full' } });
    },
    422: async ({ ask }) => {
      const headers = { 'idempotency-key': 'imported' };
      await ask('POST', '/v1/keys/import', { body: { rows: [importRow('d')] }, headers });
      return ask('POST', '/v1/keys/import', { body: { rows: [importRow('e')] }, headers });
    },
  },
  'GET /v1/keys/import/report': {
    200: ({ ask }) => ask('GET', '/v1/keys/import/report?since=1d'),
    404: ({ ask }) => ask('GET', '/v1/keys/import/report?keyspace=nowhere'),
  },
  'GET /v1/keys/{id}': {
    200: onKey((id, { ask }) => ask('GET', `/v1/keys/${id}`)),
  },
  'GET /v1/keys/{id}/consumers': {
    200: onKey((id, { ask }) => ask('GET', `/v1/keys/${id}/consumers`)),
  },
  'PATCH /v1/keys/{id}': {
    200: onKey((id, { ask }) => ask('PATCH', `/v1/keys/${id}`, { body: { tags: ['a'] } })),
    409: onKey(async (id, { ask, keyturn }) => {
      await keyturn.keys.revoke(id);
      return ask('PATCH', `/v1/keys/${id}`, { body: { name: 'other' } });
    }),
    412: onKey((id, { ask }) =>
      ask('PATCH', `/v1/keys/${id}`, { body: { name: 'other' }, headers: { 'if-match': '7' } }),
    ),
    422: onKey((id, { ask }) => ask('PATCH', `/v1/keys/${id}`, { body: { scopes: ['A B'] } })),
  },
  'DELETE /v1/keys/{id}': {
    204: onKey(async (id, { ask, keyturn }) => {
      await keyturn.keys.revoke(id);
      return ask('DELETE', `/v1/keys/${id}`);
    }),
    409: onKey((id, { ask }) => ask('DELETE', `/v1/keys/${id}`)),
    412: onKey((id, { ask }) =>
      ask('DELETE', `/v1/keys/${id}`, { headers: { 'if-match': '"7"' } }),
    ),
  },
  'POST /v1/keys/{id}/revoke': {
    200: onKey((id, { ask }) => ask('POST', `/v1/keys/${id}/revoke`)),
    422: onKey((id, { ask }) => ask('POST', `/v1/keys/${id}/revoke`, { body: { secret: 9 } })),
  },
  'POST /v1/keys/{id}/disable': {
    200: onKey((id, { ask }) => ask('POST', `/v1/keys/${id}/disable`)),
    409: onKey(async (id, { ask, keyturn }) => {
      await keyturn.keys.revoke(id);
      return ask('POST', `/v1/keys/${id}/disable`);
    }),
    422: onKey((id, { ask }) =>
      ask('POST', `/v1/keys/${id}/disable`, { body: { reason: 'x'.repeat(300) } }),
    ),
  },
  'POST /v1/keys/{id}/enable': {
    200: onKey((id, { ask }) => ask('POST', `/v1/keys/${id}/enable`)),
    409: onKey(async (id, { ask, keyturn }) => {
      await keyturn.keys.revoke(id);
      return ask('POST', `/v1/keys/${id}/enable`);
    }),
    422: onKey((id, { ask }) =>
      ask('POST', `/v1/keys/${id}/enable`, { body: { reason: '\u0000' } }),
    ),
  },
  'POST /v1/keys/verify': {
    200: ({ ask }) => ask('POST', '/v1/keys/verify', { body: { plaintext: '' } }),
    404: ({ ask }) =>
      ask('POST', '/v1/keys/verify', { body: { plaintext: 'x', keyspace: 'nowhere' } }),
  },
  'ANY /v1/authorize': {
    200: async ({ ask, newKey }) => {
      const { plaintext: key } = await newKey();
      return ask('GET', '/v1/authorize', { key });
    },
    403: async ({ ask, newKey }) => {
      const { plaintext: key } = await newKey();
      return ask('GET', '/v1/authorize?scopes=a:b', { key });
    },
    404: ({ ask }) => ask('GET', '/v1/authorize?keyspace=nowhere'),
  },
  'GET /v1/self': {
    200: ({ ask }) => ask('GET', '/v1/self'),
    403: (world) => restricted(world, 'GET', '/v1/self'),
  },
  'POST /v1/self/revoke': {
    200: async ({ ask, newKey }) => {
      const { plaintext: key } = await newKey();
      return ask('POST', '/v1/self/revoke', { key });
    },
    403: (world) => restricted(world, 'POST', '/v1/self/revoke'),
    422: ({ ask }) => ask('POST', '/v1/self/revoke', { body: { secret: 9 } }),
  },
  'POST /v1/keyspaces': {
    201: ({ ask }) => ask('POST', '/v1/keyspaces', { body: { name: 'acme', prefix: 'acme' } }),
    409: ({ ask }) => ask('POST', '/v1/keyspaces', { body: { name: 'default', prefix: 'other' } }),
    422: ({ ask }) => ask('POST', '/v1/keyspaces', { body: { name: 'A', prefix: '' } }),
  },
  'GET /v1/keyspaces': { 200: ({ ask }) => ask('GET', '/v1/keyspaces') },
  'GET /v1/keyspaces/{id}': { 200: ({ ask }) => ask('GET', '/v1/keyspaces/default') },
  'PATCH /v1/keyspaces/{id}': {
    200: ({ ask }) => ask('PATCH', '/v1/keyspaces/default', { body: { staleness: '4s' } }),
    409: ({ ask }) => ask('PATCH', '/v1/keyspaces/keyturn', { body: { scopes: ['a:b'] } }),
    412: ({ ask }) =>
      ask('PATCH', '/v1/keyspaces/default', {
        body: { staleness: '4s' },
        headers: { 'if-match': '99' },
      }),
    422: ({ ask }) => ask('PATCH', '/v1/keyspaces/default', { body: { staleness: '1d' } }),
  },
  'POST /v1/owners': {
    201: ({ ask }) => ask('POST', '/v1/owners', { body: { id: 'acme', name: 'Acme' } }),
    404: ({ ask }) => ask('POST', '/v1/owners', { body: { id: 'x', keyspace: 'nowhere' } }),
    409: onOwner((id, { ask }) => ask('POST', '/v1/owners', { body: { id } })),
    422: ({ ask }) => ask('POST', '/v1/owners', { body: { id: 'bad', emails: ['no mail'] } }),
  },
  'GET /v1/owners': {
    200: ({ ask }) => ask('GET', '/v1/owners'),
    404: ({ ask }) => ask('GET', '/v1/owners?keyspace=nowhere'),
  },
  'GET /v1/owners/{id}': { 200: onOwner((id, { ask }) => ask('GET', `/v1/owners/${id}`)) },
  'PATCH /v1/owners/{id}': {
    200: onOwner((id, { ask }) => ask('PATCH', `/v1/owners/${id}`, { body: { name: 'B' } })),
    412: onOwner((id, { ask }) =>
      ask('PATCH', `/v1/owners/${id}`, { body: { name: 'B' }, headers: { 'if-match': '9' } }),
    ),
    422: onOwner((id, { ask }) => ask('PATCH', `/v1/owners/${id}`, { body: { locale: '!' } })),
  },
  'POST /v1/owners/{id}/erase': {
    200: onOwner((id, { ask }) => ask('POST', `/v1/owners/${id}/erase`)),
  },
  'GET /v1/events': {
    200: ({ ask }) => ask('GET', '/v1/events'),
    404: ({ ask }) => ask('GET', '/v1/events?keyspace=nowhere'),
    422: ({ ask }) => ask('GET', '/v1/events?from=1h&to=2h'),
  },
  'GET /v1/events/verify': {
    200: ({ ask }) => ask('GET', '/v1/events/verify'),
    404: ({ ask }) => ask('GET', '/v1/events/verify?keyspace=nowhere'),
  },
  'GET /v1/usage': {
    200: ({ ask }) => ask('GET', '/v1/usage'),
    404: ({ ask }) => ask('GET', '/v1/usage?keyspace=nowhere'),
    422: ({ ask }) => ask('GET', '/v1/usage?from=1h&to=2h'),
  },
  'GET /healthz': { 200: ({ ask }) => ask('GET', '/healthz') },
  'GET /readyz': { 200: ({ ask }) => ask('GET', '/readyz') },
  'GET /metrics': { 200: ({ ask }) => ask('GET', '/metrics') },
  'GET /openapi.json': { 200: ({ ask }) => ask('GET', '/openapi.json') },
  'GET /docs': {
    200: ({ ask }) => ask('GET', '/docs'),
    304: ofSite('/docs', { 'if-none-match': '*' }),
  },
  'GET /docs/style.css': { 200: ({ ask }) => ask('GET', '/docs/style.css') },
  'GET /docs/codes/{code}': {
    200: ({ ask }) => ask('GET', '/docs/codes/unknown'),
    304: ofSite('/docs/codes/unknown', { 'if-none-match': '*' }),
  },
  'GET /docs/{section}': {
    200: ofSite('/docs/codes'),
    304: ofSite('/docs/codes', { 'if-none-match': '*' }),
  },
  'GET /docs/{section}/{page}': {
    200: ofSite('/docs/start/server'),
    304: ofSite('/docs/start/server', { 'if-none-match': '*' }),
    404: ofSite('/docs/start/nobody'),
  },
  ...adminStatuses,
  'GET /setup': { 200: ({ ask }) => ask('GET', '/setup') },
  'GET /setup.js': { 200: ({ ask }) => ask('GET', '/setup.js') },
};

/** Asks where the documentation's site was built: here it is not. */
function ofSite(path: string, headers: Readonly<Record<string, string>> = {}): Scenario {
  return async ({ keyturn }) => {
    const folder = makeSiteFolder();
    try {
      return await askerOf(keyturn, folder.path)(path, headers);
    } finally {
      folder.remove();
    }
  };
}

function importRow(id: string): object {
  return { id, name: 'made elsewhere', plaintext: `made-elsewhere-${id}` };
}

function onKey(scenario: (id: string, world: World) => Promise<Got>): Scenario {
  return async (world) => scenario((await world.newKey()).id, world);
}

let ownerCount = 0;
function onOwner(scenario: (id: string, world: World) => Promise<Got>): Scenario {
  return async (world) => {
    ownerCount += 1;
    const { id } = await world.keyturn.owners.create({ id: `owner-${ownerCount}`, name: 'A' });
    return scenario(id, world);
  };
}

/** A key that works from elsewhere only. */
async function restricted(world: World, method: string, path: string): Promise<Got> {
  const { plaintext: key } = await world.newKey({ restrictions: { addresses: ['192.0.2.1'] } });
  return world.ask(method, path, { key });
}
