import fc from 'fast-check';
import type { Environment } from '../../src/keys/format.js';

/** Makes a key. Times are milliseconds from then. */
export interface CreateStep {
  readonly kind: 'create';
  readonly by: number;
  readonly environment: Environment;
  readonly scopes: readonly string[];
  readonly expiresInMs: number | null;
  readonly startsInMs: number | null;
}

/** Changes a key. `by` and `key` count modulo what there is. */
export type ChangeStep = { readonly by: number; readonly key: number } & (
  | { readonly kind: 'update'; readonly scopes: readonly string[] }
  | { readonly kind: 'move_expiry' | 'move_start'; readonly inMs: number | null }
  | { readonly kind: 'disable' | 'enable' | 'revoke' | 'delete' | 'add_secret' }
  | { readonly kind: 'revoke_secret'; readonly number: number }
);

/** Time passes. Unless the feeds run then, the caches may be too old to be believed. */
export interface PassStep {
  readonly kind: 'pass';
  readonly ms: number;
  readonly isHeard: boolean;
}

/** One step of a sequence. */
export type Step = CreateStep | ChangeStep | PassStep;

const by = fc.nat(1);
const key = fc.nat(2);
const scopes = fc.subarray(['reports:read', 'reports:write', 'users:read']);
// Few and equal to each other, so that moments fall on the very millisecond of an expiry.
const inMs = fc.constantFrom(null, 1_000, 2_000, 4_999, 5_000, 60_000);
const environment = fc.constantFrom<Environment>('live', 'test');

const create = fc.record({
  kind: fc.constant('create' as const),
  by,
  environment,
  scopes,
  expiresInMs: inMs,
  startsInMs: fc.constantFrom(null, null, 1_000, 5_000),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: create },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('update' as const), by, key, scopes }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('move_expiry' as const, 'move_start' as const),
      by,
      key,
      inMs,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('disable' as const, 'enable' as const, 'add_secret' as const),
      by,
      key,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('revoke' as const, 'delete' as const),
      by,
      key,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('revoke_secret' as const),
      by,
      key,
      number: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 999, 1_000, 4_999, 5_000, 5_001),
      isHeard: fc.boolean(),
    }),
  },
);

/** A sequence that begins with a key. */
export const sequences: fc.Arbitrary<readonly Step[]> = fc
  .tuple(create, fc.array(step, { minLength: 3, maxLength: 14 }))
  .map(([first, rest]) => [first, ...rest]);
