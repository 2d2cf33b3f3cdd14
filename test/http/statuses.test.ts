import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IdempotencyInFlightError, StoreUnavailableError } from '../../src/errors.js';
import type { Route } from '../../src/http/route.js';
import { routes } from '../../src/http/routes.js';
import type { Keyturn } from '../../src/public.js';
import type { RefusalCode } from '../../src/verdict.js';
import { leastBody, own } from './own-statuses.js';
import { type Got, openWorld, type World } from './world.js';

let world: World;
let limited: World;
let unavailable: World;
let busy: World;
beforeAll(async () => {
  world = await openWorld();
  limited = await openWorld({ serving: refusing('rate_limited') });
  unavailable = await openWorld({ serving: withoutStore });
  busy = await openWorld({ serving: inFlight });
});
afterAll(() => Promise.all([world, limited, unavailable, busy].map((one) => one.close())));

const cases = routes.flatMap((route) => {
  const statuses = new Set([...Object.keys(route.answers).map(Number), ...route.problems]);
  return [...statuses].map((status) => ({ route, status, name: nameOf(route) }));
});

describe('every status that a route can answer', () => {
  test.each(cases)('$name answers $status', async ({ route, status, name }) => {
    const got = await scenarioOf(route, status)();
    expect(got.status, `${name}: ${got.text}`).toBe(status);
    expect(got.headers.get('request-id')).toMatch(/^[A-Za-z0-9-]{1,64}$/);
    expect(got.headers.get('cache-control')).toBe(keptAs(route, status));
    const shape = route.answers[status];
    if (shape?.kind === 'json') {
      expect(Compile(shape.schema).Errors(got.json), 'as its schema says').toEqual([]);
    }
    if (status < 400) return;
    if (got.json.ready === false) return; // Not a refusal: it says how it stands.
    expect(got.headers.get('content-type')).toBe('application/problem+json');
    expect(got.json.status).toBe(status);
    // Of a server that has a public address, below it.
    expect(got.json.type.replace('https://keys.example', '')).toBe(`/docs/codes/${got.json.code}`);
    expect(typeof got.json.title).toBe('string');
    expect(typeof got.json.detail).toBe('string');
    expect(got.text, 'advice that its caller can follow').not.toMatch(/keyturn [a-z]/);
  });
});

function keptAs({ path }: Route, status: number): string {
  const isFile = path.startsWith('/docs/{') || path.startsWith('/admin');
  if (status !== 304 && !(status === 200 && isFile)) return 'no-store';
  return path.startsWith('/admin/assets') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function nameOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

function scenarioOf(route: Route, status: number): () => Promise<Got> {
  const special = own[nameOf(route)]?.[status];
  if (special !== undefined) return () => special(world);
  const method = route.method === 'ANY' ? 'GET' : route.method;
  const path = route.path.replaceAll(/\{\w+\}/g, 'nobody');
  const body = route.takesBody ? (leastBody[nameOf(route)] ?? {}) : undefined;
  const shared: Readonly<Record<number, () => Promise<Got>>> = {
    400: () => world.ask(method, `${path}?nonsense=1`, { body }),
    401: () => world.ask(method, path, { key: undefined, body }),
    403: async () => {
      const weak = await world.manager(['rotations:write']);
      return world.ask(method, path, { key: weak.plaintext, body });
    },
    404: () => world.ask(method, path, { body }),
    409: () => busy.ask(method, path, { body, headers: { 'idempotency-key': 'k' } }),
    413: () => world.ask(method, path, { body: ' '.repeat(70_000) }),
    415: () => world.ask(method, path, { body: 'x', headers: { 'content-type': 'text/plain' } }),
    429: () => limited.ask(method, path, { body }),
    503: () => unavailable.ask(method, path, { body }),
  };
  const scenario = shared[status];
  if (scenario === undefined) throw new Error(`No test makes ${nameOf(route)} answer ${status}.`);
  return scenario;
}

function refusing(code: RefusalCode): (keyturn: Keyturn) => Keyturn {
  return (keyturn) => ({ ...keyturn, verify: () => ({ valid: false, code, retryAfter: 7 }) });
}

function withoutStore(keyturn: Keyturn): Keyturn {
  const readiness = { ready: false, code: 'store_unavailable', detail: 'secret host' };
  const refuse = () => Promise.reject(new StoreUnavailableError('secret host'));
  return {
    ...refusing('unavailable')(keyturn),
    readiness: async () => readiness,
    setup: { ...keyturn.setup, begin: refuse },
    signIn: { ...keyturn.signIn, withPassword: refuse, acceptInvitation: refuse },
    claims: { look: refuse, open: refuse, disown: refuse },
  };
}

/** Every change meets the first request with its Idempotency-Key. */
function inFlight(keyturn: Keyturn): Keyturn {
  const refuse = () => Promise.reject(new IdempotencyInFlightError('Not done.'));
  return {
    ...keyturn,
    as: (caller) => {
      const management = keyturn.as(caller);
      const many = { bulk: refuse, create: refuse, revoke: refuse };
      const keys = { ...management.keys, ...many };
      const owners = { ...management.owners, erase: refuse };
      return { ...management, keys, owners };
    },
  };
}
