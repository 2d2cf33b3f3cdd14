import type { ClaimBranding } from '../claim-views.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Lifecycle } from '../lifecycle/context.js';

/** How a keyspace shows itself on a claim's page: with all that is needed to show it. */
export async function brandingOf(
  { store }: Lifecycle,
  { id, name, branding }: KeyspaceRecord,
): Promise<ClaimBranding> {
  const { logo } = branding;
  const data = logo === null ? undefined : await store.getLogo(id);
  const url = data === undefined ? null : `data:${logo?.mediaType};base64,${data}`;
  return { name: branding.name ?? name, logo: url };
}
