import { parseTime } from '../../keys/duration.js';
import type { Act } from '../../lifecycle/context.js';
import type { StoredEvent } from '../../store/store.js';
import { DAY_MS } from '../terms.js';
import { type KeyPlan, keysOf, plansOf, rowOf } from './key-plan.js';

const PAGE_SIZE = 200;
const MAX_PAGES = 50; // 10 000 keys that cannot be begun: one more is news to nobody.
// It is told of once a day, and tried more often than that.
const TOLD_WITHIN_MS = 2 * DAY_MS;

/** A key whose time has come, and whose rotation could not be begun when it was tried last. */
export interface NotStarted {
  readonly plan: KeyPlan;
  readonly reason: string;
}

/**
 * All that wait for a person so, whoever tried them, and whenever they are tried next.
 * @public
 */
export async function notStarted(act: Act): Promise<readonly NotStarted[]> {
  const { store } = act.lifecycle;
  const nowMs = act.lifecycle.nowMs();
  const told = await toldOf(act, nowMs - TOLD_WITHIN_MS);
  const plans = await plansOf(act, await keysOf(store, [...told.keys()]));
  return [...plans.values()].flatMap((plan) => {
    const event = told.get(plan.key.id);
    const { dueAt, wantedAt } = plan.slot;
    const isSame = event !== undefined && dueAtOf(event) === dueAt && wantedAt <= nowMs;
    return isSame ? [{ plan, reason: event.reason ?? '' }] : [];
  });
}

/** Makes them due at once: a person may have mended what was missing. */
export async function tryAgain(act: Act): Promise<void> {
  const { automation } = act.lifecycle.store;
  const before = await automation.planning();
  const nowMs = act.lifecycle.nowMs();
  const slots = (await notStarted(act)).map(({ plan }) => rowOf(plan, nowMs));
  if (slots.length > 0)
    await automation.savePlanning({ slots, without: [], before, after: before });
}

/** The last time that it was said of each key, by id. */
async function toldOf({ lifecycle: { store } }: Act, fromMs: number) {
  const last = new Map<string, StoredEvent>();
  let afterSequence: number | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const filter = { within: 'all', type: 'rotation.not_started', fromMs, afterSequence } as const;
    const events = await store.listEvents({ ...filter, limit: PAGE_SIZE, order: 'newest' });
    for (const event of events) {
      if (!last.has(event.subject.id)) last.set(event.subject.id, event);
    }
    if (events.length < PAGE_SIZE) break;
    afterSequence = events.at(-1)?.sequence;
  }
  return last;
}

function dueAtOf({ changes }: StoredEvent): number | undefined {
  const at = changes.find(({ field }) => field === 'dueAt')?.to;
  return typeof at === 'string' ? parseTime(at) : undefined;
}
