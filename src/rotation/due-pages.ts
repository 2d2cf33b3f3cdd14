import type { Act } from '../lifecycle/context.js';
import type { OutboxRecord } from '../store/notices.js';
import type { RotationRecord } from '../store/rotation.js';

const PAGE_SIZE = 200;
const MAX_PAGES = 50; // Of open rotations that are looked at, and of notices that are counted.

/** Open rotations of every keyspace. */
export async function* openIn({ lifecycle: { store } }: Act): AsyncGenerator<RotationRecord> {
  let after: RotationRecord['id'] | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const filter = { within: 'all', isOpen: true, after, limit: PAGE_SIZE } as const;
    const rotations: readonly RotationRecord[] = await store.listRotations(filter);
    yield* rotations;
    if (rotations.length < PAGE_SIZE) break;
    after = rotations.at(-1)?.id ?? null;
  }
}

/** Notices of every keyspace that are in this state. */
export async function* noticesIn(
  { lifecycle: { store } }: Act,
  state: OutboxRecord['state'],
): AsyncGenerator<OutboxRecord> {
  let after: OutboxRecord['id'] | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const filter = { within: 'all', state, after, limit: PAGE_SIZE } as const;
    const notices: readonly OutboxRecord[] = await store.notices.listNotices(filter);
    yield* notices;
    if (notices.length < PAGE_SIZE) break;
    after = notices.at(-1)?.id ?? null;
  }
}
