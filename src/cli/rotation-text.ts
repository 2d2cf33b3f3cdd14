import { counted } from '../counted.js';
import type { RefusedUsers } from '../refused-views.js';
import type { Rotation } from '../rotation-views.js';
import { consumerLines, linesOf, minuteOf, restText, withoutYear } from './consumers-text.js';
import { evidenceLines } from './evidence-text.js';

const PHASES = [
  ['preparing', 'preparing'],
  ['delivering', 'delivering'],
  ['both_live', 'both live'],
  ['retiring', 'retiring'],
  ['done', 'done'],
] as const;
const FACT_LENGTH = 12;
/** Some lines under a title. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
  /** How many more there are than those that are shown, in words. */
  readonly restOf: (shownCount: number) => string;
}

/**
 * A rotation for people: where it is, the evidence with bars, and who has moved.
 * @param most how many consumers are named, at most; absent: all of them.
 */
export function rotationText(rotation: Rotation, most = Infinity): string {
  const sections = sectionsOf(rotation).flatMap((section) => [
    '',
    ...sectionLines(section, rotation.id, most + 2),
  ]);
  const evidence = rotation.evidence.flatMap(evidenceLines);
  return [
    phaseLine(rotation),
    ...factLines(rotation),
    ...(evidence.length === 0 ? [] : ['', ...evidence]),
    ...sections,
    ...actionLines(rotation),
  ].join('\n');
}

/**
 * What there may be any number of, the weightiest first.
 * @param columns in which the time of each consumer's last use has to be seen.
 */
export function sectionsOf(rotation: Rotation, columns = Infinity): readonly Section[] {
  const all = [
    graceSection(rotation, columns),
    lateSection(rotation, columns),
    consumerSection(rotation, columns),
    placeSection(rotation),
    strangerSection(rotation),
    brownoutSection(rotation),
    receiptSection(rotation),
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

/** A section in so many rows, its title among them, and what of it is not shown. */
export function sectionLines(
  { title, lines, restOf }: Section,
  id: string,
  rowCount: number,
): readonly string[] {
  if (rowCount < 2) return [];
  if (lines.length + 1 <= rowCount) return [title, ...lines];
  const shown = lines.slice(0, rowCount - 2);
  return [title, ...shown, `  and ${restOf(shown.length)} more: keyturn rotation show ${id}`];
}

/** Its phases, and the one it is in; that alone where there is no room for all. */
export function phaseLine({ phase, state }: Rotation, columns = Infinity): string {
  const names = PHASES.map(([id, name]) => (id === phase ? `[${name}]` : name));
  const now = state.replaceAll('_', ' ');
  const whole = `${names.join(' → ')}   ${now}`;
  if (whole.length <= columns) return whole;
  const index = PHASES.findIndex(([id]) => id === phase);
  return `${names[index] ?? ''} ${index + 1} of ${PHASES.length}   ${now}`;
}

/** What is known of it, a fact a line. */
export function factLines(rotation: Rotation, nameLength = FACT_LENGTH): readonly string[] {
  const { oldSecret, newSecret, undoUntil, revokedAt, closedAt } = rotation;
  const deadline = deadlineOf(rotation);
  const isOpen = closedAt === null;
  const facts: (readonly [string, string | null])[] = [
    ['rotation', rotation.id],
    ['key', rotation.key],
    ['secrets', `${oldSecret} → ${newSecret ?? 'not issued yet'}`],
    ['policy', rotation.policy],
    ['probe', probeFact(rotation)],
    ['reason', rotation.reason],
    ['link closes', rotation.claimExpiresAt],
    ['reminders', remindersOf(rotation)],
    ['delivered', rotation.deliveredAt],
    ['deadline', deadline === null ? null : `${deadline}, then ${rotation.atDeadline}`],
    ['late since', isOpen ? rotation.lateSince : null],
    ['ended by', rotation.end],
    ['disabled', rotation.disabledAt],
    ['undo until', isOpen && revokedAt === null ? undoUntil : null],
    ['revoked', revokedAt],
    ['closed', closedAt],
    ['decide', rotation.asks],
    ['not you?', rotation.stop],
  ];
  return facts.flatMap(([name, value]) =>
    value === null ? [] : [`${`${name} `.padEnd(nameLength)}${value}`],
  );
}

/** When the old secret is to be out of use; null: it is by now, or no time was set. */
export function deadlineOf({ deadline, disabledAt, revokedAt, closedAt }: Rotation): string | null {
  return disabledAt === null && revokedAt === null && closedAt === null ? deadline : null;
}

function remindersOf({ reminders }: Rotation): string | null {
  if (reminders === null || reminders.total === 0) return null;
  const { sent, total, nextAt } = reminders;
  return `${sent} of ${total}${nextAt === null ? '' : `, next on ${nextAt}`}`;
}

/** What tries the new secret, and what hinders it. */
function probeFact({ probe, trouble }: Rotation): string | null {
  if (probe === null) return null;
  const isHindered = trouble !== null && trouble.destination === null;
  const hindered = isHindered ? `; ${hindranceOf(trouble)}` : '';
  return `${probe.state}, ${probe.place}${hindered}`;
}

function placeSection({ destinations, trouble }: Rotation): Section {
  const lines = destinations.map(({ name, state, place, readBack }) => {
    const isUnread = state === 'delivered' && !readBack;
    // One that was added since may have the name of one that is gone.
    const isPinned = state !== 'missed' && state !== 'added';
    const hindered = isPinned && trouble?.destination === name ? `; ${hindranceOf(trouble)}` : '';
    return `  ${name.padEnd(20)}${state}${isUnread ? ', cannot be read back' : ''}, ${place}${hindered}`;
  });
  return sectionOf('destinations:', lines);
}

function hindranceOf({ message, tries, retryAt }: NonNullable<Rotation['trouble']>): string {
  const again = retryAt === null ? '' : ` Again at ${retryAt}, after ${tries} of 18 tries.`;
  return `${message}${again}`;
}

function brownoutSection({ brownouts, nextBrownout }: Rotation): Section {
  const lines = brownouts.map(
    ({ from, until, share, state }) =>
      `  ${state.replace('_', ' ').padEnd(20)}${percentOf(share)} of the calls, ${from} to ${until}`,
  );
  const next =
    nextBrownout === null
      ? []
      : [
          `  ${'next'.padEnd(20)}${percentOf(nextBrownout.share)} of the calls, for ${nextBrownout.for}, from ${nextBrownout.at} at the earliest`,
        ];
  return sectionOf('brown-outs of the old secret:', [...next, ...lines.toReversed()]);
}

function percentOf(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}

function consumerSection({ consumers }: Rotation, columns: number): Section {
  return {
    title: 'consumers of the old secret:',
    lines: consumerLines(consumers, columns),
    restOf: (shownCount) => restText(consumers, shownCount),
  };
}

/** The view names twenty of them at most. */
function strangerSection({ strangers, strangerCount }: Rotation): Section {
  const unnamed = strangerCount - strangers.length;
  const rest = unnamed > 0 ? [`  and ${unnamed} more`] : [];
  return {
    title: `strangers on the old secret, ${strangerCount}:`,
    lines: [...strangers.map((label) => `  ${label}`), ...rest],
    restOf: (shownCount) => String(strangerCount - shownCount),
  };
}

function sectionOf(title: string, lines: readonly string[]): Section {
  return { title, lines, restOf: (shownCount) => String(lines.length - shownCount) };
}

function receiptSection({ receipt }: Rotation): Section {
  const lines = receipt.map(({ instance, afterMs }) =>
    afterMs === null
      ? `  ${instance}: its cache has lapsed`
      : `  ${instance}: refused it within ${afterMs} ms`,
  );
  return sectionOf('receipt:', lines);
}

/** Whom `undo` would let in again. */
function graceSection({ refusedInGrace }: Rotation, columns: number): Section {
  return refusedSection('refused since it was disabled', refusedInGrace, columns);
}

function lateSection({ usedAfterEnd }: Rotation, columns: number): Section {
  return refusedSection('used after its end', usedAfterEnd, columns);
}

function refusedSection(title: string, users: RefusedUsers | null, columns: number): Section {
  if (users === null) return sectionOf('', []);
  const { stragglers, intruders, consumers } = users;
  const rows = consumers.map(({ who, label, count, lastUsedAt }) => {
    const before = `  ${who.padEnd(20)}`;
    const [times, minute] = [counted(count, 'time'), minuteOf(lastUsedAt)];
    const forms = [
      { before, after: `, refused ${times}, last ${lastUsedAt}` },
      { before, after: `, ${times}, ${minute}` },
      { before: `  ${who.slice(0, 5)}. `, after: ` ${count}×, ${withoutYear(minute)}` },
    ];
    return { label, forms };
  });
  const lines = linesOf(rows, columns);
  const unnamed = stragglers + intruders - consumers.length;
  const rest = unnamed > 0 && lines.length > 0 ? [`  and ${unnamed} more`] : [];
  return {
    title: `${title}, by ${counted(stragglers, 'straggler')} and ${counted(intruders, 'intruder')}:`,
    lines: [...lines, ...rest],
    restOf: (shownCount) => String(Math.max(0, unnamed) + lines.length - shownCount),
  };
}

function actionLines({ actions, id }: Rotation): readonly string[] {
  if (actions.length === 0) return [];
  const lines = actions.map(({ name, does, undoableFor }) => {
    const undo = undoableFor === null ? '' : ` Can be undone for ${undoableFor}.`;
    return `  keyturn rotation ${name} ${id}\n      ${does}${undo}`;
  });
  return ['', 'you may:', ...lines];
}
