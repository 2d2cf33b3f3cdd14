import type { Act } from '../../lifecycle/context.js';
import type { Engine } from '../engine.js';
import { type Reviewed, Reviewer } from '../expiry/reviewer.js';
import { beginDue, type DueKey } from './due.js';
import { tryAgain } from './not-started.js';
import { Planner } from './planner.js';

const PLAN_ROUNDS = 10; // Of one tick: some thousand keys.
const BEGIN_ROUNDS = 5; // Of one tick, so that a stop has not to wait for long.
const REVIEW_PAGES = 3; // Of one tick: 600 keys.
const PAUSE_MS = 1_000; // Longer each time, where there is nothing to do.
const MAX_PAUSE_MS = 5_000;

/**
 * Plans keys, begins what is due, and reviews what is old or unused, again and again. Any number of
 * instances may.
 * @public
 */
export class Scheduler {
  readonly #engine: Engine;
  readonly #act: Act;
  readonly #planner: Planner;
  readonly #reviewer: Reviewer;
  #pauseMs = 0;
  #nextMs = 0;

  constructor(engine: Engine, act: Act) {
    this.#engine = engine;
    this.#act = act;
    this.#planner = new Planner(act);
    this.#reviewer = new Reviewer(engine, act);
  }

  /** Rarely, where the last time there was nothing to do. */
  async tick(): Promise<void> {
    const { clock } = this.#act.lifecycle.ports;
    if (clock.monotonicMs() < this.#nextMs) return;
    const isPlanned = await this.#planner.run(PLAN_ROUNDS);
    const begun = await this.#begin(BEGIN_ROUNDS);
    // Not before: stages are told by how keys are planned now.
    const isReviewed = isPlanned && (await this.#review(REVIEW_PAGES)).isDone;
    const isIdle = isReviewed && begun.length === 0;
    this.#pauseMs = isIdle ? Math.min(this.#pauseMs + PAUSE_MS, MAX_PAUSE_MS) : 0;
    this.#nextMs = clock.monotonicMs() + this.#pauseMs;
  }

  /**
   * All that is there to do, up to so many rounds, and what could not be begun before. @returns what
   * was due.
   */
  async run(maxRounds: number): Promise<readonly DueKey[]> {
    await this.plan(maxRounds);
    await tryAgain(this.#act);
    return this.#begin(maxRounds);
  }

  /** Reviews keys, if that is due, up to so many pages. @returns what was found, and was not known. */
  async review(maxPages: number): Promise<readonly Reviewed[]> {
    return (await this.#review(maxPages)).reviewed;
  }

  /** What a review would find. It changes nothing. */
  previewReview(): Promise<readonly Reviewed[]> {
    return this.#reviewer.preview();
  }

  #review(maxPages: number) {
    return this.#reviewer.run(maxPages, this.#planner.takeNewPolicies());
  }

  /** Plans all that was changed. */
  async plan(maxRounds: number): Promise<void> {
    // Of several who plan at once each is late at times.
    for (let round = 0; round < maxRounds; round += 1) {
      if (await this.#planner.run(maxRounds)) return;
    }
  }

  async #begin(maxRounds: number): Promise<readonly DueKey[]> {
    const all: DueKey[] = [];
    for (let round = 0; round < maxRounds; round += 1) {
      const { keys, isMore } = await beginDue(this.#engine, this.#act);
      all.push(...keys);
      if (!isMore) break;
    }
    return all;
  }
}
