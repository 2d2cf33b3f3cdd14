import { counted } from '../counted.js';
import type { Rotation, RotationConsumer, RotationEvidence } from '../rotation-views.js';

const PHASES = [
  ['preparing', 'preparing'],
  ['delivering', 'delivering'],
  ['both_live', 'both live'],
  ['retiring', 'retiring'],
  ['done', 'done'],
] as const;
const BAR_LENGTH = 12;
const TITLE_LENGTH = 38;
const WHERE: Readonly<Record<RotationConsumer['where'], string>> = {
  moved: 'moved',
  both: 'on both',
  not_moved: 'on the old one',
  unconfirmed: 'moved? unconfirmed',
  cannot_tell: 'cannot be told',
  waived: 'waived',
};

/** A rotation for people: where it is, the evidence with bars, and who has moved. */
export function rotationText(rotation: Rotation): string {
  return [
    phaseLine(rotation),
    ...factLines(rotation),
    '',
    ...rotation.evidence.flatMap((one) => [evidenceLine(one), ...missingLines(one)]),
    ...consumerLines(rotation),
    ...receiptLines(rotation),
    ...lateLines(rotation),
    ...actionLines(rotation),
  ].join('\n');
}

function phaseLine({ phase, state }: Rotation): string {
  const names = PHASES.map(([id, name]) => (id === phase ? `[${name}]` : name));
  return `${names.join(' → ')}   ${state.replaceAll('_', ' ')}`;
}

function factLines(rotation: Rotation): readonly string[] {
  const { oldSecret, newSecret, deadline, atDeadline, lateSince, undoUntil, asks, end } = rotation;
  const facts: (readonly [string, string | null])[] = [
    ['rotation', rotation.id],
    ['key', rotation.key],
    ['secrets', `${oldSecret} → ${newSecret ?? 'not issued yet'}`],
    ['policy', rotation.policy],
    ['reason', rotation.reason],
    ['link closes', rotation.claimExpiresAt],
    ['reminders', remindersOf(rotation)],
    ['delivered', rotation.deliveredAt],
    ['deadline', deadline === null ? null : `${deadline}, then ${atDeadline}`],
    ['late since', lateSince],
    ['ended by', end],
    ['undo until', undoUntil],
    ['closed', rotation.closedAt],
    ['decide', asks],
    ['not you?', rotation.stop],
  ];
  return facts.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(12)}${value}`]));
}

function remindersOf({ reminders }: Rotation): string | null {
  if (reminders === null || reminders.total === 0) return null;
  const { sent, total, nextAt } = reminders;
  return `${sent} of ${total}${nextAt === null ? '' : `, next on ${nextAt}`}`;
}

function evidenceLine(evidence: RotationEvidence): string {
  const { id, title, state, sure, required } = evidence;
  const said = state.replaceAll('_', ' ');
  const doubt = sure === 'certain' ? '' : ` (${sure})`;
  const rest = required ? '' : ', not required';
  return `${id} ${title.padEnd(TITLE_LENGTH)}${barOf(evidence)} ${said}${doubt}${rest}`;
}

/** Which instances the record lacks something of. */
function missingLines({ id, figures }: RotationEvidence): readonly string[] {
  if (id !== 'E4') return [];
  const [silent, died] = [namesIn(figures['silent']), namesIn(figures['gaps'])];
  const [gap, allowed] = [figures['gapMs'], figures['allowedGapMs']].map(secondsOf);
  return [
    ...(silent === '' ? [] : [`   alive, and has not written out what it saw: ${silent}`]),
    ...(died === '' ? [] : [`   died with up to ${gap} untold, of ${allowed} allowed: ${died}`]),
  ];
}

function namesIn(figure: unknown): string {
  return Array.isArray(figure) ? figure.join(', ') : '';
}

function secondsOf(figure: unknown): string {
  return `${Math.ceil(numberOf(figure) / 100) / 10} s`;
}

/** How far it is, where that can be said. */
function barOf({ id, state, figures }: RotationEvidence): string {
  const [done, all] =
    id === 'E2'
      ? [numberOf(figures['moved']) + numberOf(figures['waived']), numberOf(figures['baseline'])]
      : id === 'E3'
        ? [numberOf(figures['silentMs']), numberOf(figures['neededMs'])]
        : [state === 'met' ? 1 : 0, 1];
  const part = all === 0 ? 1 : Math.min(1, done / all);
  const full = Math.round(part * BAR_LENGTH);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_LENGTH - full)}`;
}

function numberOf(figure: unknown): number {
  return typeof figure === 'number' ? figure : 0;
}

function consumerLines({ consumers, strangers }: Rotation): readonly string[] {
  const lines = consumers.map(
    ({ label, where, lastUsedOldAt }) =>
      `  ${WHERE[where].padEnd(20)}${label}, old one last used ${lastUsedOldAt ?? 'never'}`,
  );
  const named = lines.length === 0 ? [] : ['', 'consumers of the old secret:', ...lines];
  const foreign = strangers.map((label) => `  ${label}`);
  return foreign.length === 0 ? named : [...named, '', 'strangers on the old secret:', ...foreign];
}

function receiptLines({ receipt }: Rotation): readonly string[] {
  if (receipt.length === 0) return [];
  const lines = receipt.map(({ instance, afterMs }) =>
    afterMs === null
      ? `  ${instance}: its cache has lapsed`
      : `  ${instance}: refused it within ${afterMs} ms`,
  );
  return ['', 'receipt:', ...lines];
}

function lateLines({ usedAfterEnd }: Rotation): readonly string[] {
  if (usedAfterEnd === null) return [];
  const { stragglers, intruders, consumers } = usedAfterEnd;
  const more = stragglers + intruders - consumers.length;
  if (consumers.length === 0) return [];
  const lines = consumers.map(
    ({ who, label, count, lastUsedAt }) =>
      `  ${who.padEnd(20)}${label}, refused ${counted(count, 'time')}, last ${lastUsedAt}`,
  );
  const rest = more > 0 ? [`  and ${more} more`] : [];
  return [
    '',
    `used after its end, by ${counted(stragglers, 'straggler')} and ${counted(intruders, 'intruder')}:`,
    ...lines,
    ...rest,
  ];
}

function actionLines({ actions, id }: Rotation): readonly string[] {
  if (actions.length === 0) return [];
  const lines = actions.map(({ name, does, undoableFor }) => {
    const undo = undoableFor === null ? '' : ` Can be undone for ${undoableFor}.`;
    return `  keyturn rotation ${name} ${id}\n      ${does}${undo}`;
  });
  return ['', 'you may:', ...lines];
}
