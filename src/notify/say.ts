import { printableName } from '../keys/text.js';

/** For whom a message is written. */
export interface Reader {
  /** BCP 47; null: none is known. */
  readonly locale: string | null;
  /** An IANA time zone; null: UTC. */
  readonly timezone: string | null;
}

/** The forms of a noun that a count can ask for (Unicode TR 35, plural rules). */
type Forms = Readonly<Partial<Record<Intl.LDMLPluralRule, string>>> & {
  readonly other: string;
};

/** Numbers, times and names, as the reader writes them. */
export interface Say {
  /** The day and the minute in the reader's zone, with its offset from UTC. */
  time(timeMs: number): string;
  /** `3 days`, in the largest unit that leaves no remainder of note. */
  duration(durationMs: number): string;
  percent(share: number): string;
  /** `#` in the form that fits stands for the number. */
  count(count: number, forms: Forms): string;
  /** The first ten, joined. */
  list(texts: readonly string[]): string;
  /** A text from outside: what is invisible or reorders text is taken out. */
  name(text: string): string;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;
/** From two of a unit on it is said in this unit: `36 hours`, but `2 days`. */
const LEAST_OF_UNIT = 2;

/** A sentence with more names is read by nobody. */
const MAX_LISTED = 10;

/** How this reader is spoken to in a language. */
export function sayIn(language: string, reader: Reader): Say {
  const locale = localeFor(language, reader.locale);
  const clock = clockOf(locale, reader.timezone);
  const rules = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  return {
    time: (timeMs) => clock.format(timeMs),
    duration: (durationMs) => durationIn(locale, durationMs),
    percent: (share) => new Intl.NumberFormat(locale, { style: 'percent' }).format(share / 100),
    count: (count, forms) =>
      (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count)),
    list: (texts) => lists.format(firstOf(texts)),
    name: shownName,
  };
}

/** A text from outside, as people may see it. */
export function shownName(text: string): string {
  return printableName(text) ?? '?';
}

function firstOf(texts: readonly string[]): readonly string[] {
  return texts.length > MAX_LISTED ? [...texts.slice(0, MAX_LISTED), '…'] : texts;
}

/** `de-CH` where the language is `de`: the region says how dates are written. */
function localeFor(language: string, wanted: string | null): string {
  const [canonical] = canonicalLocales(wanted);
  return canonical?.split('-')[0] === language ? canonical : language;
}

/** The locale in its canonical form, or nothing if it is none. */
export function canonicalLocales(locale: string | null): readonly string[] {
  if (locale === null) return [];
  try {
    return Intl.getCanonicalLocales(locale);
  } catch {
    return []; // An owner's record may hold one that was accepted by another version of the data.
  }
}

function clockOf(locale: string, timezone: string | null): Intl.DateTimeFormat {
  const parts = {
    weekday: 'short',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'longOffset',
  } as const;
  return new Intl.DateTimeFormat(locale, { ...parts, timeZone: knownZone(timezone) });
}

/** The zone, or UTC where this machine's data does not know it. */
export function knownZone(timezone: string | null): string {
  if (timezone === null) return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return timezone;
  } catch {
    return 'UTC';
  }
}

function durationIn(locale: string, durationMs: number): string {
  const [unit, unitMs] =
    UNITS.find(([, ms]) => durationMs >= LEAST_OF_UNIT * ms || durationMs === ms) ?? UNITS[3];
  const format = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 0,
  });
  return format.format(durationMs / unitMs);
}
