import { flagIn, textIn, wordIn } from '../search.js';

/** The states a key can be in. */
export const STATES = ['active', 'disabled', 'expired', 'revoked'] as const;

const ORDERS = [
  'createdAt',
  '-createdAt',
  'name',
  '-name',
  'lastUsedAt',
  '-lastUsedAt',
  'expiresAt',
  '-expiresAt',
] as const;

/** What the list can be sorted by. */
export type Order = 'createdAt' | 'name' | 'lastUsedAt' | 'expiresAt';

/** What is looked for, and where in the list one is. */
export interface KeysSearch {
  readonly search?: string | undefined;
  readonly state?: (typeof STATES)[number] | undefined;
  readonly environment?: 'live' | 'test' | undefined;
  readonly owner?: string | undefined;
  readonly tag?: string | undefined;
  readonly policy?: string | undefined;
  readonly keyspace?: string | undefined;
  readonly pastPolicy?: true | undefined;
  /** Absent: the newest first. */
  readonly sort?: (typeof ORDERS)[number] | undefined;
  readonly cursor?: string | undefined;
}

/** What an address says of it. */
export function keysSearchOf(search: Readonly<Record<string, unknown>>): KeysSearch {
  return {
    search: textIn(search, 'search'),
    state: wordIn(search, 'state', STATES),
    environment: wordIn(search, 'environment', ['live', 'test']),
    owner: textIn(search, 'owner'),
    tag: textIn(search, 'tag'),
    policy: textIn(search, 'policy'),
    keyspace: textIn(search, 'keyspace'),
    pastPolicy: flagIn(search, 'pastPolicy'),
    sort: wordIn(search, 'sort', ORDERS),
    cursor: textIn(search, 'cursor'),
  };
}
