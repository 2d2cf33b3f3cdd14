import { readFileSync, statSync } from 'node:fs';
import type { Destinations } from '../destination-views.js';
import { NotFoundError } from '../errors.js';
import type { Policies } from '../policy-views.js';
import type { CreatedKey, Keys, Keyspaces, Owners, WriteOptions } from '../public.js';
import type { Events, UsageReports } from '../record-views.js';
import type { PlannedRotation, RotatedKey } from '../rotate-views.js';
import type { RotateInput, RotationAnswer, Rotations, RotationVerb } from '../rotation-views.js';
import type { ChainReport, KeyInput } from '../views.js';
import { withoutLineEnd } from './ask.js';
import type { Session } from './connect.js';
import { UsageFault } from './fault.js';
import { SERVER_LIMITS } from './import/parts.js';
import { channelsOf } from './remote-channels.js';
import { listOf } from './remote-list.js';
import { peopleOf } from './remote-people.js';
import { verifyRemotely } from './remote-verify.js';
import { ServerClient } from './server-client.js';

const OTHERS_MAY_READ = 0o077;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Where the server is, and the key that opens it. */
export interface ServerOptions {
  readonly server: string;
  readonly keyFile: string;
  /** Whether the key may go over a network that others could listen on. */
  readonly isInsecure: boolean;
  readonly note: (text: string) => void;
}

/**
 * The same nouns, from a running server.
 * @throws {UsageFault} the key's file cannot be read, or others could read the key on its way.
 */
export function openServer({ server, keyFile, isInsecure, note }: ServerOptions): Session {
  const { protocol, hostname } = new URL(server);
  if (protocol === 'http:' && !LOOPBACK.test(hostname)) {
    const risk = 'over http: to another machine, and others can read it on its way';
    if (!isInsecure) {
      throw new UsageFault(
        `The management key would be sent ${risk}. Use https:, or say --insecure where nobody ` +
          'else is on that network.',
      );
    }
    note(`Warning: the management key is sent ${risk}.`);
  }
  const client = new ServerClient(server, keyIn(keyFile, note));
  return {
    keys: keysOf(client),
    rotations: rotationsOf(client),
    policies: policiesOf(client),
    destinations: destinationsOf(client),
    ...channelsOf(client),
    ...peopleOf(client),
    keyspaces: keyspacesOf(client),
    owners: ownersOf(client),
    events: eventsOf(client),
    usage: usageOf(client),
    live: () => Promise.reject(new UsageFault('The command line follows nothing live.')),
    overview: (query = {}) => client.ask({ method: 'GET', path: '/v1/overview', query }),
    importLimits: SERVER_LIMITS,
    verify: (body) => verifyRemotely(client, body),
    close: async () => undefined,
  };
}

function keyIn(path: string, note: (text: string) => void): string {
  try {
    if ((statSync(path).mode & OTHERS_MAY_READ) !== 0 && process.platform !== 'win32') {
      note(`Warning: other users may read ${path}. Run: chmod 600 ${path}`);
    }
    const key = withoutLineEnd(readFileSync(path, 'utf8'));
    if (/^[\x21-\x7e]{1,512}$/.test(key)) return key;
  } catch (cause) {
    throw new UsageFault(`The key file ${path} cannot be read.`, { cause });
  }
  throw new UsageFault(`The file ${path} does not hold one key and nothing else.`);
}

function keysOf(client: ServerClient): Keys {
  const at = (id: string, act = '') => `/v1/keys/${encodeURIComponent(id)}${act}`;
  return {
    create: (body: KeyInput, options: WriteOptions = {}) =>
      client.ask<CreatedKey>({ method: 'POST', path: '/v1/keys', body, ...options }),
    import: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/keys/import', body, ...options }),
    importReport: (query = {}) =>
      client.ask({ method: 'GET', path: '/v1/keys/import/report', query }),
    get: (id) => client.ask({ method: 'GET', path: at(id) }),
    list: (query = {}) => listOf(client, '/v1/keys', query),
    consumers: (id) => client.ask({ method: 'GET', path: at(id, '/consumers') }),
    async find(body) {
      try {
        return await client.ask({ method: 'POST', path: '/v1/keys/find', body });
      } catch (fault) {
        if (fault instanceof NotFoundError) return null;
        throw fault;
      }
    },
    update: (id, body, options) => client.ask({ method: 'PATCH', path: at(id), body, ...options }),
    revoke: (id, body = {}, options = {}) =>
      client.ask({ method: 'POST', path: at(id, '/revoke'), body, ...options }),
    disable: (id, body = {}, options = {}) =>
      client.ask({ method: 'POST', path: at(id, '/disable'), body, ...options }),
    enable: (id, body = {}, options = {}) =>
      client.ask({ method: 'POST', path: at(id, '/enable'), body, ...options }),
    // Whichever of the two was asked for.
    rotate: (id: string, body: RotateInput = {}, options: WriteOptions = {}) =>
      client.ask<RotatedKey & PlannedRotation>({
        method: 'POST',
        path: at(id, '/rotate'),
        body,
        ...options,
      }),
    bulk: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/keys/bulk', body, ...options }),
    reportLeaks: (body) => client.ask({ method: 'POST', path: '/v1/leaks', body }),
    delete: async (id, options = {}) => {
      await client.send({ method: 'DELETE', path: at(id), ...options });
    },
  };
}

function rotationsOf(client: ServerClient): Rotations {
  const at = (id: string, act = '') => `/v1/rotations/${encodeURIComponent(id)}${act}`;
  const verb =
    (name: RotationVerb): Rotations[RotationVerb] =>
    (id: string, body: object = {}, options: WriteOptions = {}) =>
      client.ask<RotationAnswer>({ method: 'POST', path: at(id, `/${name}`), body, ...options });
  return {
    get: (id) => client.ask({ method: 'GET', path: at(id) }),
    list: (query = {}) => listOf(client, '/v1/rotations', query),
    emergency: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/rotations', body, ...options }),
    approve: verb('approve'),
    retry: verb('retry'),
    skip: verb('skip'),
    extend: verb('extend'),
    waive: verb('waive'),
    finish: verb('finish'),
    rollback: verb('rollback'),
    abort: verb('abort'),
    undo: verb('undo'),
  };
}

function policiesOf(client: ServerClient): Policies {
  const at = (name: string) => `/v1/policies/${encodeURIComponent(name)}`;
  return {
    create: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/policies', body, ...options }),
    get: (name, where) => client.ask({ method: 'GET', path: at(name), query: where }),
    list: (query = {}) => listOf(client, '/v1/policies', query),
    update: (name, body, { keyspace, ...options } = {}) =>
      client.ask({ method: 'PATCH', path: at(name), query: { keyspace }, body, ...options }),
    test: (body) => client.ask({ method: 'POST', path: '/v1/policies/test', body }),
    apply: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/policies/apply', body, ...options }),
    calendar: (name, query) => client.ask({ method: 'GET', path: `${at(name)}/calendar`, query }),
    delete: async (name, { keyspace, ...options } = {}) => {
      await client.send({ method: 'DELETE', path: at(name), query: { keyspace }, ...options });
    },
  };
}

function destinationsOf(client: ServerClient): Destinations {
  const at = (id: string, act = '') => `/v1/destinations/${encodeURIComponent(id)}${act}`;
  return {
    create: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/destinations', body, ...options }),
    get: (id) => client.ask({ method: 'GET', path: at(id) }),
    list: (query = {}) => listOf(client, '/v1/destinations', query),
    update: (id, body, options = {}) =>
      client.ask({ method: 'PATCH', path: at(id), body, ...options }),
    test: (id) => client.ask({ method: 'POST', path: at(id, '/test') }),
    delete: async (id, options = {}) => {
      await client.send({ method: 'DELETE', path: at(id), ...options });
    },
  };
}

function keyspacesOf(client: ServerClient): Keyspaces {
  const at = (nameOrId: string) => `/v1/keyspaces/${encodeURIComponent(nameOrId)}`;
  return {
    create: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/keyspaces', body, ...options }),
    get: (nameOrId) => client.ask({ method: 'GET', path: at(nameOrId) }),
    list: (query = {}) => listOf(client, '/v1/keyspaces', query),
    update: (nameOrId, body, options = {}) =>
      client.ask({ method: 'PATCH', path: at(nameOrId), body, ...options }),
  };
}

function ownersOf(client: ServerClient): Owners {
  const at = (id: string, act = '') => `/v1/owners/${encodeURIComponent(id)}${act}`;
  return {
    create: (body, options = {}) =>
      client.ask({ method: 'POST', path: '/v1/owners', body, ...options }),
    get: (id, where) => client.ask({ method: 'GET', path: at(id), query: where }),
    list: (query = {}) => listOf(client, '/v1/owners', query),
    update: (id, body, { keyspace, ...options } = {}) =>
      client.ask({ method: 'PATCH', path: at(id), query: { keyspace }, body, ...options }),
    erase: (id, { keyspace, ...options } = {}) =>
      client.ask({ method: 'POST', path: at(id, '/erase'), query: { keyspace }, ...options }),
  };
}

function eventsOf(client: ServerClient): Events {
  const reports = async (query: object) => {
    const path = '/v1/events/verify';
    return (await client.ask<{ items: ChainReport[] }>({ method: 'GET', path, query })).items;
  };
  return {
    list: (query = {}) => listOf(client, '/v1/events', query),
    async verify({ keyspace, known = [] } = {}) {
      const found = await reports({ keyspace });
      const asked = new Set([keyspace, ...found.map((report) => report.keyspace)]);
      const kept = known.filter((one) => keyspace === undefined || asked.has(one.keyspace));
      // The API takes one head at a time.
      const against = await Promise.all(
        kept.map(({ keyspace: name, head }) =>
          reports({ keyspace: name, head: `${head.number}:${head.hash}` }).catch(lostChain(name)),
        ),
      );
      return worstOf([...found, ...against.flat()]);
    },
  };
}

/** What is reported of a kept head whose keyspace is not there; as the library does. */
function lostChain(keyspace: string): (fault: unknown) => readonly ChainReport[] {
  return (fault) => {
    if (!(fault instanceof NotFoundError)) throw fault;
    const cut = { kind: 'truncated', number: 1 } as const;
    return [{ keyspace, ok: false, eventCount: 0, head: { number: 0, hash: '' }, fault: cut }];
  };
}

/** One report a keyspace: the first that tells of a fault, if one does. */
function worstOf(reports: readonly ChainReport[]): readonly ChainReport[] {
  const worst = new Map<string, ChainReport>();
  for (const report of reports) {
    if (worst.get(report.keyspace)?.ok !== false) worst.set(report.keyspace, report);
  }
  return [...worst.values()];
}

function usageOf(client: ServerClient): UsageReports {
  return { list: (query = {}) => listOf(client, '/v1/usage', query) };
}
