import type { KeyId } from '../../keys/id.js';
import type { KeyAge } from '../key-age.js';
import type { PageCut } from '../store.js';
import type { SqlEngine } from './engine.js';

/** See Store.keyAges. By the primary keys of both tables. */
export async function keyAges(
  { db }: SqlEngine,
  { after, limit }: PageCut,
): Promise<readonly KeyAge[]> {
  const page = db
    .selectFrom('keys')
    .select(['id', 'keyspace_id', 'policy', 'state', 'expires_at'])
    .$if(after !== null, (query) =>
      query.where((eb) => eb(eb.cast<string>('id', 'text'), '>', after ?? '')),
    )
    .orderBy('id')
    .limit(limit);
  const rows = await db
    .selectFrom(page.as('page'))
    .leftJoin('secrets', (join) =>
      join
        .onRef('secrets.key_id', '=', 'page.id')
        .on('secrets.state', 'in', ['current', 'retiring']),
    )
    .selectAll('page')
    .select(['secrets.state as secret_state', 'secrets.created_at', 'secrets.deadline_at'])
    .orderBy('page.id')
    .execute();
  const ages = new Map<KeyId, KeyAge & { secrets: KeyAge['secrets'][number][] }>();
  for (const row of rows) {
    const { id, keyspace_id: keyspaceId, policy, state, expires_at: expiresAt } = row;
    const age = ages.get(id) ?? { id, keyspaceId, policy, state, expiresAt, secrets: [] };
    ages.set(id, age);
    const { secret_state: secretState, created_at: createdAt, deadline_at: deadline } = row;
    if (secretState === null || createdAt === null) continue;
    age.secrets.push({ state: secretState, createdAt, deadline });
  }
  return [...ages.values()];
}
