import { type Got, openWorld, type World } from './world.js';

export type Scenario = (world: World) => Promise<Got>;
export type Scenarios = Readonly<Record<string, Readonly<Record<number, Scenario>>>>;

const emergency = { owner: 'leaky', compromised: true, reason: 'in a public repository' };

/** The least body a route about rotations takes, where that is not `{}`. */
export const leastRotationBody: Readonly<Record<string, object>> = {
  'POST /v1/rotations/{id}/extend': { until: '1d' },
  'POST /v1/rotations/{id}/waive': { consumer: 'x', reason: 'x' },
  'POST /v1/policies': { name: 'x' },
  'POST /v1/policies/test': { file: 'policy: x' },
  'POST /v1/policies/apply': { file: 'policy: x' },
  'POST /v1/rotations': { ...emergency, dryRun: true },
};

const ownCall = { 'idempotency-key': 'own' };

/** What rotations and policies have to be asked for each of their statuses. */
export const rotationStatuses: Scenarios = {
  'POST /v1/keys/{id}/rotate': {
    200: rotating({ dryRun: true }),
    201: rotating({}),
    202: async (world) => {
      const { id } = await withPolicy(world, 'approved', { approval: { approvers: 1 } });
      return world.ask('POST', `/v1/keys/${id}/rotate`);
    },
    409: onRotation((_id, { ask }, key) => ask('POST', `/v1/keys/${key}/rotate`)),
    422: rotating({ overlap: '99d' }),
  },
  'POST /v1/rotations': {
    200: ({ ask }) => ask('POST', '/v1/rotations', { body: { ...emergency, dryRun: true } }),
    201: async ({ ask, newKey }) => {
      await newKey({ owner: 'leaky' });
      return ask('POST', '/v1/rotations', { body: emergency });
    },
    404: ({ ask }) => {
      const { owner: _owner, ...rest } = emergency;
      return ask('POST', '/v1/rotations', { body: { ...rest, keyspace: 'nowhere' } });
    },
    422: ({ ask }) => ask('POST', '/v1/rotations', { body: { ...emergency, tag: 'both' } }),
  },
  'POST /v1/self/rotate': {
    201: async (world) => {
      const { plaintext: key } = await withPolicy(world, 'own-201', { selfRotation: true });
      await world.keyturn.verify({ plaintext: key, address: '127.0.0.1', userAgent: 'node' });
      world.keyturn.clock.advanceMs(25 * 3_600_000);
      await new Promise((resolve) => setImmediate(resolve)); // It is flushed.
      const headers = { ...ownCall, 'user-agent': 'node' };
      await world.ask('GET', '/v1/self', { key, headers });
      return world.ask('POST', '/v1/self/rotate', { key, headers });
    },
    202: async (world) => {
      const { plaintext: key } = await withPolicy(world, 'own-202', { selfRotation: true });
      return world.ask('POST', '/v1/self/rotate', { key, headers: ownCall });
    },
    400: async ({ ask, newKey }) => {
      const { plaintext: key } = await newKey();
      return ask('POST', '/v1/self/rotate', { key });
    },
    403: async ({ ask, newKey }) => {
      const { plaintext: key } = await newKey();
      return ask('POST', '/v1/self/rotate', { key, headers: ownCall });
    },
    409: async (world) => {
      const { id, plaintext: key } = await withPolicy(world, 'own-409', { selfRotation: true });
      await world.ask('POST', `/v1/keys/${id}/rotate`);
      return world.ask('POST', '/v1/self/rotate', { key, headers: ownCall });
    },
  },
  'GET /claim': { 200: ({ ask }) => ask('GET', '/claim') },
  'GET /claim.js': { 200: ({ ask }) => ask('GET', '/claim.js') },
  'POST /claim/look': {
    200: async () => {
      const { world, token, close } = await withClaim();
      const got = await world.ask('POST', '/claim/look', { key: undefined, body: { token } });
      await close();
      return got;
    },
    403: ({ ask }) => ask('POST', '/claim/look', { body: { token: 'x' } }),
    409: () => withDisabled('/claim/look'),
  },
  'POST /claim': {
    200: async () => {
      const { world, token, close } = await withClaim();
      const got = await world.ask('POST', '/claim', { key: undefined, body: { token } });
      await close();
      return got;
    },
    403: ({ ask }) => ask('POST', '/claim', { body: { token: 'x' } }),
    409: () => withDisabled('/claim'),
  },
  'POST /claim/disown': {
    200: ({ ask }) => ask('POST', '/claim/disown', { key: undefined, body: { token: 'x' } }),
  },
  'GET /v1/rotations': {
    200: ({ ask }) => ask('GET', '/v1/rotations'),
    404: ({ ask }) => ask('GET', '/v1/rotations?keyspace=nowhere'),
    422: ({ ask }) => ask('GET', '/v1/rotations?key=nobody'),
  },
  'GET /v1/rotations/{id}': {
    200: onRotation((id, { ask }) => ask('GET', `/v1/rotations/${id}`)),
  },
  'POST /v1/rotations/{id}/approve': {
    200: async (world) => {
      const { id } = await withPolicy(world, 'approved-too', { approval: { approvers: 1 } });
      const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`);
      const other = await world.manager(['keys:rotate']);
      const path = `/v1/rotations/${json.rotation.id}/approve`;
      return world.ask('POST', path, { key: other.plaintext });
    },
    409: onRotation((id, { ask }) => ask('POST', `/v1/rotations/${id}/approve`)),
    422: badReason('approve'),
  },
  'POST /v1/rotations/{id}/retry': {
    200: async (world) => {
      const { id } = await withPolicy(world, 'collected', { approval: { approvers: 1 } });
      const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`);
      const rotation = `/v1/rotations/${json.rotation.id}`;
      const other = await world.manager(['keys:rotate']);
      await world.ask('POST', `${rotation}/approve`, { key: other.plaintext });
      return world.ask('POST', `${rotation}/retry`);
    },
    409: onRotation((id, { ask }) => ask('POST', `/v1/rotations/${id}/retry`)),
    422: badReason('retry'),
  },
  'POST /v1/rotations/{id}/skip': {
    200: async (world) => {
      const brownouts = { after: '7d', for: '5m', share: [1, 10] };
      const { id } = await withPolicy(world, 'tried', { brownouts });
      const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`);
      return world.ask('POST', `/v1/rotations/${json.rotation.id}/skip`);
    },
    409: onRotation((id, { ask }) => ask('POST', `/v1/rotations/${id}/skip`)),
    422: badReason('skip'),
  },
  'POST /v1/rotations/{id}/extend': {
    200: onRotation((id, { ask }) =>
      ask('POST', `/v1/rotations/${id}/extend`, { body: { until: '40d' } }),
    ),
    409: closed('extend', { until: '40d' }),
    422: onRotation((id, { ask }) =>
      ask('POST', `/v1/rotations/${id}/extend`, { body: { until: '2001-01-01' } }),
    ),
  },
  'POST /v1/rotations/{id}/waive': {
    200: onUsedRotation((id, { ask }) =>
      ask('POST', `/v1/rotations/${id}/waive`, { body: { consumer: 'curl', reason: 'gone' } }),
    ),
    409: closed('waive', { consumer: 'curl', reason: 'gone' }),
    422: onUsedRotation((id, { ask }) =>
      ask('POST', `/v1/rotations/${id}/waive`, { body: { consumer: 'nobody', reason: 'gone' } }),
    ),
  },
  'POST /v1/rotations/{id}/finish': {
    200: onRotation((id, { ask }) => ask('POST', `/v1/rotations/${id}/finish`)),
    409: closed('finish'),
    422: badReason('finish'),
  },
  'POST /v1/rotations/{id}/rollback': {
    200: onRotation((id, { ask }) => ask('POST', `/v1/rotations/${id}/rollback`)),
    409: closed('rollback'),
    // Without a reason, where the secret leaked.
    422: async ({ ask, newKey }) => {
      const { id } = await newKey();
      const body = { compromised: true, reason: 'in a public repository', overlap: '30m' };
      const { json } = await ask('POST', `/v1/keys/${id}/rotate`, { body });
      return ask('POST', `/v1/rotations/${json.rotation.id}/rollback`);
    },
  },
  'POST /v1/rotations/{id}/abort': {
    200: async (world) => {
      const { id } = await withPolicy(world, 'aborted', { approval: { approvers: 1 } });
      const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`);
      return world.ask('POST', `/v1/rotations/${json.rotation.id}/abort`);
    },
    409: onRotation((id, { ask }) => ask('POST', `/v1/rotations/${id}/abort`)),
    422: badReason('abort'),
  },
  'POST /v1/rotations/{id}/undo': {
    200: onRotation(async (id, { ask }) => {
      await ask('POST', `/v1/rotations/${id}/finish`);
      return ask('POST', `/v1/rotations/${id}/undo`);
    }),
    409: onRotation((id, { ask }) => ask('POST', `/v1/rotations/${id}/undo`)),
    422: badReason('undo'),
  },
};

function rotating(body: object): Scenario {
  return async ({ ask, newKey }) => {
    const { id } = await newKey();
    return ask('POST', `/v1/keys/${id}/rotate`, { body });
  };
}

/** Links need a public address, which the world of the other statuses has not. */
async function withClaim() {
  const world = await openWorld({ publicUrl: 'https://keys.example' });
  const { id } = await world.newKey();
  const body = { deliver: 'claim' };
  const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`, { body });
  const token = new URL(json.claim.url).hash.slice(1);
  return { world, token, close: world.close, id };
}

async function withDisabled(path: string): Promise<Got> {
  const { world, token, close, id } = await withClaim();
  await world.keyturn.keys.disable(id);
  const got = await world.ask('POST', path, { key: undefined, body: { token } });
  await close();
  return got;
}

type OnRotation = (id: string, world: World, key: string) => Promise<Got>;

function onRotation(then: OnRotation): Scenario {
  return async (world) => {
    const { id } = await world.newKey();
    const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`);
    return then(json.rotation.id, world, id);
  };
}

/** Of a key that somebody used before. */
function onUsedRotation(then: OnRotation): Scenario {
  return async (world) => {
    const { id, plaintext } = await world.newKey();
    await world.keyturn.verify({ plaintext, address: '203.0.113.7', userAgent: 'curl/8' });
    world.keyturn.clock.advanceMs(2_000);
    await new Promise((resolve) => setImmediate(resolve)); // It is flushed.
    const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`);
    return then(json.rotation.id, world, id);
  };
}

function closed(verb: string, body: object = {}): Scenario {
  return onRotation(async (id, { ask }) => {
    await ask('POST', `/v1/rotations/${id}/rollback`);
    return ask('POST', `/v1/rotations/${id}/${verb}`, { body });
  });
}

/** A reason that cannot be shown, where the act itself is possible. */
function badReason(verb: string): Scenario {
  const body = { reason: '\u202e' };
  return async (world) => {
    const terms = { approval: { approvers: 1 }, brownouts: { after: '7d', for: '5m', share: [1] } };
    const { id } = await withPolicy(world, `reason-${verb}`, terms);
    const { json } = await world.ask('POST', `/v1/keys/${id}/rotate`);
    return world.ask('POST', `/v1/rotations/${json.rotation.id}/${verb}`, { body });
  };
}

async function withPolicy(
  world: World,
  name: string,
  terms: object,
): Promise<{ id: string; plaintext: string }> {
  await world.ask('POST', '/v1/policies', { body: { name, ...terms } });
  return world.newKey({ policy: name });
}
