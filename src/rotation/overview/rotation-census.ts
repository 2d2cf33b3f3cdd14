import type { KeyId, RotationId } from '../../keys/id.js';
import type { Lifecycle } from '../../lifecycle/context.js';
import type { RotationRecord } from '../../store/rotation.js';
import { asksOf } from '../asks.js';
import type { DeliveryTrouble } from '../delivery.js';
import { type Details, detailsOf } from '../details.js';
import type { Sight } from '../evidence.js';
import { lastSightOf } from '../sight.js';
import { FirstFew, SHOWN, Sums } from './first-few.js';

const PAGE_SIZE = 200;
const FAILED = 'It failed, and is not tried again by itself.';

/** Times are milliseconds UTC. */
interface Found {
  readonly rotationId: RotationId;
  readonly keyId: KeyId;
  readonly atMs: number;
}

interface Waiting extends Found {
  readonly step: string;
  readonly state: string;
  readonly why: string;
}

interface Lagging extends Found {
  readonly labels: readonly string[];
  readonly consumerCount: number;
  readonly deadline: number | null;
}

interface Hindered extends Found {
  readonly trouble: DeliveryTrouble;
}

type Stage = 'open' | 'told' | 'opened' | 'used' | 'silent';

/** Open rotations, of all keyspaces. */
export interface RotationCensus {
  readonly waiting: FirstFew<Waiting>;
  readonly lagging: FirstFew<Lagging>;
  readonly hindered: FirstFew<Hindered>;
  readonly stages: Sums<Stage>;
}

/** Walks through the rotations that are open: what has ended costs nothing. */
export async function countRotations({ store, ports }: Lifecycle): Promise<RotationCensus> {
  const census: RotationCensus = {
    waiting: new FirstFew(),
    lagging: new FirstFew(),
    hindered: new FirstFew(),
    stages: new Sums(),
  };
  let after: RotationId | null = null;
  do {
    const page: readonly RotationRecord[] = await store.listRotations({
      within: 'all',
      isOpen: true,
      limit: PAGE_SIZE,
      after,
    });
    for (const rotation of page) add(census, rotation);
    after = page.length < PAGE_SIZE ? null : (page.at(-1)?.id ?? null);
    if (after !== null) await ports.timers.sleep(0); // Checks have their turn.
  } while (after !== null);
  return census;
}

function add(census: RotationCensus, rotation: RotationRecord): void {
  const { id: rotationId, keyId, keyspaceId, updatedAt, step, state } = rotation;
  const details = detailsOf(rotation);
  const found = { rotationId, keyId };
  const why = asksOf(rotation, details) ?? (state === 'needs_operator' ? FAILED : null);
  if (why !== null) census.waiting.add(keyspaceId, { ...found, atMs: updatedAt, step, state, why });
  const { trouble = null } = details;
  if (trouble !== null) census.hindered.add(keyspaceId, { ...found, atMs: updatedAt, trouble });
  const sight = details.sight ?? lastSightOf(rotation.evidence);
  const lagging = laggingIn(details, sight);
  if (lagging !== undefined) census.lagging.add(keyspaceId, { ...found, ...lagging });
  for (const stage of stagesOf(rotation, details, sight)) census.stages.add(keyspaceId, stage);
}

/** Who has not moved, once people were told that some lag behind. */
function laggingIn(details: Details, sight: Sight | undefined) {
  const since = [details.softAt ?? null, details.lateSince].filter((time) => time !== null);
  if (since.length === 0) return undefined;
  const left = (sight?.consumers ?? []).filter(
    ({ where }) => where !== 'moved' && where !== 'waived',
  );
  if (left.length === 0) return undefined;
  const labels = left.slice(0, SHOWN).map(({ consumer }) => consumer.label);
  const { deadline } = details;
  return { atMs: Math.min(...since), labels, consumerCount: left.length, deadline };
}

function stagesOf(
  { step, claimDigest }: RotationRecord,
  { deliveredAt }: Details,
  sight: Sight | undefined,
): readonly Stage[] {
  if (deliveredAt !== null) {
    return sight?.isNewUsed === true
      ? ['open', 'told', 'opened', 'used']
      : ['open', 'told', 'opened'];
  }
  return step === 'announce' && claimDigest !== null ? ['open', 'told', 'silent'] : ['open'];
}
