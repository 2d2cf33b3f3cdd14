import { TooManyTriesError } from '../../src/errors.js';
import { invited, PASSWORD, personIn, type SignedInPerson } from './people.js';
import type { Scenario, Scenarios } from './rotation-statuses.js';
import { type Got, openWorld, type World } from './world.js';

const ELSEWHERE = { origin: 'https://elsewhere.example' };

/** The least that these routes take. */
export const leastSessionBody: Readonly<Record<string, object>> = {
  'POST /v1/sign-in': { email: 'nobody@example.com', password: 'x' },
  'POST /v1/invitation': { token: 'x', name: 'Ada', password: PASSWORD },
  'POST /v1/session/confirm': { password: 'x' },
  'POST /v1/people': { name: 'Ada', email: 'nowhere', role: 'viewer' },
};

/** What people and their sessions have to be asked for each of their statuses. */
export const sessionStatuses: Scenarios = {
  'POST /setup': {
    201: () => setUp(),
    403: ({ ask }) => ask('POST', '/setup', { body: { token: 'x' } }),
    422: () => setUp({ name: 'Ada', email: 'ada@example.com', password: 'short' }),
    429: () => whereBusy('/setup', { token: 'x' }),
  },
  'GET /v1/sign-in': { 200: ({ ask }) => ask('GET', '/v1/sign-in', { key: undefined }) },
  'POST /v1/sign-in': {
    200: async (world) => signIn(world, (await personIn(world)).email),
    403: (world) => signIn(world, 'nobody@example.com', ELSEWHERE),
    429: async (world) => {
      for (let count = 0; count < 30; count += 1) {
        const got = await signIn(world, 'guessed@example.com');
        if (got.status === 429) return got;
      }
      return signIn(world, 'guessed@example.com');
    },
  },
  'POST /v1/invitation': {
    200: async (world) => accept(world, PASSWORD),
    422: async (world) => accept(world, 'short'),
    429: () => whereBusy('/v1/invitation', leastSessionBody['POST /v1/invitation']),
  },
  'GET /v1/session': {
    ...ofPerson('GET', '/v1/session'),
    200: asPerson(({ ask }) => ask('GET', '/v1/session')),
  },
  'DELETE /v1/session': {
    ...ofPerson('DELETE', '/v1/session'),
    204: asPerson(({ ask }) => ask('DELETE', '/v1/session')),
  },
  'POST /v1/session/confirm': {
    ...ofPerson('POST', '/v1/session/confirm'),
    200: asPerson(({ ask }) =>
      ask('POST', '/v1/session/confirm', { body: { password: PASSWORD } }),
    ),
    413: asPerson(({ ask }) => ask('POST', '/v1/session/confirm', { body: ' '.repeat(70_000) })),
    415: asPerson(({ ask }) =>
      ask('POST', '/v1/session/confirm', {
        body: 'x',
        headers: { 'content-type': 'text/plain' },
      }),
    ),
  },
  'GET /v1/sessions': {
    ...ofPerson('GET', '/v1/sessions'),
    200: asPerson(({ ask }) => ask('GET', '/v1/sessions')),
  },
  'DELETE /v1/sessions/{id}': {
    204: asPerson(({ ask, session }) => ask('DELETE', `/v1/sessions/${session.id}`)),
  },
  'GET /v1/roles': {
    200: ({ ask }) => ask('GET', '/v1/roles'),
    403: async ({ ask, newKey }) => {
      const restrictions = { addresses: ['192.0.2.1'] };
      const { plaintext: key } = await newKey({ keyspace: 'keyturn', restrictions });
      return ask('GET', '/v1/roles', { key });
    },
  },
  'POST /v1/people': {
    201: ({ ask }) =>
      ask('POST', '/v1/people', {
        body: { name: 'Ada', email: 'new@example.com', role: 'viewer' },
      }),
    404: ({ ask }) =>
      ask('POST', '/v1/people', {
        body: { name: 'Ada', email: 'a@b.c', role: 'viewer', keyspaces: ['nowhere'] },
      }),
    409: onPerson((_path, { ask }, { email }) =>
      ask('POST', '/v1/people', { body: { name: 'Ada', email, role: 'viewer' } }),
    ),
    422: ({ ask }) =>
      ask('POST', '/v1/people', { body: { name: 'Ada', email: 'nowhere', role: 'viewer' } }),
  },
  'GET /v1/people': {
    200: ({ ask }) => ask('GET', '/v1/people'),
  },
  'GET /v1/people/{id}': { 200: onPerson((path, { ask }) => ask('GET', path)) },
  'PATCH /v1/people/{id}': {
    200: onPerson((path, { ask }) => ask('PATCH', path, { body: { role: 'auditor' } })),
    409: onPerson(async (path, { ask, keyturn }) => {
      const { email } = await invited(keyturn);
      return ask('PATCH', path, { body: { email } });
    }),
    412: onPerson((path, { ask }) =>
      ask('PATCH', path, { body: {}, headers: { 'if-match': '9' } }),
    ),
    422: onPerson((path, { ask }) => ask('PATCH', path, { body: { name: '' } })),
  },
  'DELETE /v1/people/{id}': {
    204: onPerson((path, { ask }) => ask('DELETE', path)),
    409: async (world) => {
      const admins = await world.keyturn.people.list({ limit: 200 });
      const last = await personIn(world);
      for (const { id } of admins.items) await world.keyturn.people.remove(id);
      return world.ask('DELETE', `/v1/people/${last.id}`);
    },
    412: onPerson((path, { ask }) => ask('DELETE', path, { headers: { 'if-match': '9' } })),
  },
  'GET /v1/people/{id}/sessions': {
    200: onPerson((path, { ask }) => ask('GET', `${path}/sessions`)),
  },
  'POST /v1/people/{id}/invite': {
    201: onPerson((path, { ask }) => ask('POST', `${path}/invite`)),
  },
};

function signIn({ ask }: World, email: string, headers = {}): Promise<Got> {
  return ask('POST', '/v1/sign-in', {
    key: undefined,
    body: { email, password: PASSWORD },
    headers,
  });
}

async function accept({ ask, keyturn }: World, password: string): Promise<Got> {
  const { token } = await invited(keyturn);
  const body = { token, name: 'Ada', password };
  return ask('POST', '/v1/invitation', { key: undefined, body });
}

/** A question with a fault in it, by somebody whom the route is for. */
function ofPerson(method: string, path: string): Readonly<Record<number, Scenario>> {
  const body = leastSessionBody[`${method} ${path}`];
  return { 400: asPerson(({ ask }) => ask(method, `${path}?nonsense=1`, { body })) };
}

function asPerson(asked: (person: SignedInPerson) => Promise<Got>): Scenario {
  return async (world) => asked(await personIn(world));
}

function onPerson(
  asked: (
    path: string,
    world: World,
    person: { readonly id: string; readonly email: string },
  ) => Promise<Got>,
): Scenario {
  return async (world) => {
    const person = await invited(world.keyturn, 'viewer');
    return asked(`/v1/people/${person.id}`, world, person);
  };
}

/** A new installation gets its first key, or its first account, by the set-up link. */
async function setUp(account?: object): Promise<Got> {
  const world = await openWorld({ isNew: true });
  try {
    const { token } = await world.keyturn.setup.createToken();
    const body = { token, ...(account && { account }) };
    return await world.ask('POST', '/setup', { key: undefined, body });
  } finally {
    await world.close();
  }
}

/** Asks where so many passwords are being checked that one has to wait. */
async function whereBusy(path: string, body: object = {}): Promise<Got> {
  const refuse = () => Promise.reject(new TooManyTriesError(2));
  const world = await openWorld({
    serving: (keyturn) => ({
      ...keyturn,
      setup: { ...keyturn.setup, begin: refuse },
      signIn: { ...keyturn.signIn, acceptInvitation: refuse },
    }),
  });
  try {
    return await world.ask('POST', path, { key: undefined, body });
  } finally {
    await world.close();
  }
}
