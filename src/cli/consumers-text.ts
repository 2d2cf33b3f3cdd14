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
const MIN_LABEL_LENGTH = 8; // With less of it nobody is known.
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
 * @param columns in which its last use has to be seen: the label is cut before it.
 */
export function consumerLines(
  consumers: readonly RotationConsumer[],
  columns = Infinity,
): readonly string[] {
  return inOrder(consumers).map(({ label, where, lastUsedOldAt, brownoutRefusals }) => {
    const parts = (used: string) => ({
      before: `  ${WHERE[where].padEnd(20)}`,
      label,
      after: `, ${used} ${lastUsedOldAt ?? 'never'}`,
    });
    const whole = lineOf(parts('old one last used'), Infinity);
    const line = whole.length <= columns ? whole : lineOf(parts('last used'), columns);
    return `${line}${refusedText(brownoutRefusals)}`;
  });
}

/** A line about a label, which is cut where the rest has no room. */
export function lineOf(
  parts: { readonly before: string; readonly label: string; readonly after: string },
  columns: number,
): string {
  const { before, label, after } = parts;
  const room = Math.max(MIN_LABEL_LENGTH, columns - before.length - after.length);
  return `${before}${cut(label, room)}${after}`;
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
