import { counted } from '../counted.js';
import type { Rotation, RotationConsumer } from '../rotation-views.js';
import { evidenceLines } from './evidence-text.js';

const PHASES = [
  ['preparing', 'preparing'],
  ['delivering', 'delivering'],
  ['both_live', 'both live'],
  ['retiring', 'retiring'],
  ['done', 'done'],
] as const;
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
    ...rotation.evidence.flatMap(evidenceLines),
    ...brownoutLines(rotation),
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

function brownoutLines({ brownouts, nextBrownout }: Rotation): readonly string[] {
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
  const all = [...lines, ...next];
  return all.length === 0 ? [] : ['', 'brown-outs of the old secret:', ...all];
}

function percentOf(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`;
}

function refusedText(count: number): string {
  return count === 0 ? '' : `, refused ${counted(count, 'time')} in brown-outs`;
}

function consumerLines({ consumers, strangers }: Rotation): readonly string[] {
  const lines = consumers.map(
    ({ label, where, lastUsedOldAt, brownoutRefusals }) =>
      `  ${WHERE[where].padEnd(20)}${label}, old one last used ${lastUsedOldAt ?? 'never'}${refusedText(brownoutRefusals)}`,
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
