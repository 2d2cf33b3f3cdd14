import fc from 'fast-check';
import { MANAGEMENT_SCOPES } from '../../src/keys/management-scopes.js';
import type { Restrictions } from '../../src/keys/restrictions.js';
import type { Key, KeyInput } from '../../src/views.js';

/** What a key is asked to be given, measured by the key that asks. */
export interface Wish {
  /** Those of the asking key that its bits name, and more. */
  readonly scopes: { readonly kept: number; readonly more: readonly string[] };
  /** Those of the asking key but for one kind, and others. */
  readonly restrictions: { readonly dropped: Kind | undefined; readonly other: Restrictions };
  /** From now; or to the very millisecond of the asking key's end, or one more. */
  readonly expires: 'never' | '1h' | '30d' | 'with its maker' | 'after its maker';
}

type Kind = keyof Restrictions;

/** One call by one key of a family. `by` and `target` count modulo its members. */
export type FamilyStep = { readonly by: number; readonly isStale: boolean } & (
  | { readonly kind: 'make'; readonly where: string; readonly wish: Wish }
  | { readonly kind: 'change'; readonly target: number; readonly wish: Partial<Wish> }
  | { readonly kind: 'disable' | 'enable' | 'revoke'; readonly target: number }
);

/** What happens to a family from outside. */
export type OuterStep =
  | { readonly kind: 'narrow'; readonly target: number; readonly scopes: readonly string[] }
  | { readonly kind: 'pass'; readonly ms: number };

/** A first key, and what it and those it makes then try. */
export interface Story {
  readonly first: Pick<KeyInput, 'scopes' | 'restrictions' | 'expiresAt'>;
  readonly steps: readonly (FamilyStep | OuterStep)[];
}

/** The keyspaces there are. */
export const KEYSPACES = ['keyturn', 'default', 'other'] as const;
/** What every request of a story is sent with: the first of each list admits it. */
export const SENT = { address: '127.0.0.1', origin: 'https://a.example' } as const;

const HOUR_MS = 3_600_000;
const KINDS = ['keyspaces', 'addresses', 'origins', 'methods', 'paths'] as const;
const SCOPES = ['keys:write', 'keys:read', 'keys:revoke', 'keys:*', 'owners:read', 'owners:*'];
const WIDE = [
  '*',
  '*:read',
  '*:*',
  'events:read',
  'usage:read',
  'keyspaces:write',
  'keyspaces:read',
];
// Also those that may come with a later version: a wildcard stands for them too.
const MEANT = [...MANAGEMENT_SCOPES, 'keys:later', 'later:read', 'later:write', 'a:b:c'];

const lists = {
  keyspaces: fc.constantFrom(['keyturn'], ['keyturn', 'default'], [...KEYSPACES], ['default'], []),
  addresses: fc.constantFrom(['127.0.0.0/8'], ['127.0.0.0/8', '10.0.0.0/8'], ['10.0.0.0/8']),
  origins: fc.constantFrom([SENT.origin], [SENT.origin, 'https://b.example']),
  methods: fc.constantFrom(['GET', 'POST', 'PATCH'], ['GET', 'POST'], ['GET']),
  paths: fc.constantFrom(['/v1/**'], ['/v1/**', '/other/**'], ['/v1/keys/**']),
};
/** At most so many kinds of them. */
function restrictionsOf(maxLength: number): fc.Arbitrary<Restrictions> {
  const kinds = fc.subarray([...KINDS], { maxLength });
  return fc.tuple(fc.record(lists), kinds).map(([all, some]) => picked(all, some));
}

const scopes = fc.record({
  kept: fc.oneof(fc.constant(255), fc.nat(255)),
  more: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray([...SCOPES, ...WIDE], { minLength: 1, maxLength: 2 }) },
  ),
});
const restrictions = fc.record({
  dropped: fc.oneof(fc.constant(undefined), fc.constantFrom(...KINDS)),
  other: restrictionsOf(1),
});
const expires = fc.constantFrom<Wish['expires'][]>(
  'never',
  '1h',
  '30d',
  'with its maker',
  'with its maker',
  'after its maker',
);
const wish: fc.Arbitrary<Wish> = fc.record({ scopes, restrictions, expires });
const by = { by: fc.nat(5), isStale: fc.boolean() };
const target = fc.nat(5);

const step: fc.Arbitrary<FamilyStep | OuterStep> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...by,
      kind: fc.constant('make' as const),
      where: fc.constantFrom('keyturn', 'keyturn', 'keyturn', 'default', 'other'),
      wish,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      ...by,
      kind: fc.constant('change' as const),
      target,
      wish: fc.record({ scopes, restrictions, expires }, { requiredKeys: [] }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...by,
      kind: fc.constantFrom('disable' as const, 'enable' as const, 'revoke' as const),
      target,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('narrow' as const),
      target,
      scopes: fc.subarray(SCOPES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, HOUR_MS - 1, HOUR_MS, 30 * 24 * HOUR_MS),
    }),
  },
);

/** Families that begin with any key that can make keys, bound or not, ending or not. */
export const stories: fc.Arbitrary<Story> = fc.record({
  first: fc.record({
    scopes: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.subarray([...SCOPES, ...WIDE]).map((some) => ['keys:write', ...some]),
      },
      { weight: 1, arbitrary: fc.constant(['*']) },
    ),
    restrictions: restrictionsOf(3),
    expiresAt: fc.constantFrom(null, '1h', '30d'),
  }),
  steps: fc.array(step, { minLength: 4, maxLength: 14 }),
});

/** What a wish says to the API, when this key asks. */
export function fieldsOf(
  { scopes: wanted, restrictions: bounds, expires: end }: Partial<Wish>,
  maker: Key,
): Pick<KeyInput, 'scopes' | 'restrictions' | 'expiresAt'> {
  return {
    ...(wanted && {
      scopes: [
        ...maker.scopes.filter((_, bit) => ((wanted.kept >> bit) & 1) === 1),
        ...wanted.more,
      ],
    }),
    ...(bounds && { restrictions: boundsOf(bounds, maker) }),
    ...(end && { expiresAt: endOf(end, maker.expiresAt) }),
  };
}

function boundsOf({ dropped, other }: Wish['restrictions'], maker: Key): Restrictions {
  const all = { ...maker.restrictions, ...other };
  return picked(
    all,
    KINDS.filter((kind) => kind !== dropped),
  );
}

function endOf(end: Wish['expires'], makerEnd: string | null): string | null {
  if (end === '1h' || end === '30d') return end;
  if (end === 'never' || makerEnd === null) return null;
  return end === 'with its maker' ? makerEnd : new Date(Date.parse(makerEnd) + 1).toISOString();
}

/** Whether all that a key may do, another may. Told from what rights mean, not from how we decide. */
export function isWithin(child: Key, parent: Key): boolean {
  return (
    MEANT.every((scope) => !stands(child.scopes, scope) || stands(parent.scopes, scope)) &&
    endMs(child) <= endMs(parent) &&
    KINDS.every((kind) => {
      const [bounds, own] = [parent.restrictions[kind], child.restrictions[kind]];
      return bounds === undefined || own?.every((entry) => bounds.includes(entry)) === true;
    })
  );
}

/** Whether the key may call for something in a keyspace. */
export function mayIn(key: Key, scope: string, keyspaceId: string): boolean {
  const { keyspaces } = key.restrictions;
  return stands(key.scopes, scope) && (keyspaces?.includes(keyspaceId) ?? true);
}

/** Whether one of the patterns stands for the scope. */
function stands(patterns: readonly string[], scope: string): boolean {
  return patterns.some((pattern) => {
    const anyRest = pattern.replace(/(^|:)\*$/, '$1.+');
    return new RegExp(`^${anyRest.replaceAll('*', '[^:]+')}$`).test(scope);
  });
}

function endMs({ expiresAt }: Key): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

function picked(all: Restrictions, kinds: readonly Kind[]): Restrictions {
  const some: { -readonly [One in keyof Restrictions]: Restrictions[One] } = {};
  for (const kind of kinds) {
    const list = all[kind];
    if (list !== undefined) some[kind] = list;
  }
  return some;
}
