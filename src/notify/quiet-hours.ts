import { isUrgent, type Notice } from './notice.js';
import { knownZone } from './say.js';

/**
 * Every day between two times of the day; over midnight if `from` is the later one.
 * @public
 */
export interface QuietHours {
  /** Minutes since midnight in the recipient's zone, 0–1439. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** Who is not to be woken. */
interface Sleeper {
  readonly quietHours: QuietHours | null;
  readonly timezone: string | null;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
/** No clock is put back or forward by more, whatever the zone. */
const MAX_SHIFT_MINUTES = 180;

/**
 * When a notice may be sent: now, or at the end of the recipient's quiet hours. What is urgent is
 * sent now.
 */
export function sendAtMs(notice: Notice, nowMs: number, recipient: Sleeper): number {
  const { quietHours } = recipient;
  if (quietHours === null || isUrgent(notice)) return nowMs;
  return endOfQuietMs(nowMs, quietHours, clockOf(knownZone(recipient.timezone)));
}

/**
 * When the first night ends that a notice which was made then has waited for: whoever sends once a day,
 * and in the night, may send it after that.
 */
export function firstQuietEndMs(madeMs: number, { quietHours: quiet, timezone }: Sleeper): number {
  if (quiet === null) return madeMs;
  const minuteOf = clockOf(knownZone(timezone));
  const day = { fromMinute: quiet.toMinute, toMinute: quiet.fromMinute };
  return endOfQuietMs(endOfQuietMs(madeMs, day, minuteOf), quiet, minuteOf);
}

type MinuteOfDay = (timeMs: number) => number;

function endOfQuietMs(nowMs: number, quiet: QuietHours, minuteOf: MinuteOfDay): number {
  const minute = minuteOf(nowMs);
  if (!isQuiet(minute, quiet)) return nowMs;
  const leftMinutes = (quiet.toMinute - minute + DAY_MINUTES) % DAY_MINUTES;
  const startMs = nowMs - (nowMs % MINUTE_MS);
  const endMs = startMs + leftMinutes * MINUTE_MS;
  if (minuteOf(endMs) === quiet.toMinute && !isShiftedBetween(startMs, endMs, minuteOf)) {
    return endMs;
  }
  // The clocks are changed on the way, which happens twice a year: every minute is looked at.
  for (let passed = 1; passed <= leftMinutes + MAX_SHIFT_MINUTES; passed += 1) {
    const thenMs = startMs + passed * MINUTE_MS;
    if (!isQuiet(minuteOf(thenMs), quiet)) return thenMs;
  }
  return endMs;
}

/** Whether less or more time passes by the clock on the wall than really does. */
function isShiftedBetween(startMs: number, endMs: number, minuteOf: MinuteOfDay): boolean {
  const onWall = (minuteOf(endMs) - minuteOf(startMs) + DAY_MINUTES) % DAY_MINUTES;
  return onWall !== (endMs - startMs) / MINUTE_MS;
}

function isQuiet(minute: number, { fromMinute, toMinute }: QuietHours): boolean {
  if (fromMinute <= toMinute) return minute >= fromMinute && minute < toMinute;
  return minute >= fromMinute || minute < toMinute;
}

function clockOf(timezone: string): MinuteOfDay {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (timeMs) => {
    const [hour = 0, minute = 0] = format.format(timeMs).split(':').map(Number);
    return hour * 60 + minute;
  };
}
