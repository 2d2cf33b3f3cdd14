const UNITS: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 }; // In minutes.
const [HOUR, DAY] = [60, 1_440]; // In minutes.
const LEAST = 5; // Minutes: no hosted scheduler starts anything much more often.
/** Not on the full hour, when everybody's jobs start. */
const AT_MINUTE = 17;

/** How often, in the words of those who start programs. */
export interface Rhythm {
  /** Five fields. */
  readonly cron: string;
  /** Of systemd's `OnCalendar`. */
  readonly calendar: string;
  /** Of EventBridge: `rate(1 hour)`. */
  readonly rate: string;
}

/** A file that runs `keyturn rotate --due` in this rhythm. */
export type Printer = (rhythm: Rhythm) => string;

/** Of `15m`, `1h`, `1d`. Undefined: it does not divide an hour or a day, so no such line can say it. */
export function rhythmOf(every: string): Rhythm | undefined {
  const [, count, unit = ''] = /^(\d{1,4})([mhd])$/.exec(every) ?? [];
  const minutes = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (Number.isNaN(minutes) || minutes < LEAST) return undefined;
  if (minutes < HOUR) return HOUR % minutes === 0 ? ofMinutes(minutes) : undefined;
  if (minutes % HOUR !== 0 || DAY % minutes !== 0) return undefined;
  return ofHours(minutes / HOUR);
}

function ofMinutes(minutes: number): Rhythm {
  const cron = `*/${minutes} * * * *`;
  return { cron, calendar: `*:0/${minutes}`, rate: `rate(${minutes} minutes)` };
}

function ofHours(hours: number): Rhythm {
  const hourOf = { 1: '*', 24: '3' }[hours] ?? `*/${hours}`;
  const calendarHour = { 1: '*', 24: '3' }[hours] ?? `0/${hours}`;
  const rate = `rate(${hours} hour${hours === 1 ? '' : 's'})`;
  return {
    cron: `${AT_MINUTE} ${hourOf} * * *`,
    calendar: `*-*-* ${calendarHour}:${AT_MINUTE}:00`,
    rate,
  };
}
