import type { Rotation } from '../rotation-views.js';
import { cut } from './consumers-text.js';
import { evidenceLines, narrowEvidenceLines, shortEvidenceLines } from './evidence-text.js';
import { printable } from './printable.js';
import { factLines, phaseLine, type Section, sectionLines, sectionsOf } from './rotation-text.js';

const NARROW_COLUMNS = 60;
const NARROW_FACT_LENGTH = 10; // So that an id has room in 40 columns.

/** How much a terminal shows, in characters. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** A rotation in the rows and columns of a terminal: who still uses the old secret comes first. */
export function rotationScreen(rotation: Rotation, { rows, columns }: Size): string {
  const room = Math.max(1, rows - 1); // The cursor stands on the last one.
  const isNarrow = columns < NARROW_COLUMNS;
  const facts = isNarrow ? factLines(rotation, NARROW_FACT_LENGTH) : factLines(rotation);
  const head = [phaseLine(rotation, columns), ...facts];
  const evidence = evidenceIn(rotation, columns);
  const foot = [actionLine(rotation, columns)].filter((line) => line !== '');
  const sections = sectionsOf(rotation, columns);
  const left = room - head.length - evidence.length - foot.length;
  const rowsOf = shared(sections, left);
  const named = sections.flatMap((section, index) =>
    sectionLines(section, rotation.id, rowsOf[index] ?? 0),
  );
  const lines = [...head, ...evidence, ...named, ...foot];
  return lines
    .slice(0, room)
    .map((line) => cut(printable(line), columns))
    .join('\n');
}

/** With the whole titles where they fit. */
function evidenceIn({ evidence }: Rotation, columns: number): readonly string[] {
  const whole = evidence.flatMap(evidenceLines);
  if (whole.every(({ length }) => length <= columns)) return whole;
  return evidence.flatMap(columns < NARROW_COLUMNS ? narrowEvidenceLines : shortEvidenceLines);
}

/** Each section has its title and a line, if there is room; the first ones have what is left. */
function shared(sections: readonly Section[], room: number): readonly number[] {
  const rows = sections.map(() => 0);
  let left = Math.max(0, room);
  for (const most of [2, Infinity]) {
    sections.forEach(({ lines }, index) => {
      const had = rows[index] ?? 0;
      const more = Math.min(left, Math.min(lines.length + 1, most) - had);
      rows[index] = had + more;
      left -= more;
    });
  }
  return rows;
}

function actionLine({ actions }: Rotation, columns: number): string {
  if (actions.length === 0) return '';
  const names = actions.map(({ name }) => name).join(', ');
  const line = `you may: ${names}`;
  const more = ' (`rotation show` says what each does)';
  return line.length + more.length <= columns ? `${line}${more}` : line;
}
