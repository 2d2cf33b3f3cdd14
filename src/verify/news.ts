import type { CheckOptions, Verdict } from '../verdict.js';
import { refuseUnavailable } from './settle.js';
import type { Verifier } from './verifier.js';

const PAUSE_MS = 1_000; // Between two questions: a flood of names that nobody has is none to the store.

interface Answered {
  readonly begunAt: number;
  readonly endedAt: number;
  readonly isHeard: boolean;
}

/** A check that names, by prefix or name, a keyspace that this instance does not know. */
export interface Unheard {
  readonly request: CheckOptions;
  /** The answer, if there is no such keyspace. */
  readonly refuse: () => Verdict | Promise<Verdict>;
  /** Decides the check anew. */
  readonly again: () => Verdict | Promise<Verdict>;
}

/** What comes of asking: there is none, it may be known now, or nobody can tell. */
interface Outcomes<T> {
  readonly refuse: () => T | Promise<T>;
  readonly again: () => T | Promise<T>;
  readonly unavailable: () => T;
}

/**
 * Asks for the keyspaces once more where a check met one that is not known: it may have been made
 * on another instance a moment ago, or the feed may be cut. One question is under way at a time.
 */
export class KeyspaceNews {
  readonly #verifier: Verifier;
  #answered: Answered | undefined;
  #asking: Promise<boolean> | undefined;

  constructor(verifier: Verifier) {
    this.#verifier = verifier;
  }

  /** Refuses only on what is proved: else a good key would be thrown away for lack of news. */
  settle({ request, refuse, again }: Unheard): Verdict | Promise<Verdict> {
    const unavailable = () => refuseUnavailable(this.#verifier, request);
    return this.hear<Verdict>({ refuse, again, unavailable });
  }

  /** The same for whoever asks for the keyspace itself. */
  hear<T>({ refuse, again, unavailable }: Outcomes<T>): T | Promise<T> {
    const { freshness } = this.#verifier;
    if (freshness.fault !== undefined) return unavailable();
    const nowMs = freshness.nowMs();
    if (this.#asking === undefined && this.#isJustAnswered(nowMs)) {
      return this.#isProved(nowMs) ? refuse() : unavailable();
    }
    this.#asking ??= this.#ask(nowMs);
    return this.#asking.then((isHeard) => (isHeard ? again() : unavailable()));
  }

  #isJustAnswered(nowMs: number): boolean {
    if (this.#answered === undefined) return false;
    const passedMs = nowMs - this.#answered.endedAt;
    return passedMs >= 0 && passedMs < PAUSE_MS;
  }

  #isProved(nowMs: number): boolean {
    const { freshness, keyspaces } = this.#verifier;
    if (this.#answered?.isHeard !== true) return false;
    const isRecent = nowMs - this.#answered.begunAt < keyspaces.boundMs;
    return isRecent || freshness.isWithin(keyspaces.boundMs, nowMs);
  }

  async #ask(begunAt: number): Promise<boolean> {
    const isHeard = await this.#verifier.learnKeyspaces().then(
      () => true,
      () => false,
    );
    this.#asking = undefined;
    this.#answered = { begunAt, endedAt: this.#verifier.freshness.nowMs(), isHeard };
    return isHeard;
  }
}
