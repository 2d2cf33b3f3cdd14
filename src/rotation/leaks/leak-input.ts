import { type FieldFault, UnprocessableError } from '../../errors.js';
import { type Form, type Forms, listOf, objectOf, required, text } from '../../form.js';
import { parseTime } from '../../keys/duration.js';
import { faultInText } from '../../keys/text.js';
import type { LeakInput, LeakReport } from '../../leak-views.js';

const MAX_REPORTS = 100; // Of one call: each may begin a rotation.
const MAX_URL_LENGTH = 2_000;
const WEB = ['http:', 'https:'];
/** An older finding was reported before; clocks are a few minutes apart. */
const NEWS_MS = 30 * 86_400_000;
const CLOCKS_APART_MS = 5 * 60_000;

const reports = `a list of 1 to ${MAX_REPORTS} reports`;
const report: Forms<LeakReport> = {
  plaintext: required({ ...text, wanted: 'what was found' }),
  source: text,
  url: text,
  foundAt: { ...text, wanted: 'an RFC 3339 time or a date' },
};
const input: Forms<LeakInput> = {
  reports: required({
    ...listOf(objectOf(report), reports),
    fits: (value) => Array.isArray(value) && value.length > 0 && value.length <= MAX_REPORTS,
  }),
  dryRun: { wanted: 'true or false', fits: (value) => typeof value === 'boolean' },
};

/**
 * What a call takes that reports leaks.
 * @public
 */
export const LEAKS: Form = required(objectOf(input));

/** A report that is understood. */
export interface Finding {
  readonly plaintext: string;
  /** What is kept of where it was found. */
  readonly origin: {
    readonly source: string | null;
    readonly url: string | null;
    readonly foundAt: string | null;
  };
  /** Whether it is dated as new: of a secret that has ended, an older finding is no news. */
  readonly isNews: boolean;
}

/**
 * Takes reports as what they say. Nothing that is kept of one holds what was found.
 * @throws {UnprocessableError} naming each field that is wrong.
 */
export function readReports({ reports: given }: LeakInput, nowMs: number): readonly Finding[] {
  const found = given.map(({ plaintext }) => plaintext).filter((one) => one !== '');
  const faults = given.flatMap((one, index) => faultsOf(one, `/reports/${index}`, found));
  if (faults.length > 0) throw new UnprocessableError(faults);
  return given.map(({ plaintext, source = null, url, foundAt }) => ({
    plaintext,
    origin: { source, url: url === undefined ? null : placeOf(url), foundAt: foundAt ?? null },
    isNews: isNews(foundAt, nowMs),
  }));
}

function faultsOf(
  { source, url, foundAt }: LeakReport,
  pointer: string,
  found: readonly string[],
): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (source !== undefined) faults.push(...sourceFaults(`${pointer}/source`, source, found));
  if (url !== undefined) faults.push(...urlFaults(`${pointer}/url`, placeOf(url), found));
  if (foundAt !== undefined && parseTime(foundAt) === undefined) {
    const fix = 'Write it like 2026-11-24T09:30:00Z, or leave it out.';
    faults.push({ pointer: `${pointer}/foundAt`, message: 'is no time.', fix });
  }
  return faults;
}

function isNews(foundAt: string | undefined, nowMs: number): boolean {
  const agoMs = nowMs - (foundAt === undefined ? nowMs : (parseTime(foundAt) ?? 0));
  return agoMs >= -CLOCKS_APART_MS && agoMs <= NEWS_MS;
}

/** Where it was found, without what links carry beside it; null: no address of the web. */
function placeOf(url: string): string | null {
  if (url.length > MAX_URL_LENGTH || !URL.canParse(url)) return null;
  const { protocol, origin, pathname } = new URL(url);
  return WEB.includes(protocol) ? `${origin}${pathname}` : null;
}

function urlFaults(
  pointer: string,
  place: string | null,
  found: readonly string[],
): readonly FieldFault[] {
  if (place !== null) return isWithout(place, found) ? [] : [holdsIt(pointer)];
  const message = `is no http: or https: address of at most ${MAX_URL_LENGTH} characters.`;
  return [{ pointer, message, fix: 'Give the address of the page, or leave it out.' }];
}

function sourceFaults(
  pointer: string,
  source: string,
  found: readonly string[],
): readonly FieldFault[] {
  const message = faultInText(source);
  const fix = 'Use 1 to 200 printable characters, or leave it out.';
  if (message !== undefined) return [{ pointer, message, fix }];
  return isWithout(source, found) ? [] : [holdsIt(pointer)];
}

function holdsIt(pointer: string): FieldFault {
  const fix = 'It is kept, and what was found must not be: leave it out.';
  return { pointer, message: 'holds a secret that is reported.', fix };
}

/** Neither as it is nor as addresses write it. */
function isWithout(kept: string, found: readonly string[]): boolean {
  const forms = [kept, decoded(kept)];
  return !found.some((one) => forms.some((form) => form.includes(one)));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
