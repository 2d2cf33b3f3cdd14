import type { Rotation } from '../../api/types.js';
import { rotationText } from '../../messages/en/rotation.js';
import { durationWords, localWords } from '../../time/words.js';

type Evidence = Rotation['evidence'][number];

const text = rotationText.figures;
const MAX_LABELS = 4;

/** What a piece of evidence stands on, in words. */
export function figureWords({ id, state, figures }: Evidence): string {
  return wordsOf[id](readerOf(figures), state)
    .filter((words) => words !== '')
    .join(' · ');
}

type Reader = ReturnType<typeof readerOf>;

const wordsOf: Readonly<
  Record<Evidence['id'], (figures: Reader, state: Evidence['state']) => readonly string[]>
> = {
  E1: ({ number, time }, state) => {
    if (state === 'not_applicable') return [text.nobodyToMove];
    if (number('uses') === 0) return [text.nobody];
    const first = time('firstAt');
    return [
      text.uses(number('uses'), number('consumers')),
      first === undefined ? '' : `${text.first} ${first}`,
    ];
  },
  E2: ({ number, list }, state) => {
    if (state === 'not_applicable') return [text.nobodyToMove];
    const behind = list('notMoved');
    return [
      text.moved(number('moved'), number('baseline')),
      number('waived') === 0 ? '' : text.waived(number('waived')),
      behind === '' ? '' : text.waitsFor(behind),
    ];
  },
  E3: ({ number, time }) => {
    const last = time('lastUseAt');
    return [
      text.silent(durationWords(number('silentMs')), durationWords(number('neededMs'))),
      last === undefined ? '' : `${text.lastUse} ${last}`,
    ];
  },
  E4: ({ number, list }) => {
    const silent = list('silent');
    const gapMs = number('gapMs');
    const allowed = durationWords(number('allowedGapMs'));
    return [
      silent === '' ? text.instances(number('instances')) : text.silentInstances(silent),
      gapMs === 0 ? '' : text.gaps(durationWords(gapMs), allowed),
    ];
  },
  E5: ({ number }) => {
    const all = number('destinations');
    return [all === 0 ? text.noDestinations : text.readBack(number('readBack'), all)];
  },
};

/** Figures are read as what they are; what is absent is nothing. */
function readerOf(figures: Evidence['figures']) {
  const values = new Map<string, unknown>(Object.entries(figures));
  return {
    number: (name: string) => {
      const value = values.get(name);
      return typeof value === 'number' ? value : 0;
    },
    time: (name: string) => {
      const value = values.get(name);
      return typeof value === 'string' ? localWords(value) : undefined;
    },
    list: (name: string) => {
      const value = values.get(name);
      if (!Array.isArray(value)) return '';
      const words = value.slice(0, MAX_LABELS).map((item) => wordOf(item));
      return value.length > MAX_LABELS ? `${words.join(', ')}, …` : words.join(', ');
    },
  };
}

function wordOf(item: unknown): string {
  return typeof item === 'string' ? item : JSON.stringify(item);
}
