import type { KeyRecord } from '../../keys/key.js';
import type { Act } from '../../lifecycle/context.js';
import type { PlanningJob, Reviewing } from '../../store/automation.js';
import type { Engine } from '../engine.js';
import { disableUnused, hearOfAll, takeBack } from './disable.js';
import type { Finding } from './findings.js';
import { type Page, readPage, reviewJobs } from './page.js';
import { recordFinding } from './record.js';

// All of it is a matter of days. A job that runs once an hour finds it due again, also where it comes a
// minute sooner.
const REVIEW_MS = 50 * 60_000;

/**
 * What a review has done with a key, or would.
 * @public
 */
export interface Reviewed {
  readonly key: KeyRecord;
  readonly what: 'past_policy' | 'unused' | 'disabled' | 'enabled';
  readonly detail: string;
}

/**
 * Looks at the keys of all policies, page by page, whether one is too old, unused, or soon due, and
 * records it once. Every instance does; how far they are they keep together, so that each page is
 * looked at by one of them. It is no matter where two look at the same one.
 * @public
 */
export class Reviewer {
  readonly #engine: Engine;
  readonly #act: Act;
  #isWanted = false;

  constructor(engine: Engine, act: Act) {
    this.#engine = engine;
    this.#act = act;
  }

  /**
   * Looks at so many pages, if a review is under way or due.
   * @param isWanted whether one begins now: policies were changed.
   */
  async run(
    maxPages: number,
    isWanted: boolean,
  ): Promise<{ readonly isDone: boolean; readonly reviewed: readonly Reviewed[] }> {
    this.#isWanted ||= isWanted;
    const { automation } = this.#act.lifecycle.store;
    let at = await this.#begun(await automation.reviewing());
    const reviewed: Reviewed[] = [];
    for (let count = 0; count < maxPages; count += 1) {
      const [job, ...others] = at.jobs;
      if (job === undefined) break;
      const page = await this.#read(job);
      if (page !== undefined) reviewed.push(...(await this.#settle(page)));
      const next = page?.next ?? null;
      const jobs = next === null ? others : [{ ...job, after: next }, ...others];
      const after = { ...at, jobs };
      // Somebody else was further: what is left is theirs as much as ours.
      if (!(await automation.saveReviewing({ before: at, after }))) break;
      at = after;
    }
    return { isDone: at.jobs.length === 0, reviewed };
  }

  /** What a whole review would do now. It changes nothing. */
  async preview(): Promise<readonly Reviewed[]> {
    const reviewed: Reviewed[] = [];
    for (const first of await reviewJobs(this.#act.lifecycle.store)) {
      let job: PlanningJob | undefined = first;
      while (job !== undefined) {
        const page: Page | undefined = await this.#read(job);
        if (page !== undefined) {
          reviewed.push(...page.findings.flatMap(reviewedOf), ...page.ending.map(asDisabled));
        }
        job = page === undefined || page.next === null ? undefined : { ...job, after: page.next };
      }
    }
    return reviewed;
  }

  #read(job: PlanningJob): Promise<Page | undefined> {
    const { store, nowMs } = this.#act.lifecycle;
    return readPage(store, job, nowMs());
  }

  async #begun(before: Reviewing): Promise<Reviewing> {
    const { store, nowMs } = this.#act.lifecycle;
    const startedAt = nowMs();
    // Also where somebody has set the clock back.
    const isDue = this.#isWanted || Math.abs(startedAt - before.startedAt) >= REVIEW_MS;
    if (before.jobs.length > 0 || !isDue) return before;
    const after = { startedAt, jobs: await reviewJobs(store) };
    if (!(await store.automation.saveReviewing({ before, after }))) return before;
    this.#isWanted = false;
    return after;
  }

  async #settle({ findings, keyspace, terms, ending, mistaken }: Page) {
    const [engine, act] = [this.#engine, this.#act];
    const reviewed: Reviewed[] = [];
    for (const finding of findings) {
      await recordFinding(act, finding, { keyspace, terms });
      reviewed.push(...reviewedOf(finding));
    }
    if (ending.length > 0) await hearOfAll(engine, keyspace);
    for (const key of ending) {
      if (await disableUnused(engine, act, { key, keyspace, terms }))
        reviewed.push(asDisabled(key));
    }
    for (const key of mistaken) {
      const detail = 'it was in use when it was disabled';
      if (await takeBack(act, { key, keyspace, terms })) {
        reviewed.push({ key, what: 'enabled', detail });
      }
    }
    return reviewed;
  }
}

/** Stages before a time are told to whom they concern, and to nobody who runs it. */
function reviewedOf({ key, type, after, reason }: Finding): readonly Reviewed[] {
  if (type === 'key.past_policy') {
    const detail = `secret ${after['secret']} is past its policy since ${after['sinceAt']}`;
    return [{ key, what: 'past_policy', detail }];
  }
  if (type !== 'key.unused') return [];
  const last = after['lastUsedAt'] === null ? 'never used' : `last used ${after['lastUsedAt']}`;
  return [{ key, what: 'unused', detail: reason === null ? last : `${last}; ${reason}` }];
}

function asDisabled(key: KeyRecord): Reviewed {
  return { key, what: 'disabled', detail: `unused: keyturn key enable ${key.id} takes it back` };
}
