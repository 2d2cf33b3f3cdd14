import type { ConsumerUse } from '../store/consumers.js';
import type { Details } from './details.js';
import { type Sight, sightOf } from './evidence.js';
import type { StepContext } from './step.js';

/** What is known now of who uses what. */
export async function look(context: StepContext): Promise<Sight> {
  const { rotation, details, keyspace, scenery } = context;
  // In this order: what they say to have written out is in what is read after.
  const instances = await scenery.instances();
  const uses = await scenery.consumers();
  const { nowMs } = scenery;
  const gaps = lastSightOf(rotation.evidence)?.gaps ?? [];
  const scene = { details, uses, instances, gaps, boundMs: keyspace.stalenessMs, nowMs };
  return { ...sightOf(scene), ...refusedIn(details, uses) };
}

/** Whom the brown-outs of this rotation have refused. */
function refusedIn(
  { oldNumber, baseline }: Details,
  uses: readonly ConsumerUse[],
): Pick<Sight, 'refused'> {
  const known = new Set(baseline.map(({ id }) => id));
  const found = uses.filter(
    ({ secretNumber, outcome, consumer }) =>
      secretNumber === oldNumber && outcome === 'browned_out' && known.has(consumer.id),
  );
  if (found.length === 0) return {};
  return { refused: Object.fromEntries(found.map(({ consumer, count }) => [consumer.id, count])) };
}

/** What was kept of the last look; undefined: there was none. */
export function lastSightOf(evidence: string | null): Sight | undefined {
  if (evidence === null) return undefined;
  const kept: Sight | { readonly mustConfirm: number } = JSON.parse(evidence);
  return 'evidence' in kept ? kept : undefined;
}
