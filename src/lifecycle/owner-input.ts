import { type FieldFault, UnprocessableError } from '../errors.js';
import { isMailAddress } from '../keys/mail-address.js';
import type { OwnerRecord } from '../keys/owner.js';
import { faultInText } from '../keys/text.js';
import type { OwnerPatch } from '../views.js';

const MAX_EMAILS = 20;

/**
 * Takes what was said of an owner over what it is.
 * @throws {UnprocessableError} every field that cannot be, together.
 */
export function patched(before: OwnerRecord, patch: OwnerPatch): OwnerRecord {
  const faults = FIELD_RULES.flatMap((rule) => (rule.isWrong(patch) ? [rule.fault] : []));
  if (faults.length > 0) throw new UnprocessableError(faults);
  const { name, emails, locale, timezone } = patch;
  return {
    ...before,
    name: name === undefined ? before.name : name,
    emails: emails === undefined ? before.emails : [...emails],
    locale: locale === undefined ? before.locale : locale,
    timezone: timezone === undefined ? before.timezone : timezone,
  };
}

const FIELD_RULES: readonly {
  readonly isWrong: (patch: OwnerPatch) => boolean;
  readonly fault: FieldFault;
}[] = [
  {
    isWrong: ({ name }) => typeof name === 'string' && faultInText(name) !== undefined,
    fault: {
      pointer: '/name',
      message: 'is empty, too long or unprintable.',
      fix: 'Use 1 to 200 printable characters.',
    },
  },
  {
    isWrong: ({ emails = [] }) =>
      emails.length > MAX_EMAILS || !emails.every((one) => isMailAddress(one)),
    fault: {
      pointer: '/emails',
      message: 'has an entry that is no mail address.',
      fix: `Write at most ${MAX_EMAILS}, each as name@domain.`,
    },
  },
  {
    isWrong: ({ locale }) => typeof locale === 'string' && !isLocale(locale),
    fault: { pointer: '/locale', message: 'is no language tag.', fix: 'Use BCP 47: "de-CH".' },
  },
  {
    isWrong: ({ timezone }) => typeof timezone === 'string' && !isTimezone(timezone),
    fault: {
      pointer: '/timezone',
      message: 'is no time zone.',
      fix: 'Use an IANA name: "Europe/Zurich".',
    },
  },
];

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false; // The platform's own judgement of BCP 47.
  }
}

function isTimezone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false; // The platform's own list of IANA names.
  }
}
