import { queryOptions } from '@tanstack/react-query';
import { api, said } from '../../api/client.js';
import type { KeysSearch } from './search.js';

const PAGE_SIZE = 50;

/** One page of the keys that are looked for. */
export function keysQuery(search: KeysSearch) {
  const query = { ...withoutNothing(search), limit: PAGE_SIZE };
  return queryOptions({
    queryKey: ['keys', 'list', query],
    queryFn: ({ signal }) => said(api.GET('/v1/keys', { params: { query }, signal })),
  });
}

/** What is undefined is not asked for. */
function withoutNothing(search: KeysSearch): {
  [Name in keyof KeysSearch]: NonNullable<KeysSearch[Name]>;
} {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
