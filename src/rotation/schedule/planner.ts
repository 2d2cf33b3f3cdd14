import type { KeyRecord } from '../../keys/key.js';
import type { Act } from '../../lifecycle/context.js';
import type { Planning, PlanningJob, SlotRow } from '../../store/automation.js';
import type { FeedChange, FeedPage } from '../../store/store.js';
import { isAhead } from '../ahead.js';
import { followersPage } from '../policy-followers.js';
import { jobsWhere } from '../policy-jobs.js';
import type { Terms } from '../terms.js';
import { keysOf, plansOf, rowOf } from './key-plan.js';

const FEED_LIMIT = 1_000; // More changes than this at once: pages of keys are cheaper.
const SAVED_AFTER = 500; // Changes that plan nothing: how many are read again after a start.

/**
 * Keeps the next slot of each key, by following what is changed. Every instance does; of two that
 * plan the same the store keeps one, and what they plan is alike.
 */
export class Planner {
  readonly #act: Act;
  /** Changes up to it plan nothing that is not kept. */
  #seen = 0;
  #hasNewPolicies = false;
  /** A review of the future, after which all was planned anew. */
  #aheadAt: number | undefined;

  constructor(act: Act) {
    this.#act = act;
  }

  /**
   * Plans what was changed, and a page of keys at a time where a policy was.
   * @returns whether nothing is left to plan; false: there is more, or others were first.
   */
  async run(maxRounds: number): Promise<boolean> {
    for (let round = 0; round < maxRounds; round += 1) {
      const outcome = await this.#round();
      if (outcome === 'done') return true;
      if (outcome === 'late') return false;
    }
    return false;
  }

  /** Whether policies were changed since it was asked last. */
  takeNewPolicies(): boolean {
    const hasNew = this.#hasNewPolicies;
    this.#hasNewPolicies = false;
    return hasNew;
  }

  async #round(): Promise<'done' | 'more' | 'late'> {
    const { store } = this.#act.lifecycle;
    const before = await store.automation.planning();
    const from = Math.max(before.sequence, this.#seen);
    const page = await store.changesSince(from, FEED_LIMIT);
    if (page.head < from) {
      this.#seen = 0; // Another database stands there now.
      return 'late';
    }
    // Too much was changed to look at each: all keys that any schedule rotates are planned anew.
    const jobs =
      page.isTruncated || (await this.#isNewlyAhead())
        ? await jobsWhere(store, hasSchedule)
        : addedTo(before.jobs, page.changes);
    const changed = await keysOf(store, idsIn(page.changes, 'key'));
    const { followers, rest } = await this.#pageOf(jobs);
    const after = { sequence: sequenceOf(page, from), jobs: rest };
    if (!(await this.#save([...changed, ...followers], { before, after }))) return 'late';
    this.#seen = after.sequence;
    this.#hasNewPolicies ||= page.changes.some(({ subjectKind }) => subjectKind === 'policy');
    return rest.length === 0 ? 'done' : 'more';
  }

  /** Who reviewed last had a clock that was ahead, and so planned by it, too. */
  async #isNewlyAhead(): Promise<boolean> {
    const { store, nowMs } = this.#act.lifecycle;
    const { startedAt } = await store.automation.reviewing();
    if (!isAhead(startedAt, nowMs()) || startedAt === this.#aheadAt) return false;
    this.#aheadAt = startedAt;
    return true;
  }

  /** One page of the first job: none of them keeps the others waiting for long. */
  async #pageOf(jobs: readonly PlanningJob[]) {
    const [job, ...others] = jobs;
    if (job === undefined) return { followers: [], rest: [] };
    const { store, nowMs } = this.#act.lifecycle;
    const { keyspaceId, policy: name, after } = job;
    const cut = { after, nowMs: nowMs() };
    const { keys, next } = await followersPage(store, { keyspaceId, name }, cut);
    return { followers: keys, rest: next === null ? others : [{ ...job, after: next }, ...others] };
  }

  /** What stays as it was is not written. @returns whether nobody else was further. */
  async #save(
    keys: readonly KeyRecord[],
    { before, after }: { readonly before: Planning; readonly after: Planning },
  ): Promise<boolean> {
    const { automation } = this.#act.lifecycle.store;
    const plans = await plansOf(this.#act, keys);
    const ids = [...new Set(keys.map(({ id }) => id))];
    const known = new Map((await automation.slotsOf(ids)).map((row) => [row.keyId, row]));
    const slots = [...plans.values()]
      .map((plan) => rowOf(plan))
      .filter((row) => !isSame(row, known.get(row.keyId)));
    const without = ids.filter((id) => known.has(id) && !plans.has(id));
    const isNews =
      slots.length + without.length > 0 ||
      JSON.stringify(before.jobs) !== JSON.stringify(after.jobs) ||
      after.sequence - before.sequence >= SAVED_AFTER;
    return !isNews || automation.savePlanning({ slots, without, before, after });
  }
}

function isSame(row: SlotRow, other: SlotRow | undefined): boolean {
  return row.dueAt === other?.dueAt && row.startAt === other.startAt;
}

function sequenceOf({ isTruncated, head, changes }: FeedPage, from: number): number {
  return isTruncated ? head : (changes.at(-1)?.sequence ?? from);
}

/**
 * A rotation needs no plan of its own: what it does to the key's secrets is a change of the key,
 * and who begins it plans the next one.
 */
function idsIn(changes: readonly FeedChange[], kind: FeedChange['subjectKind']): readonly string[] {
  const subjects = changes.filter(({ subjectKind }) => subjectKind === kind);
  return [...new Set(subjects.map(({ subjectId }) => subjectId))];
}

/** A policy that was changed again is begun again. */
function addedTo(
  jobs: readonly PlanningJob[],
  changes: readonly FeedChange[],
): readonly PlanningJob[] {
  const added = new Map(jobs.map((job) => [placeOf(job), job]));
  for (const { subjectKind, subjectId, keyspaceId } of changes) {
    if (subjectKind !== 'policy') continue;
    const job = { keyspaceId, policy: subjectId, after: null };
    added.set(placeOf(job), job);
  }
  return [...added.values()];
}

function placeOf({ keyspaceId, policy }: PlanningJob): string {
  return `${keyspaceId} ${policy}`;
}

function hasSchedule({ schedule = null }: Terms): boolean {
  return schedule !== null;
}
