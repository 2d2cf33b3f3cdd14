import fc from 'fast-check';

const [SECOND_MS, HOUR_MS, DAY_MS] = [1_000, 3_600_000, 86_400_000];
/** Clients of a key. */
export const CLIENTS = 4;

/** What happens to a key: by its clients, by people, by time. */
export type Act =
  | { readonly kind: 'use' | 'switch'; readonly client: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | {
      readonly kind: 'rotate';
      readonly overlap: string | undefined;
      readonly keep: boolean;
      readonly deliver: 'answer' | 'claim';
    }
  /** By the link that was handed out last, or by the one before. */
  | { readonly kind: 'open' | 'disown'; readonly isLast: boolean }
  | { readonly kind: 'revoke_secret'; readonly isOld: boolean }
  /** The instance dies as it rotates, before this commit of it; another takes over. */
  | { readonly kind: 'crash'; readonly commits: number }
  | PlaceAct
  | { readonly kind: (typeof WORDS)[number] };

const FAULTS = [
  'none',
  'none',
  'away',
  'unreadable',
  'refused',
  'hands_on',
  'fails',
  'times_out',
] as const;
/** What a place does: a write that times out has been made; `hands_on`: refused, and its program has it. */
export type Fault = (typeof FAULTS)[number];

/** What happens to a place that a secret is delivered to; `put`: a person puts the current one there. */
export interface PlaceAct {
  readonly kind: 'fault' | 'drift' | 'put' | 'drop';
  readonly which: number;
  readonly fault: Fault;
}

const WORDS = [
  'emergency',
  'slow_emergency',
  'claimed_emergency',
  'extend',
  'waive',
  'approve',
  'skip',
  'finish',
  'rollback',
  'abort',
  'retry',
  'undo',
  'disable',
  'enable',
  'update',
] as const;

const isLast = fc.constantFrom(true, true, true, false);
const client = fc.nat(CLIENTS - 1);
const pass = fc
  .constantFrom(SECOND_MS, 300 * SECOND_MS, HOUR_MS, 25 * HOUR_MS, 8 * DAY_MS, 31 * DAY_MS)
  .map((ms) => ({ kind: 'pass', ms }) as const);
const rotate = fc.record({
  kind: fc.constant('rotate' as const),
  overlap: fc.constantFrom(undefined, undefined, undefined, '1h', '7d'),
  keep: fc.constantFrom(false, false, false, true),
  deliver: fc.constantFrom('answer' as const, 'claim' as const),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('use' as const), client }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('switch' as const), client }) },
  { weight: 4, arbitrary: rotate },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('open' as const), isLast }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('disown' as const), isLast }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'retry' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'rollback' as const }) },
  { weight: 7, arbitrary: fc.constantFrom(...WORDS).map((kind) => ({ kind })) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('revoke_secret' as const), isOld: fc.boolean() }),
  },
);

const placeAct: fc.Arbitrary<PlaceAct> = fc.record({
  kind: fc.constantFrom('fault', 'fault', 'fault', 'drift', 'put', 'put', 'drop'),
  which: fc.nat(1),
  fault: fc.constantFrom(...FAULTS),
});
const crash = fc.nat(7).map((commits) => ({ kind: 'crash', commits }) as const);

/** One after another; the acts of one group at the same time. Time passes between them. */
export const runs = fc.record({
  policy: fc.constantFrom('default', 'ends', 'tries', 'often', 'claims', 'agreed'),
  placeCount: fc.constantFrom(0, 0, 1, 1, 2),
  before: fc.uniqueArray(client),
  groups: fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.tuple(pass) },
      { weight: 10, arbitrary: fc.array(act, { minLength: 1, maxLength: 2 }) },
      { weight: 4, arbitrary: fc.tuple(placeAct) },
      { weight: 1, arbitrary: fc.tuple(crash) },
    ),
    { minLength: 6, maxLength: 18 },
  ),
});

/** What chance comes upon seldom: taken back early, while a place has handed on what it refused. */
export const EARLY = (['rollback', 'abort'] as const).map((kind): [Course] => [
  {
    policy: 'default',
    placeCount: 1,
    before: [0],
    groups: [
      [{ kind: 'fault', which: 0, fault: 'hands_on' }],
      [{ kind: 'rotate', overlap: undefined, keep: false, deliver: 'answer' }],
      [{ kind: 'switch', client: 1 }],
      [{ kind }],
    ],
  },
]);

/** Whoever a link was for says that it was not they who opened it; a client of theirs moves, or a stranger comes. */
export const DISOWNED = [0, 1].map((client): [Course] => [
  {
    policy: 'default',
    placeCount: 0,
    before: [0],
    groups: [
      [{ kind: 'rotate', overlap: undefined, keep: false, deliver: 'claim' }],
      [{ kind: 'open', isLast: true }],
      [{ kind: 'switch', client }],
      [{ kind: 'pass', ms: 300 * SECOND_MS }],
      [{ kind: 'disown', isLast: true }],
      [{ kind: 'pass', ms: 31 * DAY_MS }],
    ],
  },
]);

/** The same once its deadline has ended the old secret, which can be brought back. */
export const DISOWNED_LATE: readonly [Course] = [
  {
    policy: 'ends',
    placeCount: 0,
    before: [0],
    groups: [
      [{ kind: 'rotate', overlap: undefined, keep: true, deliver: 'claim' }],
      [{ kind: 'open', isLast: true }],
      [{ kind: 'switch', client: 0 }],
      [{ kind: 'pass', ms: 8 * DAY_MS }],
      [{ kind: 'disown', isLast: true }],
      [{ kind: 'undo' }],
      [{ kind: 'pass', ms: 31 * DAY_MS }],
    ],
  },
];

/** One rotation after the other on one day, each with a brown-out as soon as a client has moved; a person stops it. */
export const OFTEN: readonly [Course] = [
  {
    policy: 'often',
    placeCount: 0,
    before: [0],
    groups: Array.from({ length: 5 }, (): Course['groups'] => [
      [{ kind: 'rotate', overlap: undefined, keep: false, deliver: 'answer' }],
      [{ kind: 'switch', client: 0 }],
      [{ kind: 'pass', ms: 60 * SECOND_MS }],
      [{ kind: 'undo' }],
      [{ kind: 'finish' }],
      [{ kind: 'finish' }],
      [{ kind: 'pass', ms: SECOND_MS }],
    ]).flat(),
  },
];

type Course = typeof runs extends fc.Arbitrary<infer T> ? T : never;

/** The policies that are named above. */
export const POLICIES = [
  { name: 'ends', overlap: { hard: '8d', atHard: 'revoke' as const } },
  { name: 'agreed', approval: { approvers: 1 } },
  { name: 'claims', claim: { remind: ['1h'], close: '2d', unclaimed: 'disable' as const } },
  { name: 'tries', brownouts: { after: '1d', for: '5m', share: [100, 50] } },
  { name: 'often', brownouts: { after: '0s', for: '5m', share: [100, 50] } },
];

export function policyOf(policy: string): { readonly policy?: string } {
  return policy === 'default' ? {} : { policy };
}
