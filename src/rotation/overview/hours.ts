import { formatTime } from '../../keys/duration.js';
import type { Lifecycle } from '../../lifecycle/context.js';
import type { HourOfChecks } from '../../overview-views.js';
import { HOUR_MS, hourOf } from '../../store/usage.js';
import type { Within } from '../../store/within.js';

const HOURS = 24;
const OPEN_HOURS = 2; // Of the others all is written: counts come some seconds late.
const FRESH_MS = 5_000; // How old a count of an hour may be that is not over.
const MAX_KEPT = 2_000; // Hours: of some eighty who look.

type Outcomes = Readonly<Record<string, number>>;

interface Kept {
  readonly outcomes: Outcomes;
  /** On the monotonic clock. */
  readonly readAt: number;
  readonly isOver: boolean;
}

/**
 * Checks by the hour. What a past hour was is read once: with very many keys in use it is as many rows.
 */
export class Hours {
  readonly #kept = new Map<string, Kept>();

  /** The last 24, oldest first. */
  async of(lifecycle: Lifecycle, within: Within): Promise<readonly HourOfChecks[]> {
    const nowMs = lifecycle.nowMs();
    const firstAt = hourOf(nowMs) - (HOURS - 1) * HOUR_MS;
    const hours: HourOfChecks[] = [];
    for (let hourAt = firstAt; hourAt <= nowMs; hourAt += HOUR_MS) {
      const outcomes = await this.#outcomesOf(lifecycle, within, hourAt);
      hours.push(viewOf(outcomes, { hourAt, nowMs }));
    }
    return hours;
  }

  async #outcomesOf(lifecycle: Lifecycle, within: Within, hourAt: number): Promise<Outcomes> {
    const { store, ports, nowMs } = lifecycle;
    const place = `${hourAt} ${within === 'all' ? within : within.join(' ')}`;
    const kept = this.#kept.get(place);
    const readAt = ports.clock.monotonicMs();
    if (kept !== undefined && (kept.isOver || readAt - kept.readAt < FRESH_MS))
      return kept.outcomes;
    const isOver = hourAt + OPEN_HOURS * HOUR_MS <= nowMs();
    const span = { fromMs: hourAt, toMs: hourAt + HOUR_MS, per: 'hour', by: 'total' } as const;
    const [row] = await store.usage({ within, ...span, limit: 1, after: null });
    const outcomes = row?.outcomes ?? {};
    this.#kept.delete(place);
    this.#kept.set(place, { outcomes, readAt, isOver });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    return outcomes;
  }
}

function viewOf(
  { valid = 0, ...refused }: Outcomes,
  { hourAt, nowMs }: { readonly hourAt: number; readonly nowMs: number },
): HourOfChecks {
  const total = Object.values(refused).reduce((sum, count) => sum + count, valid);
  const seconds = Math.max(1_000, Math.min(HOUR_MS, nowMs - hourAt)) / 1_000;
  const perSecond = Math.round((total / seconds) * 1_000) / 1_000;
  return { start: formatTime(hourAt), total, valid, refused, perSecond };
}
