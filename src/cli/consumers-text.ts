import { counted } from '../counted.js';
import type { RotationConsumer } from '../rotation-views.js';

type Where = RotationConsumer['where'];

/** Those who use the old secret still come first. */
const WHERE: Readonly<Record<Where, string>> = {
  not_moved: 'on the old one',
  both: 'on both',
  unconfirmed: 'moved? unconfirmed',
  cannot_tell: 'cannot be told',
  moved: 'moved',
  waived: 'waived',
};
/** On a narrow screen. */
const SHORT_WHERE: Readonly<Record<Where, string>> = {
  not_moved: 'old',
  both: 'both',
  unconfirmed: 'moved?',
  cannot_tell: 'unknown',
  moved: 'moved',
  waived: 'waived',
};
const MIN_LABEL_LENGTH = 8; // With less of it nobody is known.
const NARROW_COLUMNS = 60;
const ORDER = Object.keys(WHERE);

/** Stands for all who were too many to tell apart: it is no one consumer. */
const OTHERS = 'others';

interface Headcount {
  readonly count: number;
  readonly isLeast: boolean;
}

function headcountOf(consumers: readonly { readonly id: string }[]): Headcount {
  const isLeast = consumers.some(({ id }) => id === OTHERS);
  return { count: apartOf(consumers.length, isLeast), isLeast };
}

/** How many were told apart, of a number with or without the one that stands for the rest. */
export function apartOf(count: number, isLeast: boolean): number {
  return isLeast ? Math.max(1, count - 1) : count;
}

/** How many they are: `3 consumers`, `at least 999 consumers`. */
export function consumersText(consumers: readonly { readonly id: string }[]): string {
  const { count, isLeast } = headcountOf(consumers);
  return counted(count, 'consumer', isLeast);
}

/** Likewise, without the word. */
export function headcountText(consumers: readonly { readonly id: string }[]): string {
  const { count, isLeast } = headcountOf(consumers);
  return leastText(count, isLeast);
}

/** A number, or the least that it can be. */
export function leastText(count: number, isLeast: boolean): string {
  return `${isLeast ? 'at least ' : ''}${count}`;
}

/** How many have moved, or are waited for no more. */
export function movedText(consumers: readonly RotationConsumer[]): string {
  if (consumers.length === 0) return '';
  const isDone = ({ id, where }: RotationConsumer) =>
    id !== OTHERS && (where === 'moved' || where === 'waived');
  return `${consumers.filter(isDone).length} of ${headcountText(consumers)}`;
}

/**
 * One line each, those who have to move still before those who have moved.
 * @param columns in which its last use has to be seen, and what tells it from others.
 */
export function consumerLines(
  consumers: readonly RotationConsumer[],
  columns = Infinity,
): readonly string[] {
  const rows = inOrder(consumers).map(({ label, where, lastUsedOldAt, brownoutRefusals }) => {
    const before = `  ${WHERE[where].padEnd(20)}`;
    const refused = refusedText(brownoutRefusals);
    const [time, minute] = [lastUsedOldAt ?? 'never', minuteOf(lastUsedOldAt)];
    const forms = [
      { before, after: `, old one last used ${time}${refused}` },
      { before, after: `, last used ${time}${refused}` },
      { before, after: `, ${minute}${refused}` },
      { before: `  ${SHORT_WHERE[where].padEnd(7)} `, after: ` ${withoutYear(minute)}` },
    ];
    return { label, forms };
  });
  return linesOf(rows, columns);
}

/** A label, and what stands around it, the longest form first; the last is for a narrow screen. */
interface Row {
  readonly label: string;
  readonly forms: readonly { readonly before: string; readonly after: string }[];
}

/**
 * All in the first form that has room for them. Where none has, the labels are cut at their beginning:
 * their ends tell programs of one network apart.
 */
export function linesOf(rows: readonly Row[], columns: number): readonly string[] {
  const isNarrow = columns < NARROW_COLUMNS;
  const formCount = Math.min(...rows.map(({ forms }) => forms.length)) - (isNarrow ? 0 : 1);
  const fits = (index: number) =>
    rows.every(({ label, forms }) => lengthOf(forms[index]) + [...label].length <= columns);
  let index = 0;
  while (index < formCount - 1 && !fits(index)) index += 1;
  return rows.map(({ label, forms }) => {
    const form = forms[index] ?? { before: '', after: '' };
    const room = Math.max(MIN_LABEL_LENGTH, columns - lengthOf(form));
    return `${form.before}${endOf(label, room)}${form.after}`;
  });
}

function lengthOf(form: Row['forms'][number] | undefined): number {
  return form === undefined ? 0 : form.before.length + form.after.length;
}

/** A time to the minute, like `2026-11-27 20:40Z`. */
export function minuteOf(time: string | null): string {
  return time === null ? `never` : `${time.slice(0, 10)} ${time.slice(11, 16)}Z`;
}

/** The same where there is little room. */
export function withoutYear(minute: string): string {
  return minute.replace(/^\d{4}-/, '');
}

/** So many of its last characters, the first of which says that there are more. */
function endOf(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `…${characters.slice(1 - length).join('')}`;
}

/** So many characters of it, the last of which says that there are more. */
export function cut(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}

/** How many are left after so many of their lines: `at least 980`. */
export function restText(consumers: readonly RotationConsumer[], shownCount: number): string {
  const rest = inOrder(consumers).slice(shownCount);
  return leastText(rest.length, headcountOf(rest).isLeast);
}

function inOrder(consumers: readonly RotationConsumer[]): readonly RotationConsumer[] {
  return consumers.toSorted(
    (left, right) => ORDER.indexOf(left.where) - ORDER.indexOf(right.where),
  );
}

function refusedText(count: number): string {
  return count === 0 ? '' : `, refused ${counted(count, 'time')} in brown-outs`;
}
