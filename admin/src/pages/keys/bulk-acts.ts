import { queryOptions } from '@tanstack/react-query';
import { api, said } from '../../api/client.js';
import type { Answer, Body } from '../../api/types.js';

/** What can be done to many keys. */
export type BulkAct = Body<'/v1/keys/bulk', 'post'>['act'];

/** What became of each key, or would. */
export type BulkReport = Answer<'/v1/keys/bulk', 'post'>;

/** Which scope each takes beside `keys:write`. */
export const BULK_ACTS: readonly { readonly act: BulkAct; readonly scope: string }[] = [
  { act: 'rotate', scope: 'keys:rotate' },
  { act: 'disable', scope: 'keys:write' },
  { act: 'enable', scope: 'keys:write' },
  { act: 'tag', scope: 'keys:write' },
  { act: 'untag', scope: 'keys:write' },
  { act: 'revoke', scope: 'keys:revoke' },
];

/** What is asked for beside the keys. */
export interface BulkWish {
  readonly tags: string;
  readonly reason: string;
  readonly deliver: 'claim' | 'destinations';
}

/** What would become of each key. */
export function previewQuery(ids: readonly string[], act: BulkAct, wish: BulkWish) {
  const body = { ...bulkBody(ids, act, wish), dryRun: true };
  return queryOptions({
    queryKey: ['bulk', body],
    queryFn: ({ signal }) => said(api.POST('/v1/keys/bulk', { body, signal })),
    enabled: isWhole(act, wish),
    staleTime: 0,
    gcTime: 0,
  });
}

/** Does it. */
export function doBulk(ids: readonly string[], act: BulkAct, wish: BulkWish): Promise<BulkReport> {
  return said(api.POST('/v1/keys/bulk', { body: bulkBody(ids, act, wish) }));
}

/** Whether all is said that the act needs. */
export function isWhole(act: BulkAct, { tags }: BulkWish): boolean {
  return (act !== 'tag' && act !== 'untag') || tags.trim() !== '';
}

function bulkBody(ids: readonly string[], act: BulkAct, { tags, reason, deliver }: BulkWish) {
  const isTags = act === 'tag' || act === 'untag';
  return {
    ids: [...ids],
    act,
    ...(isTags && { tags: tags.split(/[\s,]+/).filter((tag) => tag !== '') }),
    ...(!isTags && act !== 'enable' && reason.trim() !== '' && { reason: reason.trim() }),
    ...(act === 'rotate' && { deliver }),
  };
}
