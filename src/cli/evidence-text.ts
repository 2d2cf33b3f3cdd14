import { counted } from '../counted.js';
import type { RotationEvidence } from '../rotation-views.js';
import { apartOf, leastText } from './consumers-text.js';

type Figures = RotationEvidence['figures'];

const BAR_LENGTH = 12;
const TITLE_LENGTH = 38;
const STATE_LENGTH = 24;
const SHORT_BAR_LENGTH = 8;
const NARROW_BAR_LENGTH = 4;
const SHORT_TITLE_LENGTH = 8;
const SHORT_STATE_LENGTH = 15;
/** Where a line has no room for the whole title. */
const SHORT_TITLES: Readonly<Record<RotationEvidence['id'], string>> = {
  E1: 'in use',
  E2: 'moved',
  E3: 'silent',
  E4: 'record',
  E5: 'places',
};
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** One of the five for people: a bar, what is known and how sure, and the figures behind it. */
export function evidenceLines(evidence: RotationEvidence): readonly string[] {
  const { id, title, figures } = evidence;
  const line = `${id} ${title.padEnd(TITLE_LENGTH)}${barOf(evidence, BAR_LENGTH)} ${columnOf(stateText(evidence), STATE_LENGTH)}${TEXT_OF[id](figures)}`;
  return [line.trimEnd(), ...missingLines(figures)];
}

/** The same where a terminal is narrow. */
export function shortEvidenceLines(evidence: RotationEvidence): readonly string[] {
  const { id, figures } = evidence;
  const line = `${id} ${SHORT_TITLES[id].padEnd(SHORT_TITLE_LENGTH)}${barOf(evidence, SHORT_BAR_LENGTH)} ${columnOf(stateText(evidence), SHORT_STATE_LENGTH)}${SHORT_TEXT_OF[id](figures)}`;
  return [line.trimEnd(), ...missingLines(figures)];
}

/** The same where it is narrower still. */
export function narrowEvidenceLines(evidence: RotationEvidence): readonly string[] {
  const { id, figures } = evidence;
  const line = `${id} ${barOf(evidence, NARROW_BAR_LENGTH)} ${stateText(evidence)}: ${NARROW_TEXT_OF[id](figures)}`;
  return [line, ...missingLines(figures)];
}

/** So wide at least, and never run into what comes next. */
function columnOf(text: string, length: number): string {
  return `${text} `.padEnd(length);
}

function stateText({ state, sure, required }: RotationEvidence): string {
  const doubt = sure === 'certain' ? '' : ` (${sure})`;
  return `${state.replaceAll('_', ' ')}${doubt}${required ? '' : ', not required'}`;
}

/** How far it is; no bar where there is no way to go. Only what is met is full. */
function barOf({ id, state, figures }: RotationEvidence, length: number): string {
  if (state === 'not_applicable') return '─'.repeat(length);
  if (state === 'met') return '█'.repeat(length);
  const [done, all] =
    id === 'E2'
      ? [numberOf(figures['moved']) + numberOf(figures['waived']), numberOf(figures['baseline'])]
      : id === 'E3'
        ? [numberOf(figures['silentMs']), numberOf(figures['neededMs'])]
        : [0, 1];
  const full = Math.min(length - 1, Math.floor((all === 0 ? 0 : done / all) * length));
  return `${'█'.repeat(full)}${'░'.repeat(length - full)}`;
}

const TEXT_OF: Readonly<Record<RotationEvidence['id'], (figures: Figures) => string>> = {
  E1({ uses, consumers, others }) {
    const isLeast = numberOf(others) > 0;
    const consumerCount = apartOf(numberOf(consumers), isLeast);
    return `${counted(numberOf(uses), 'use')} by ${counted(consumerCount, 'consumer', isLeast)}`;
  },
  E2({ baseline, others, moved, waived }) {
    const waivedCount = numberOf(waived);
    const rest = waivedCount === 0 ? '' : `, ${waivedCount} waived`;
    const isLeast = numberOf(others) > 0;
    const all = leastText(apartOf(numberOf(baseline), isLeast), isLeast);
    return `${numberOf(moved)} of ${all} moved${rest}`;
  },
  E3({ silentMs, neededMs }) {
    return `silent for ${durationOf(silentMs)} of ${durationOf(neededMs)}`;
  },
  E4({ instances, gapMs, allowedGapMs }) {
    const told = counted(numberOf(instances), 'instance');
    return `${told}, gaps of ${durationOf(gapMs)} in all, ${durationOf(allowedGapMs)} allowed`;
  },
  E5({ destinations }) {
    return counted(numberOf(destinations), 'destination');
  },
};

const SHORT_TEXT_OF: typeof TEXT_OF = {
  ...TEXT_OF,
  E4({ instances, gapMs, allowedGapMs }) {
    const told = counted(numberOf(instances), 'instance');
    return `${told}, gaps ${durationOf(gapMs)} of ${durationOf(allowedGapMs)}`;
  },
};

const NARROW_TEXT_OF: typeof TEXT_OF = {
  ...TEXT_OF,
  E3: ({ silentMs, neededMs }) => `${durationOf(silentMs)} of ${durationOf(neededMs)}`,
  E4: ({ gapMs, allowedGapMs }) => `gaps ${durationOf(gapMs)} of ${durationOf(allowedGapMs)}`,
};

/** Which instances the record lacks something of. */
function missingLines({ untold, silent, gaps, gapMs }: Figures): readonly string[] {
  const [untoldNames, silentNames, diedNames] = [namesIn(untold), namesIn(silent), namesIn(gaps)];
  return [
    ...(untoldNames === ''
      ? []
      : [`   has yet to tell whom it saw before the rotation began: ${untoldNames}`]),
    ...(silentNames === ''
      ? []
      : [`   alive, and has not written out what it saw: ${silentNames}`]),
    ...(diedNames === '' ? [] : [`   died with up to ${durationOf(gapMs)} untold: ${diedNames}`]),
  ];
}

function namesIn(figure: unknown): string {
  return Array.isArray(figure) ? figure.join(', ') : '';
}

/** In the largest unit that it fills, to a tenth. */
function durationOf(figure: unknown): string {
  const ms = numberOf(figure);
  const [name, unitMs] = UNITS.find(([, candidateMs]) => ms >= candidateMs) ?? ['s', 1_000];
  return `${Math.floor((10 * ms) / unitMs) / 10} ${name}`;
}

function numberOf(figure: unknown): number {
  return typeof figure === 'number' ? figure : 0;
}
