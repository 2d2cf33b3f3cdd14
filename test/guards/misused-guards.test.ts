import { describe, expect, test } from 'vitest';
import * as inExpress from '../../src/guards/express.js';
import * as inFastify from '../../src/guards/fastify.js';
import * as inFetch from '../../src/guards/fetch.js';
import * as inHono from '../../src/guards/hono.js';
import { KeyGuard, KeyturnModule } from '../../src/guards/nestjs.js';
import * as inNext from '../../src/guards/next.js';
import type { GuardOptions } from '../../src/guards/options.js';
import type { Keyturn } from '../../src/public.js';
import { createTestKeyturn } from '../../src/testing.js';
import { startKeyturn } from './guarded-host.js';
import { untyped } from './untyped.js';

/** Every guard there is: how it is made, and how Keyturn is mounted or made known beside it. */
const guards: readonly {
  readonly name: string;
  readonly guard: (keyturn: Keyturn, options?: GuardOptions<unknown>) => unknown;
  readonly mount: (keyturn: Keyturn) => unknown;
}[] = [
  { name: 'Express', guard: inExpress.requireKey, mount: inExpress.mountKeyturn },
  { name: 'Fastify', guard: inFastify.requireKey, mount: inFastify.mountKeyturn },
  { name: 'Hono', guard: untyped(inHono.requireKey), mount: inHono.mountKeyturn },
  {
    name: 'NestJS',
    guard: (keyturn, options) => {
      const Guard = KeyGuard(options);
      return new Guard(keyturn);
    },
    mount: (keyturn) => KeyturnModule.forRoot(keyturn),
  },
  { name: 'Next.js', guard: untyped(inNext.requireKey), mount: inNext.mountKeyturn },
  { name: 'fetch', guard: untyped(inFetch.requireKey), mount: inFetch.mountKeyturn },
];

const SCOPE = 'is not a scope like "reports:read". Send a scope like "reports:read".';
const HOOK = 'is not a function. Send a function.';

/** Options as JavaScript can give them, and what is said of them. */
const wrong: readonly (readonly [object | null, string])[] = [
  [{ scope: ['reports:read'] }, '/scope: is not an option of requireKey. Did you mean "scopes"?'],
  [
    { method: 'GET' },
    '/method: is not an option of requireKey. Known are: scopes, keyspace, environment, unless, allow, refusal',
  ],
  [
    { scopes: 'reports:read' },
    '/scopes: is not a list of scopes, or a function that answers one. Send a list',
  ],
  [{ scopes: new Set(['reports:read']) }, '/scopes: is not a list of scopes'],
  [{ scopes: null }, '/scopes: is not a list of scopes'],
  [{ scopes: ['reports:read', 'bad scope'] }, `/scopes/1: ${SCOPE}`],
  [{ scopes: [''] }, `/scopes/0: ${SCOPE}`],
  [{ scopes: [undefined] }, '/scopes/0: is missing.'],
  [{ environment: 'prod' }, '/environment: is not one of "live", "test".'],
  [{ keyspace: 5 }, '/keyspace: is not a string. Send a string.'],
  [{ unless: 5 }, `/unless: ${HOOK}`],
  [{ unless: true }, `/unless: ${HOOK}`],
  [{ allow: Promise.resolve(true) }, `/allow: ${HOOK}`],
  [{ refusal: 'text' }, '/refusal: is not one of "problem", "drf".'],
  [null, '/: is not an object.'],
];

describe.each(guards)('a guard for $name', ({ guard, mount }) => {
  test.each(wrong)('is not made with %j', async (options, said) => {
    const keyturn = await startKeyturn();
    const fault = faultOf(() => guard(keyturn, untyped(options)));
    expect(fault).toMatchObject({ code: 'invalid_request' });
    expect(String(fault)).toContain(said);
  });

  test('is not made without a Keyturn, nor with one that was not awaited', async () => {
    const promise = createTestKeyturn();
    for (const keyturn of [undefined, null, promise, {}, 'sqlite:./keyturn.db']) {
      for (const make of [guard, mount]) {
        const fault = faultOf(() => make(untyped(keyturn)));
        expect(fault).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/keyturn' }] });
        expect(String(fault)).toContain('Await it: const keyturn = await createKeyturn({ … }).');
      }
    }
    await (await promise).close();
  });

  test('is made with every option there is', async () => {
    const keyturn = await startKeyturn();
    const hooks = { unless: () => false, allow: () => true };
    const all = { scopes: [], keyspace: 'default', environment: 'live', refusal: 'drf' } as const;
    expect(guard(keyturn, { ...all, ...hooks })).toBeDefined();
    expect(guard(keyturn, { ...all, scopes: () => ['reports:read'] })).toBeDefined();
    const absent = { scopes: undefined, keyspace: undefined, environment: undefined };
    expect(guard(keyturn, { ...absent, allow: undefined, refusal: undefined })).toBeDefined();
  });
});

function faultOf(make: () => unknown): unknown {
  try {
    return make();
  } catch (fault) {
    return fault;
  }
}
