import { parseBlackout, spanOf } from './blackout.js';
import type { ScheduleTerms } from './schedule.js';
import { openFrom, openUntil, parseWindow } from './window.js';

const BEFORE_BLACKOUT_MS = 3_600_000; // Time to look at it, before nobody does.

type Hours = Pick<ScheduleTerms, 'window' | 'timezone' | 'blackout'>;

/** When a rotation may begin, and what moved it there. In milliseconds UTC. */
export interface Start {
  readonly timeMs: number;
  readonly reasons: readonly string[];
}

/**
 * The first moment from `earliestMs` on in which a rotation may begin.
 * @public
 */
export function startFrom(hours: Hours, earliestMs: number): Start {
  return moved(hours, earliestMs, { open: openFrom, past: ({ untilMs }) => untilMs });
}

/** The last moment up to `latestMs` at which one may well begin: it ends by its time, then. */
export function startUntil(hours: Hours, latestMs: number): Start {
  return moved(hours, latestMs, {
    open: openUntil,
    past: ({ fromMs }) => fromMs - BEFORE_BLACKOUT_MS,
  });
}

/** How windows and blackouts are left, in one direction. */
interface Direction {
  readonly open: typeof openFrom;
  readonly past: (span: ReturnType<typeof spanOf>) => number;
}

function moved({ window, timezone, blackout }: Hours, from: number, { open, past }: Direction) {
  const opening = window === null ? undefined : parseWindow(window);
  const spans = blackout.flatMap((text) => {
    const days = parseBlackout(text);
    return days === undefined ? [] : [{ text, ...spanOf(days, timezone) }];
  });
  const reasons = new Set<string>();
  let timeMs = from;
  // Each blackout is left once, as time goes one way; before and after each it may move to an opening.
  const mostMoves = 2 * spans.length + 1;
  for (let move = 0; move < mostMoves; move += 1) {
    const span = spans.find(({ fromMs, untilMs }) => timeMs >= fromMs && timeMs < untilMs);
    if (span !== undefined) {
      reasons.add(`blackout: ${span.text}`);
      timeMs = past(span);
      continue;
    }
    const opened = opening === undefined ? undefined : open(opening, timezone, timeMs);
    if (opened === undefined || opened.timeMs === timeMs) break;
    for (const reason of [`window: ${window} ${timezone}`, ...opened.oddities]) reasons.add(reason);
    timeMs = opened.timeMs;
  }
  return { timeMs, reasons: [...reasons] };
}
