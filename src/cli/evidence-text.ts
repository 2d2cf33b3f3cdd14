import { counted } from '../counted.js';
import type { RotationEvidence } from '../rotation-views.js';

type Figures = RotationEvidence['figures'];

const BAR_LENGTH = 12;
const TITLE_LENGTH = 38;
const STATE_LENGTH = 24;
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** One of the five for people: a bar, what is known and how sure, and the figures behind it. */
export function evidenceLines(evidence: RotationEvidence): readonly string[] {
  const { id, title, state, sure, required, figures } = evidence;
  const doubt = sure === 'certain' ? '' : ` (${sure})`;
  const said = `${state.replaceAll('_', ' ')}${doubt}${required ? '' : ', not required'}`;
  const known = TEXT_OF[id](figures);
  const line = `${id} ${title.padEnd(TITLE_LENGTH)}${barOf(evidence)} ${said.padEnd(STATE_LENGTH)}${known}`;
  return [line.trimEnd(), ...missingLines(figures)];
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

const TEXT_OF: Readonly<Record<RotationEvidence['id'], (figures: Figures) => string>> = {
  E1({ uses, consumers }) {
    const [useCount, consumerCount] = [numberOf(uses), numberOf(consumers)];
    return `${counted(useCount, 'use')} by ${counted(consumerCount, 'consumer')}`;
  },
  E2({ baseline, moved, waived }) {
    const waivedCount = numberOf(waived);
    const rest = waivedCount === 0 ? '' : `, ${waivedCount} waived`;
    return `${numberOf(moved)} of ${numberOf(baseline)} moved${rest}`;
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
